"""`evo watch`: the report of a run in the browser, live while the run goes on."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Annotated

import typer

from evo.cli.arguments import RESULTS

REST_SECONDS = 0.5  # a signal that comes just before a sleep begins is noticed when it ends

if TYPE_CHECKING:
    from evo.record.run_folder import RunFolder


def watch(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            help="A run: its name under results/, or a path. [default: the one written to last]",
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Where to listen; others reach it if this is not 127.0.0.1.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="The port. [default: 7117 or the next free one]"),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address.")
    ] = False,
) -> None:
    """Show a run in the browser, live.

    The same page as `evo report` makes, drawn anew while the run goes on. It reads the record and
    changes nothing; Ctrl-C ends it.
    """
    from evo.files.paths import shown
    from evo.record.database import connect
    from evo.watch.address import listen
    from evo.watch.browser import open_page
    from evo.watch.serving import serving

    folder = _chosen(run)
    connect(folder.database, read_only=True).close()  # says what is wrong with it, if anything
    address = listen(host, port)
    with contextlib.suppress(KeyboardInterrupt), serving(folder, address):
        if not address.is_private:
            typer.echo(
                f"Warning: anybody who reaches port {address.port} here can read the run.",
                err=True,
            )
        typer.echo(f"Watching {shown(folder.path)} at {address.url} (Ctrl-C ends it)")
        if not no_browser:
            open_page(address.url)
        while True:
            time.sleep(REST_SECONDS)


def _chosen(run: str | None) -> RunFolder:
    from evo.errors import BadInput
    from evo.record.runs import find_run, list_runs
    from evo.watch.run_status import stamps

    if run is not None:
        return find_run(run, RESULTS)
    folders = list_runs(RESULTS)
    if not folders:
        raise BadInput(f"no runs are in {RESULTS}/; `evo run` starts one, or give a path")
    return max(folders, key=lambda folder: max(stamps(folder)))
