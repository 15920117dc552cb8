"""Options that say what a user brings: data, where evo would infer it, and a network."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evo.cli.arguments import listed, with_options

if TYPE_CHECKING:  # numpy, which `evo --help` does without
    from fitness.data.options import DataOptions

SEVERAL = ("target", "metric_group")  # options that name columns with commas between them
OPTIONS: dict[str, Any] = {  # in the order of the help, as fields of `DataOptions`
    "target": Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN,...",
            help="Of a table: the columns to learn. [default: a column target]",
        ),
    ],
    "group": Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Of a table: rows of one value stay in one split."),
    ],
    "metric_group": Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN,...",
            help="Of a table: measure the metric in each group of rows with the same values, of "
            "which every split gets some. For metrics such as worst_group_accuracy.",
        ),
    ],
    "time": Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Of a table: split by it, the latest rows are test."),
    ],
    "target_kind": Annotated[
        str | None,
        typer.Option(help="What targets mean: {targets}. [default: inferred, and told]"),
    ],
    "image_size": Annotated[
        int | None,
        typer.Option(
            metavar="PIXELS", help="Of images: their side. [default: inferred, and told]"
        ),
    ],
    "image_fit": Annotated[
        str | None,
        typer.Option(help="How images come to one size: pad, crop or stretch. [default: pad]"),
    ],
    "skip_unreadable": Annotated[
        bool | None,
        typer.Option(
            "--skip-unreadable", help="Of images: leave damaged files out, and count them."
        ),
    ],
    "signal_length": Annotated[
        int | None,
        typer.Option(
            metavar="NUMBERS",
            help="Of recordings: cut or fill all to it. [default: inferred, and told]",
        ),
    ],
    "sample_rate": Annotated[
        int | None,
        typer.Option(metavar="HZ", help="Of recordings: resample all that have another rate."),
    ],
    "tokens": Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="Of a text: what it is cut into, character, byte or bpe. [default: character]",
        ),
    ],
    "vocabulary_size": Annotated[
        int | None, typer.Option(metavar="TOKENS", help="Of a text with bpe. [default: 2048]")
    ],
    "window": Annotated[
        int | None,
        typer.Option(
            metavar="TOKENS", help="Of a text: how many are seen at a time. [default: 128]"
        ),
    ],
}

MODEL_OPTIONS: dict[str, Any] = {  # as fields of `ModelOptions`
    "model": Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:FUNCTION",
            help="Make a PyTorch network of yours smaller: a function that returns it; see "
            "docs/own-model.md.",
        ),
    ],
    "weights": Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Of a model: its state dict, .safetensors or .pt."),
    ],
    "model_input": Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="Of a model: what it is given, unit (bytes / 255), raw, standard (as evo's own), "
            "or MEANS/DEVIATIONS after unit. [default: unit]",
        ),
    ],
    "keep": Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN,...",
            help="Of a model: modules that keep all channels, as in layer4.*.",
        ),
    ],
    "only": Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN,...", help="Of a model: no others but these modules lose channels."
        ),
    ],
}

with_data_options = with_options(OPTIONS, behind="task")
with_model_options = with_options(MODEL_OPTIONS, behind="task")


def said(parameters: dict[str, Any]) -> DataOptions:
    """Return what the options of a command say of data, checked as those of a run are."""
    from evo.settings.config import build
    from fitness.data.options import DataOptions

    known = {one.name for one in fields(DataOptions)}
    options = {name: value for name, value in parameters.items() if name in known}
    for name in SEVERAL:
        if options.get(name) is not None:
            options[name] = listed(options[name])
    return DataOptions.of(build({}, options))
