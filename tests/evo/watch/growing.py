"""A run that goes on while a test looks: the run of `tests.evo.report.runs`, a step longer."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evo.record.run_folder import RunFolder
from evo.record.store import Store
from genomes.chromosomes.space import network_space
from genomes.genes.genome import Genome
from genomes.graph.interface import Interface
from tests.evo.report.runs import COLUMNS, _train, summary

# name, generation, accuracy, active ratio, active parameters; as `write_run` leaves the front
FRONT = [("a", 1, 0.9, 1.0, 1000), ("b", 2, 0.8, 0.25, 250)]
Row = tuple[str, int, float, float, int]


@contextmanager
def driven(folder: RunFolder) -> Iterator[Store]:
    """Drive the run as an engine does, with its lock and its record open for writing."""
    with folder.lock(), Store.open(folder.database) as store:
        store.set_meta({"reason": ""})
        yield store


def add_generation(
    folder: RunFolder, store: Store, number: int, grown: Row, front: list[Row]
) -> None:
    """Record one more generation, in which one male grew up, and the front after it."""
    name, _, accuracy, ratio, _ = grown
    space = network_space(family="cnn", interface=Interface((1, 8, 8), 10))
    body = space.sample("x", "male", random.Random(number)).chromosomes
    with store.transaction():
        store.add_genomes(number, [Genome(name, "male", body)])
        _train(store, name, number, ("accuracy", accuracy), ratio, name)
        store.add_generation(number, summary(number))
    lines = [f'"{n}",{g},{acc},{ratio},{on},{on},{on}00.5' for n, g, acc, ratio, on in front]
    folder.write_front("\n".join([COLUMNS.format("accuracy"), *lines, ""]))


def contents(path: Path) -> dict[str, bytes]:
    """Return all files of a folder, to see that nobody changed them."""
    return {str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()}
