"""Benchmarks of the registry: a generator of large inputs, and the runner that writes RESULTS.md."""
