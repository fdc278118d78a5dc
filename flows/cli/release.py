"""The command that publishes a held build: release."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.common import Format, HomeOption, JsonOption, fail, open_home, print_json, print_rows

SHARE_COLUMNS = (
    "distribution", "level", "label", "n_cases_before", "share_before", "n_cases_now", "share_now", "moved",
    "n_changed_with_cause", "unexplained",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(release)


def release(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="Run id of the held run, as `calcinosis runs` lists it")],
    why: Annotated[
        str | None, typer.Option("--why", help="Why it may be published; without it, what held it back is listed")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="Who releases it [default: the name of your account]")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Publish a build that was held back because shares moved without a cause, after somebody looked at it.

    [bold]Example:[/] calcinosis release 20260102T030405.678Z-bcdf --why "the new site grammar reads both hands"

    Exit code: 0 published, 1 another run is under way, 2 the run cannot be released, 3 it stays held, since no --why is given.
    """
    import getpass

    from flows.pipeline import BusyError
    from flows.release import ReleaseError, check_release, read_held_shares, release_run
    from flows.settings import load_settings

    place = open_home(home)
    place.create()
    try:
        if why is None:
            check_release(place, run_id)
            rows = read_held_shares(place, run_id)
            if json:
                print_json({"run_id": run_id, "status": "held", "drift": rows})
            else:
                print_rows(rows, SHARE_COLUMNS, Format.table, f"What held {run_id} back")
                print('it stays held: `--why "..."` publishes it all the same')
            raise typer.Exit(3)
        message = release_run(
            place, run_id, why, by or getpass.getuser(), keep_versions=load_settings(home=home).keep_versions
        )
    except ReleaseError as error:
        fail(str(error), 2)
    except BusyError as error:
        fail(str(error), 1)
    if json:
        print_json({"run_id": run_id, "status": "released", "message": message})
    else:
        print(f"{run_id} is published: {message}")
