"""Options that say what a user's own data are, where evo would infer it; see `evo tasks`."""

from __future__ import annotations

from typing import Annotated

import typer

Target = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN,...", help="Of a table: the columns to learn. [default: a column target]"
    ),
]
Group = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Of a table: rows of one value stay in one split."),
]
Time = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Of a table: split by it, the latest rows are test."),
]
TargetKind = Annotated[
    str | None,
    typer.Option(help="What targets mean: {targets}. [default: inferred, and told]"),
]
ImageSize = Annotated[
    int | None,
    typer.Option(metavar="PIXELS", help="Of images: their side. [default: inferred, and told]"),
]
SignalLength = Annotated[
    int | None,
    typer.Option(
        metavar="NUMBERS",
        help="Of recordings: cut or fill all to it. [default: inferred, and told]",
    ),
]
SampleRate = Annotated[
    int | None,
    typer.Option(metavar="HZ", help="Of recordings: resample all that have another rate."),
]
ImageFit = Annotated[
    str | None,
    typer.Option(help="How images come to one size: pad, crop or stretch. [default: pad]"),
]
SkipUnreadable = Annotated[
    bool | None,
    typer.Option("--skip-unreadable", help="Of images: leave damaged files out, and count them."),
]
