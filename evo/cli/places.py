"""Options that say where a run is computed and kept: `evo run` and `evo resume` take the same."""

from __future__ import annotations

from typing import Annotated

import typer

Runner = Annotated[
    str | None, typer.Option(help="ray (worker processes) or serial. [new runs: ray]")
]
Workers = Annotated[
    str | None,
    typer.Option(
        metavar="NUMBER",
        help="Worker processes; auto takes as many as fit, one a core or GPU. [new runs: auto]",
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Join a Ray cluster: auto, HOST:PORT or ray://HOST:PORT; local starts a Ray here. "
        "[new runs: local]",
    ),
]
CpusPerWorker = Annotated[
    float | None, typer.Option(help="Cores that Ray reserves for each. [new runs: 1]")
]
GpusPerWorker = Annotated[
    str | None,
    typer.Option(
        metavar="NUMBER",
        help="GPUs that Ray reserves for each, a share like 0.25 or a number; auto shares all of "
        "them evenly where the device is cuda. [new runs: auto]",
    ),
]
JobTimeout = Annotated[
    str | None,
    typer.Option(
        metavar="SECONDS",
        help="Stop a training after this long; inf never, auto after 20 times what the slowest so "
        "far would have taken, but not within five minutes. [new runs: auto]",
    ),
]
Ship = Annotated[
    bool | None,
    typer.Option(
        "--ship/--no-ship", help="Send evo's code to nodes on which it is not installed."
    ),
]
DataDir = Annotated[
    str | None, typer.Option(metavar="DIR", help="Where the task's data files lie.")
]
Storage = Annotated[
    str | None,
    typer.Option(
        metavar="DIR",
        help="Mirror the run's folder to DIR/NAME, a shared folder or a URL as s3://bucket/runs.",
    ),
]
KeepAll = Annotated[
    bool | None,
    typer.Option(
        "--keep-all/--no-keep-all",
        help="Keep every checkpoint, also of those who left for good.",
    ),
]
Logger = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Log to this too: {loggers}; repeatable."),
]
