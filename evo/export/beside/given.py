"""The network that the user gave beside the exported one: what it is, and which share is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from safetensors.torch import save

from evo.export.evaluate import measured
from evo.export.exported import Exported, Fact, input_type, plain_network
from evo.text.amounts import percent
from evo.text.figures import figure, label
from fitness.data.task import Task
from genomes.networks.given import whole

GIVEN = "given"  # before the names of its facts
LEFT = "left_of_given"  # before those of shares: what is left of it
SIZES = {"parameters": "shrunk_parameters", "flops": "flops", "weights_bytes": "weights_bytes"}
TIMES = {f"torch_ms_batch_{size}": f"torch_ms_batch_{size}" for size in (1, 256)}
TITLES = {
    "parameters": "parameters",
    "flops": "FLOPs per example (forward)",
    "weights_bytes": "bytes of the weights",
    "torch_ms_batch_1": "milliseconds for 1 example, torch",
    "torch_ms_batch_256": "milliseconds for 256 examples, torch",
}
SECTION = """
## Beside the network that was given

| | given | this one | left |
|---|---|---|---|
{rows}
"""


def given_beside(exported: Exported, task: Task) -> Exported | None:
    """Return what was given as an export of its own, nothing shrunk; None if nothing was."""
    if task.given is None:
        return None
    return replace(exported, network=plain_network(whole(task.given), task.target))


def given_facts(
    given: Exported, task: Task, splits: Sequence[str], metrics: Sequence[str]
) -> dict[str, Fact]:
    """Return its metrics on splits, parameters, FLOPs and the bytes of its weights."""
    kind, facts = input_type(given.spec), dict[str, Fact]()
    for name in splits:
        split = task.validation if name == "validation" else task.test
        found = measured(lambda x: given.network(x.to(kind)), task.target, split, metrics)
        facts |= {f"{GIVEN}_{name}_{key}": value for key, value in found.items()}
    tensors = {name: tensor.contiguous() for name, tensor in given.network.tensors().items()}
    return {
        **facts,
        f"{GIVEN}_parameters": given.spec.dense_parameters(),
        f"{GIVEN}_flops": given.spec.flops(),
        f"{GIVEN}_weights_bytes": len(save(tensors, metadata={"format": "pt"})),
    }


def shares_left(card: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return what is left of the given network's sizes and times, as shares; {} without one."""
    found: dict[str, Fact] = {}
    for name, own in {**SIZES, **TIMES}.items():
        before, after = card.get(f"{GIVEN}_{name}"), card.get(own)
        if isinstance(before, int | float) and isinstance(after, int | float) and before:
            found[f"{LEFT}_{name}"] = after / before
    return found


def of_given(name: str) -> bool:
    """Tell whether a fact of the card stands in the table of this section."""
    return name.startswith((f"{GIVEN}_", f"{LEFT}_"))


def given_section(card: Mapping[str, Fact]) -> str:
    """Return the section of a README; empty where no network was given."""
    if f"{GIVEN}_parameters" not in card:
        return ""
    return SECTION.format(rows="\n".join((*_metrics(card), *_sizes(card))))


def given_line(card: Mapping[str, Fact]) -> str:
    """Say in a line what was given, by the test data, and what is left of it; empty if nothing."""
    if f"{GIVEN}_parameters" not in card:
        return ""
    metric = str(card["metric"])
    reached = figure(metric, _number(card[f"{GIVEN}_test_{metric}"]))
    words = {"parameters": "parameters", "flops": "FLOPs", "torch_ms_batch_256": "time for 256"}
    left = [
        f"{percent(_number(card[f'{LEFT}_{name}']))} of its {word}"
        for name, word in words.items()
        if f"{LEFT}_{name}" in card
    ]
    return f"{reached:>10}   on test data; left are {', '.join(left)}"


def _metrics(card: Mapping[str, Fact]) -> Iterator[str]:
    metric = str(card["metric"])
    for split in ("validation", "test"):
        values = [card.get(f"{before}{split}_{metric}") for before in (f"{GIVEN}_", "")]
        if None not in values:
            cells = " | ".join(figure(metric, _number(value)) for value in values)
            yield f"| {split} {label(metric)} | {cells} | |"


def _sizes(card: Mapping[str, Fact]) -> Iterator[str]:
    for name, own in {**SIZES, **TIMES}.items():
        if f"{LEFT}_{name}" not in card:
            continue
        before, after = _number(card[f"{GIVEN}_{name}"]), _number(card[own])
        form = ",.0f" if name in SIZES else ".3g"
        left = percent(_number(card[f"{LEFT}_{name}"]))
        yield f"| {TITLES[name]} | {before:{form}} | {after:{form}} | {left} |"


def _number(value: Fact) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
