"""Genomes as numbers: a generic encoding of any `Struct` of genes as one vector.

The encoding is compiled once into a flat list of writers, for it runs on every candidate.
This module must not know what any gene is for; genes it has never seen tell their numbers
themselves, or are asked for a sample.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from genomes.genes.activation import ACTIVATIONS, MAXIMUM_NODES, Function, evaluate, tree
from genomes.genes.activation_gene import ActivationGene
from genomes.genes.expression import Expression
from genomes.genes.gene import (
    Choice,
    Conditional,
    Fixed,
    Gene,
    Integer,
    ListOf,
    Real,
    Struct,
    Value,
)
from genomes.genes.module_edits import INPUT
from genomes.genes.module_graph import ModuleGraph

Array = npt.NDArray[np.float64]
Writer = Callable[[Value], list[float]]
POINTS = (-3.0, -1.0, 0.0, 1.0, 3.0)  # where predictors see the value of an activation function
MAXIMUM_POSITIONS = 4  # list items beyond this one are seen only in the mean over items


@dataclass(frozen=True)
class Block:
    """The columns of one gene and the function that fills them."""

    names: tuple[str, ...]
    write: Writer


class Encoding:
    """Vectors of equal length for all values of a `Struct`.

    Choices become one-hot columns (two options one column, numbers also their rank), numbers their
    position in [0, 1], lists their length, their first items and the mean over all items; what is
    `Fixed`, or kept by that from ever acting, becomes nothing, a conditional gene also tells
    whether it acts. Values that the genes do not allow are encoded without complaint.
    """

    names: tuple[str, ...]

    def __init__(self, struct: Struct) -> None:
        self._blocks = _flat(struct, "", ())
        self.names = tuple(name for _, block in self._blocks for name in block.names)

    def vector(self, value: Value) -> Array:
        """Encode a value; shape (len(self.names),), finite."""
        numbers: list[float] = []
        for path, block in self._blocks:
            inner = value
            for name in path:
                inner = inner[name]
            numbers += block.write(inner)
        return np.array(numbers, dtype=np.float64)


def _flat(gene: Gene, name: str, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Block]]:
    """Flatten nested structs to (path to the value, block) pairs."""
    if isinstance(gene, Struct):
        parts = [
            _flat(inner, f"{name}.{field}" if name else field, (*path, field))
            for field, inner in _possible(gene).items()
        ]
        return [pair for part in parts for pair in part]
    block = _block(gene, name)
    return [(path, block)] if block.names else []


def _block(gene: Gene, name: str) -> Block:
    if isinstance(gene, Fixed):
        return Block((), lambda value: [])
    if isinstance(gene, Choice):
        return _choice(gene, name)
    if isinstance(gene, Real | Integer):
        return _number(gene, name)
    if isinstance(gene, ListOf):
        return _list(gene, name)
    if isinstance(gene, ModuleGraph):
        return _graph(gene, name)
    if isinstance(gene, Struct):
        return _struct(gene, name)
    if isinstance(gene, Conditional):
        return _conditional(gene, name)
    if isinstance(gene, ActivationGene):
        return _activation(name)
    if isinstance(gene, Expression):
        return Block((f"{name}.nodes",), lambda value: [len(value) / gene.maximum_nodes])
    return _unknown(gene, name)


def _choice(gene: Choice, name: str) -> Block:
    options = gene.options
    if len(options) < 2:
        return Block((), lambda value: [])
    if len(options) == 2:
        second = options[1]
        return Block((f"{name}={second}",), lambda value: [float(value == second)])
    names = tuple(f"{name}={option}" for option in options)
    table = {o: [float(o == other) for other in options] for o in options}
    if all(isinstance(o, int | float) and not isinstance(o, bool) for o in options):
        ranks = {o: rank / (len(options) - 1) for rank, o in enumerate(sorted(options))}
        table = {o: [*row, ranks[o]] for o, row in table.items()}
        names = (*names, f"{name}.rank")
    nothing = [0.0] * len(names)
    return Block(names, lambda value: table.get(value, nothing))


def _activation(name: str) -> Block:
    """Encode a function by its name, if it has one, its size and its bent at a few points."""
    one_hot = _choice(Choice(ACTIVATIONS), name)
    points = (f"{name}({point:g})" for point in POINTS)

    def write(value: Value) -> list[float]:
        return [*one_hot.write(value), len(tree(value)) / MAXIMUM_NODES, *_bent(value)]

    return Block((*one_hot.names, f"{name}.nodes", *points), write)


@lru_cache(maxsize=4096)
def _bent(function: Function) -> tuple[float, ...]:
    """Return a function's values at `POINTS`, squashed to [0, 1]."""
    values = evaluate(function, np.array(POINTS))
    return tuple((0.5 + 0.5 * np.tanh(0.5 * values)).tolist())


def _number(gene: Real | Integer, name: str) -> Block:
    """Encode a number as its position and its squared distance from the middle, both in [0, 1].

    The square lets a linear model place an optimum within the range instead of at an end.
    """
    if gene.low == gene.high:
        return Block((), lambda value: [])

    def write(value: Value) -> list[float]:
        position = gene.position(value)
        return [position, (2.0 * position - 1.0) ** 2]

    return Block((name, f"{name}.square"), write)


def _struct(gene: Struct, name: str) -> Block:
    fields = _possible(gene).items()
    parts = [(field, _block(inner, f"{name}.{field}")) for field, inner in fields]
    parts = [(field, block) for field, block in parts if block.names]
    names = tuple(column for _, block in parts for column in block.names)
    writers = [(field, block.write) for field, block in parts]

    def write(value: Mapping[str, Value]) -> list[float]:
        numbers: list[float] = []
        for field, write_field in writers:
            numbers += write_field(value[field])
        return numbers

    return Block(names, write)


def _list(gene: ListOf, name: str) -> Block:
    varies = gene.minimum < gene.maximum
    positions = min(gene.maximum, MAXIMUM_POSITIONS)
    item = _block(gene.gene, "")
    width, write_item = len(item.names), item.write
    names = [f"{name}.length"] * varies
    for position in range(positions):
        names += [f"{name}.{position}.present"] * varies
        names += [f"{name}.{position}{column}" for column in item.names]
    names += [f"{name}.mean{column}" for column in item.names]
    present, absent = [1.0] * varies, [0.0] * (varies + width)
    span = float(max(1, gene.maximum - gene.minimum))

    def write(value: tuple[Value, ...]) -> list[float]:
        numbers = [(len(value) - gene.minimum) / span] * varies
        rows = [write_item(inner) for inner in value]
        for row in rows[:positions]:
            numbers += present
            numbers += row
        numbers += absent * (positions - len(rows))
        # zip(*rows) walks the columns; an empty list has zeros for its mean
        numbers += [sum(column) / len(rows) for column in zip(*rows, strict=True)] or [0.0] * width
        return numbers

    return Block(tuple(names), write)


def _graph(gene: ModuleGraph, name: str) -> Block:
    """Encode a graph as a list in its order, with its share of possible edges and its depth."""
    modules = _list(ListOf(gene.gene, 1, gene.maximum), name)
    possible = gene.maximum * gene.inputs

    def write(value: tuple[Mapping[str, Value], ...]) -> list[float]:
        depth = {INPUT: 0}
        for module in value:
            depth[module["id"]] = 1 + max(depth[source] for source in module["inputs"])
        read = sum(len(module["inputs"]) for module in value)
        deep = depth[value[-1]["id"]] / gene.maximum
        return [read / possible, deep, *modules.write(value)]

    return Block((f"{name}.edges", f"{name}.depth", *modules.names), write)


def _conditional(gene: Conditional, name: str) -> Block:
    """Encode whether the gene acts, then the gene itself, all zeros where it does not."""
    inner = _block(gene.gene, name)
    inactive = [0.0] * (1 + len(inner.names))
    names = (f"{name}.active", *inner.names)
    return Block(names, lambda v: inactive if v is None else [1.0, *inner.write(v)])


def _possible(gene: Struct) -> dict[str, Gene]:
    """Return the fields that may act: not the conditional ones whose conditions are pinned off."""
    return {name: inner for name, inner in gene.fields.items() if not _is_off(inner, gene)}


def _is_off(gene: Gene, struct: Struct) -> bool:
    if not isinstance(gene, Conditional):
        return False
    conditions = [(struct.fields[name], allowed) for name, allowed in gene.when.items()]
    return any(isinstance(g, Fixed) and g.value not in allowed for g, allowed in conditions)


@runtime_checkable
class Telling(Protocol):
    """A gene that says itself how its values are written as numbers in [0, 1]."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the numbers."""

    def numbers(self, value: Value) -> list[float]:
        """Return a number for each column."""


def _unknown(gene: Gene, name: str) -> Block:
    """Encode a gene by what its values look like: marks by their on-share, numbers as they are."""
    if isinstance(gene, Telling):
        return Block(tuple(f"{name}.{column}" for column in gene.columns), gene.numbers)
    example = gene.sample(random.Random(0))
    if isinstance(example, bool | int | float):
        return Block((name,), lambda value: [float(value)])
    if isinstance(example, tuple) and example and all(map(_is_marks, example)):
        rows = len(example)
        names = tuple(f"{name}.{row}.on" for row in range(rows))
        return Block(names, lambda value: [_on_share(marks) for marks in value[:rows]])
    return Block((), lambda value: [])


def _is_marks(text: Value) -> bool:
    return isinstance(text, str) and set(text) <= {"0", "1"}


def _on_share(marks: str) -> float:
    return marks.count("1") / len(marks) if marks else 1.0
