"""What was understood of a run's data, in its record and in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from evo.pareto.statistics import wilson_interval
from evo.record.store import Store
from evo.text.amounts import count, percent
from fitness.data.duplicates import Duplicates
from fitness.data.facts import DataFacts
from fitness.data.task import Task

KEY = "data"  # of the record's facts
FEW = 100  # examples below which an accuracy is shown with a caution

Line = tuple[str, str]  # what it is about, and the text


def record_data(store: Store, task: Task) -> DataFacts:
    """Gather the facts of a task's data, unless the record holds them; return them."""
    known = read_data(store)
    if known is None:
        known = DataFacts.of(task)
        store.set_meta({KEY: json.dumps(asdict(known))})
    return known


def read_data(store: Store) -> DataFacts | None:
    """Return what the record knows of the data; None for runs that did not record it."""
    text = store.meta().get(KEY)
    if text is None:
        return None
    found: dict[str, Any] = json.loads(text)
    tuples = {name: tuple(found[name]) for name in ("shape", "largest", "smallest", "notes")}
    duplicates = Duplicates(**found["duplicates"])
    return DataFacts(**{**found, **tuples, "duplicates": duplicates})


def data_lines(facts: DataFacts) -> list[Line]:
    """Describe the data in a few lines."""
    sizes = " + ".join(count(number) for number in facts.examples.values())
    (large, most), (small, fewest) = facts.largest, facts.smallest
    return [
        ("data", f"{sizes} examples ({', '.join(facts.examples)}) of {_shape(facts)}"),
        (
            "classes",
            f"{facts.classes}, from {percent(fewest)} ({small}) to {percent(most)} ({large}) of "
            f"train; always answering {large} is right for "
            f"{percent(facts.trivial_accuracy, 2)} of validation",
        ),
        *[("duplicates", text) for text in [_duplicates(facts.duplicates)] if text],
        *[("caution", text) for text in _cautions(facts.examples)],
        *[("note", note) for note in facts.notes],
    ]


def written(lines: Sequence[Line]) -> list[str]:
    """Write lines with what they are about in a column of its own."""
    return [f"{name:<12}{text}" for name, text in lines]


def _shape(facts: DataFacts) -> str:
    if len(facts.shape) == 1:
        return f"{count(facts.shape[0])} numbers each, {facts.type}"
    channels, height, width = facts.shape
    plural = "" if channels == 1 else "s"
    return f"images of {channels} channel{plural}, {height} x {width}, {facts.type}"


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


def _cautions(examples: Mapping[str, int]) -> list[str]:
    return [
        f"{name} has {count(number)} example{'' if number == 1 else 's'} only: "
        f"{uncertainty(number - number // 10, number)}"
        for name, number in examples.items()
        if name != "train" and number < FEW
    ]


def uncertainty(right: int, examples: int) -> str:
    """Say what an accuracy on so many examples stands for."""
    low, high = wilson_interval(right, examples)
    return (
        f"{percent(right / examples, 0)} measured there may be anything from {percent(low, 0)} to "
        f"{percent(high, 0)}"
    )
