"""The command line `calcinosis`."""

from __future__ import annotations

import sys

import duckdb
import typer

from flows.cli.common import fail
from flows.cli.differing import register as register_differing
from flows.cli.evaluating import register as register_evaluating
from flows.cli.looking import register as register_looking
from flows.cli.preparing import register as register_preparing
from flows.cli.prisma import register as register_prisma
from flows.cli.quarantine import app as quarantine_app
from flows.cli.release import register as register_release
from flows.cli.review import app as review_app
from flows.cli.running import register as register_running
from flows.cli.sources import app as sources_app

app = typer.Typer(
    name="calcinosis",
    help="Calcinosis Cutis Case Registry: case reports in, a validated DuckDB registry and its distributions out.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
register_running(app)
register_looking(app)
register_preparing(app)
register_evaluating(app)
register_prisma(app)
register_release(app)
register_differing(app)
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(sources_app, name="sources")
app.add_typer(review_app, name="review")


def main(*command: str) -> None:
    """Run the command line; a mistake of the user ends in one sentence, without a stack trace.

    command: words put before the arguments of the process, for example "refresh".
    """
    from flows.curation.decisions import DecisionError
    from flows.ingest.errors import MappingError, SourceNotFoundError, UnreadableFileError
    from flows.load.migration import SchemaVersionError
    from flows.publish.sheets import SheetNameError
    from flows.settings import SettingsError

    try:
        app(args=[*command, *sys.argv[1:]], prog_name="calcinosis")
    except (
        SettingsError,
        SourceNotFoundError,
        MappingError,
        UnreadableFileError,
        FileNotFoundError,
        SheetNameError,
        DecisionError,
    ) as error:
        fail(str(error), 2)
    except duckdb.CatalogException as error:
        fail(
            f"{error}\nA registry of an earlier version of the program lacks tables: `calcinosis refresh` adds them.", 1
        )
    except (SchemaVersionError, RuntimeError, PermissionError, duckdb.Error, ValueError) as error:
        fail(f"{type(error).__name__}: {error}", 1)


if __name__ == "__main__":
    main()
