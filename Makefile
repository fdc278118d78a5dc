# `make run` and `make test` need only make and Python 3.11, 3.12 or 3.13; the first of them sets everything up in .venv.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin

.PHONY: help run test lint bench serve generate lock clean
.DEFAULT_GOAL := help

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

.venv/installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; name it: make run PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: .venv/installed ## Read the shipped cases, validate and load them, print the distributions
	@$(BIN)/calcinosis refresh

test: .venv/installed ## Run the tests
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --ignore tests/orchestration
	@$(BIN)/python -m pytest -q tests/orchestration # real servers, one at a time

lint: .venv/installed ## Check format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: .venv/installed ## Measure speed and memory, and write benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks.run

serve: .venv/installed ## Refresh every night at 2, with a Prefect server of its own
	@$(BIN)/calcinosis serve

generate: .venv/installed ## Write what follows from the data dictionary and the suites again
	@$(BIN)/python -m flows.dictionary
	@$(BIN)/python -m flows.validate.checks

lock: ## Resolve the dependencies again (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade \
		--extra dev pyproject.toml -o requirements.lock

clean: ## Remove the environment, the registry in ./var and everything that was built
	rm -rf .venv var dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
