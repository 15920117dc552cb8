"""What was understood of a run's data, in its record and in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from evo.pareto.statistics import wilson_interval
from evo.record.store import Store
from evo.text.amounts import count, percent
from evo.text.figures import figure, label
from fitness.data.facts import DataFacts
from fitness.data.inputs.table_column import counted
from fitness.data.splitting.duplicates import Duplicates
from fitness.data.task import Task
from fitness.metric import METRICS, Metric

KEY = "data"  # of the record's facts
FEW = 100  # examples below which an accuracy is shown with a caution

Line = tuple[str, str]  # what it is about, and the text


def record_data(store: Store, task: Task, metric: Metric) -> DataFacts:
    """Gather the facts of a task's data, unless the record holds them; return them."""
    known = read_data(store)
    if known is None:
        known = DataFacts.of(task, metric)
        store.set_meta({KEY: json.dumps(asdict(known))})
    return known


def read_data(store: Store) -> DataFacts | None:
    """Return what the record knows of the data; None for runs that did not record it."""
    text = store.meta().get(KEY)
    if text is None:
        return None
    found: dict[str, Any] = _as_now(json.loads(text))
    tuples = {name: tuple(found[name]) for name in ("shape", "notes")}
    duplicates = Duplicates(**found["duplicates"])
    return DataFacts(**{**found, **tuples, "duplicates": duplicates})


def _as_now(found: dict[str, Any]) -> dict[str, Any]:
    """Return facts of a record of before there were targets under the names of today."""
    if "classes" not in found:
        return found
    large, most = found.pop("largest")
    small, fewest = found.pop("smallest")
    span = f"from {percent(fewest)} ({small}) to {percent(most)} ({large})"
    described = f"{found.pop('classes')}, {span} of train"
    return {
        **found,
        "kind": "classes",
        "described": described,
        "constant_name": "largest class",
        "metric": "accuracy",
        "constant": found.pop("trivial_accuracy"),
    }


def data_lines(facts: DataFacts) -> list[Line]:
    """Describe the data in a few lines."""
    sizes = " + ".join(count(number) for number in facts.examples.values())
    constant = figure(facts.metric, facts.constant)
    return [
        ("data", f"{sizes} examples ({', '.join(facts.examples)}) of {_shape(facts)}"),
        (
            facts.kind,
            f"{facts.described}; always answering the {facts.constant_name} has "
            f"{label(facts.metric)} {constant} on validation",
        ),
        *[("duplicates", text) for text in [_duplicates(facts.duplicates)] if text],
        *[("caution", text) for text in _cautions(facts)],
        *[("note", note) for note in facts.notes],
    ]


def written(lines: Sequence[Line]) -> list[str]:
    """Write lines with what they are about in a column of its own."""
    return [f"{name:<12}{text}" for name, text in lines]


def _shape(facts: DataFacts) -> str:
    if facts.tokens:
        return f"{count(facts.shape[0])} tokens each, {facts.type}"
    if facts.columns:
        kinds = ", ".join(counted(kind, number) for kind, number in facts.columns.items())
        return f"{kinds} each, {facts.type}"
    if len(facts.shape) == 1:
        return f"{count(facts.shape[0])} numbers each, {facts.type}"
    channels, *sides = facts.shape
    of = f"of {channels} channel{'' if channels == 1 else 's'}"
    if len(sides) == 1:
        return f"signals {of}, {count(sides[0])} numbers long, {facts.type}"
    return f"images {of}, {sides[0]} x {sides[1]}, {facts.type}"


def _duplicates(found: Duplicates) -> str:
    parts = [f"{count(number)} within {name}" for name, number in found.within.items() if number]
    parts += [
        f"{count(number)} of {' are in '.join(name.split(' in '))} too"
        for name, number in found.across.items()
        if number
    ]
    if found.contradictory:
        parts.append(f"{count(found.contradictory)} have another label than their like in train")
    return "exact ones: " + ", ".join(parts) if parts else ""


def _cautions(facts: DataFacts) -> list[str]:
    is_share = facts.metric in METRICS and Metric.load(facts.metric).per_example
    rough = f"{label(facts.metric)} measured there is rough"
    return [
        f"{name} has {count(number)} example{'' if number == 1 else 's'} only: "
        f"{uncertainty(number - number // 10, number) if is_share else rough}"
        for name, number in facts.examples.items()
        if name != "train" and number < FEW
    ]


def uncertainty(right: int, examples: int) -> str:
    """Say what an accuracy on so many examples stands for."""
    low, high = wilson_interval(right, examples)
    return (
        f"{percent(right / examples, 0)} measured there may be anything from {percent(low, 0)} to "
        f"{percent(high, 0)}"
    )
