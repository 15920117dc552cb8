"""Options that say what a user's own data are, where evo would infer it; see `evo tasks`."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evo.cli.arguments import listed

if TYPE_CHECKING:  # numpy, which `evo --help` does without
    from fitness.data.options import DataOptions

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
Tokens = Annotated[
    str | None,
    typer.Option(
        metavar="KIND",
        help="Of a text: what it is cut into, character, byte or bpe. [default: character]",
    ),
]
VocabularySize = Annotated[
    int | None, typer.Option(metavar="TOKENS", help="Of a text with bpe. [default: 2048]")
]
Window = Annotated[
    int | None,
    typer.Option(metavar="TOKENS", help="Of a text: how many are seen at a time. [default: 128]"),
]


def said(parameters: dict[str, Any]) -> DataOptions:
    """Return what the options of a command say of data, checked as those of a run are."""
    from evo.settings.config import build
    from fitness.data.options import DataOptions

    known = {one.name for one in fields(DataOptions)}
    options = {name: value for name, value in parameters.items() if name in known}
    if options.get("target") is not None:
        options["target"] = listed(options["target"])
    return DataOptions.of(build({}, options))
