"""Options that say where a run is computed and kept, which several commands take."""

from __future__ import annotations

from typing import Annotated, Any

import typer

WORKERS: dict[str, Any] = {  # what computes it
    "runner": Annotated[
        str | None, typer.Option(help="ray (worker processes) or serial. [new runs: ray]")
    ],
    "workers": Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER",
            help="Worker processes; auto takes as many as fit, one a core or GPU. "
            "[new runs: auto]",
        ),
    ],
    "address": Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Join a Ray cluster: auto, HOST:PORT or ray://HOST:PORT; local starts a Ray "
            "here. [new runs: local]",
        ),
    ],
    "cpus_per_worker": Annotated[
        float | None, typer.Option(help="Cores that Ray reserves for each. [new runs: 1]")
    ],
    "gpus_per_worker": Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER",
            help="GPUs that Ray reserves for each, a share like 0.25 or a number; auto shares all "
            "of them evenly where the device is cuda. [new runs: auto]",
        ),
    ],
    "job_timeout": Annotated[
        str | None,
        typer.Option(
            metavar="SECONDS",
            help="Stop a training after this long; inf never, auto after 20 times what the "
            "slowest so far would have taken, but not within five minutes. [new runs: auto]",
        ),
    ],
    "ship": Annotated[
        bool | None,
        typer.Option(
            "--ship/--no-ship", help="Send evo's code to nodes on which it is not installed."
        ),
    ],
}
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
