"""`evo export`: export a network of a run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from evo.cli.arguments import RESULTS, RunArgument, at_once, listed
from evo.cli.retraining import MANNER, manner, print_report, with_manner

Wanted = tuple[float | str | None, ...]  # as `Demand` takes them

if TYPE_CHECKING:  # this loads torch, which `evo --help` does without
    from rich.console import Console

    from evo.export.exported import Fact
    from evo.export.retrained import Retrained
    from evo.record.run_folder import RunFolder
    from evo.settings.config import RunConfig


@with_manner
def export(
    context: typer.Context,
    run: RunArgument,
    genome: Annotated[str | None, typer.Option(metavar="ID", help="This network.")] = None,
    choose: Annotated[
        str | None,
        typer.Option(
            metavar="default|best|compromise",
            help="default: the smallest that is not worse than the best in the run's metric by "
            "more than a standard error; best: that one; "
            "compromise: where the front bends most.",
        ),
    ] = None,
    reach: Annotated[
        float | None,
        typer.Option(
            metavar="VALUE",
            help="The fewest active parameters among those whose metric is at least as good on "
            "validation data; of shares 0.98 means 98 %.",
        ),
    ] = None,
    min_accuracy: Annotated[
        float | None,
        typer.Option(metavar="A", help="The same, where the metric is accuracy."),
    ] = None,
    max_active: Annotated[
        int | None,
        typer.Option(metavar="N", help="The best among those with at most N active parameters."),
    ] = None,
    max_flops: Annotated[
        float | None, typer.Option(metavar="N", help="... with at most N FLOPs an example.")
    ] = None,
    max_bytes: Annotated[
        float | None, typer.Option(metavar="N", help="... with at most N bytes of weights.")
    ] = None,
    max_latency_ms: Annotated[
        float | None,
        typer.Option(
            metavar="MS",
            help="... with at most that latency, where it is an objective of the run.",
        ),
    ] = None,
    retrained: Annotated[
        bool,
        typer.Option("--retrained", help="With the weights that `evo retrain` kept of it."),
    ] = False,
    retrain: Annotated[
        int | None,
        typer.Option(
            metavar="EPOCHS",
            help="Train it from scratch for so many epochs first, as `evo retrain` does by the "
            "options that follow, and take those weights.",
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(metavar="K", help="Number of trainings of --retrain. [default: 3]"),
    ] = None,
    formats: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="onnx,onnx-int8,executorch",
            help="Write these programs too; they take pip install 'evo-nas[onnx]', the last one "
            "'evo-nas[executorch]'.",
        ),
    ] = None,
    round_to: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Keep masked channels, unheard, until their number is a multiple of N.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="The folder to write. [default: exports/RUN-GENOME]",
            callback=at_once,
        ),
    ] = None,
) -> None:
    """Export a network as plain PyTorch.

    Writes a folder that works without evo: code, weights, a torch.export program, a card.
    """
    from evo.cli.brief import uncollected

    with uncollected():
        wanted = (
            min_accuracy, max_active, choose, reach, max_flops, max_bytes, max_latency_ms
        )  # fmt: skip
        trainings = _Trainings.of(context.params)
        _export(run, genome, wanted, _Writing(output, listed(formats), round_to), trainings)


def _export(
    run: str,
    genome: str | None,
    wanted: Wanted,
    writing: _Writing,
    trainings: _Trainings,
) -> None:
    """Export and print what was exported, beside its alternatives."""
    from functools import partial

    from rich.console import Console

    from evo.errors import BadInput
    from evo.export.export_network import export_network
    from evo.files.paths import quoted, shown
    from evo.findings.choice import Demand
    from evo.record.runs import find_run
    from evo.terminal.front_table import print_roles
    from evo.terminal.printing import say

    demand = Demand(*wanted)  # type: ignore[arg-type]  # checked there
    if genome is not None and demand != Demand():
        raise BadInput(
            "--genome names a network already; leave --choose, --reach, --min-accuracy and the "
            "limits"
        )
    folder, console = find_run(run, RESULTS), Console()
    exported = export_network(
        folder,
        genome,
        demand,
        writing.output,
        retrained=trainings.kept,
        train=None if trainings.epochs is None else partial(trainings.carry_out, folder, console),
        formats=writing.formats,
        round_to=writing.round_to,
    )
    say(console, f"Exported {exported.card['genome']} to {shown(exported.folder)}/")
    for line in _figures(exported.card):
        say(console, line)
    print_roles(console, exported.roles, exported.baselines, exported.metric.name)
    where = exported.folder
    readme = shown(where / "README.md")
    on = _on(exported.config)
    say(console, f"Load it as {readme} says; measure it: evo evaluate {quoted(where)}{on}")


class _Writing(NamedTuple):
    """How an export is written: where, in which formats, rounded up to multiples of what."""

    output: Path | None
    formats: Sequence[str]
    round_to: int | None


class _Trainings(NamedTuple):
    """What was said of trainings from scratch: to take what is `kept`, to train `epochs` anew."""

    kept: bool
    epochs: int | None
    seeds: int
    manner: Mapping[str, Any]

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> _Trainings:
        """Read the options; raise `BadInput` for those that do not go together."""
        from evo.errors import BadInput

        epochs: int | None = parameters["retrain"]
        given = [name for name in ("seeds", *MANNER) if parameters[name] is not None]
        if epochs is None and given:
            option = given[0].replace("_", "-")
            raise BadInput(f"--{option} means something with --retrain only")
        if epochs is not None and epochs < 1:
            raise BadInput(f"--retrain: received {epochs}, expected at least 1")
        seeds = 3 if parameters["seeds"] is None else parameters["seeds"]
        return cls(parameters["retrained"], epochs, seeds, manner(parameters))

    def carry_out(self, folder: RunFolder, console: Console, genome: str) -> Sequence[Retrained]:
        """Train a network as `evo retrain` does; print and return what came of it."""
        from evo.export.retrain import retrain

        with console.status("training from scratch"):
            report = retrain(folder, genome, self.epochs, self.seeds, **self.manner)
        print_report(console, report)
        return report.rows


def _on(config: RunConfig) -> str:
    """Return the option that names the task of a run where an export alone does not."""
    from evo.files.paths import called_in, quoted

    if ":" not in config.task:
        return ""  # else it is a path or a function, never taken from an export
    return f" --task {quoted(config.task.replace(f'{called_in()}{os.sep}', '', 1))}"


def _figures(card: Mapping[str, Fact]) -> Iterator[str]:
    """Yield the lines of a card that matter most."""
    from evo.export.beside.given import given_line
    from evo.text.amounts import count, percent
    from evo.text.figures import figure, label

    metric = str(card["metric"])
    for measured in MEASURED:
        if (name := f"{measured}_{metric}") in card:
            of = card.get(f"{measured}_examples", 0.0)
            on = f"   of {count(of)} examples" if isinstance(of, int) else ""
            title = TITLES.get(measured, f"{measured} {label(metric)}")
            yield f"  {title:<22} {figure(metric, _number(card[name])):>10}{on}"
    yield f"  {'active ratio':<22} {percent(_number(card['active_ratio']), 2):>10}"
    if f"expected_{metric}_low" in card:
        ends = (_number(card[f"expected_{metric}_{end}"]) for end in ("low", "high"))
        low, high = (figure(metric, end, digits=1) for end in ends)
        yield f"  {'expected on test data':<22} {f'{low} to {high}':>18}   (95 % interval)"
    elif "trained_epochs" not in card:
        yield f"  Not retrained: as the best of many, validation {label(metric)} is optimistic."
    for name in ("active_parameters", "shrunk_parameters", "dense_parameters", "flops"):
        title = TITLES.get(name, name.replace("_", " "))
        yield f"  {title:<22} {count(_number(card[name])):>10}"
    if line := given_line(card):
        yield f"  {'the given network':<22} {line}"
    yield from _of_programs(card)


def _of_programs(card: Mapping[str, Fact]) -> Iterator[str]:
    """Yield what the written programs came to: their agreement, bytes and time."""
    from evo.export.speed_table import verdict
    from evo.text.amounts import count, short_count
    from evo.text.figures import figure, label

    difference = _number(card["largest_difference"])
    yield f"  {'largest difference':<22} {difference:>10.1e}   (of all programs from the network)"
    if "onnx_bytes" in card:
        yield f"  {'model.onnx':<22} {count(_number(card['onnx_bytes'])):>10} bytes"
    if "executorch_bytes" in card:
        yield f"  {'model.pte':<22} {count(_number(card['executorch_bytes'])):>10} bytes"
    if "onnx_int8_bytes" in card:
        metric, size = str(card["metric"]), count(_number(card["onnx_int8_bytes"]))
        test = figure(metric, _number(card[f"onnx_int8_test_{metric}"]))
        yield f"  {'model_int8.onnx':<22} {size:>10} bytes, test {label(metric)} {test}"
    times = " and ".join(short_count(_number(card[f"torch_ms_batch_{n}"])) for n in (1, 256))
    yield f"  {'latency':<22} {times} ms for 1 and 256 examples, one thread"
    yield f"  {verdict(card)}"


MEASURED = ("validation", "remeasured", "test")
TITLES = {
    "flops": "FLOPs",
    "remeasured": "retrained",
    "shrunk_parameters": "exported parameters",
}


def _number(fact: object) -> float | None:
    return float(fact) if isinstance(fact, int | float) else None
