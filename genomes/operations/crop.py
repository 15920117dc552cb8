"""Operation `crop`: some positions of all channels, a range of each side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, are_whole, sides

Ranges = tuple[tuple[int, int, int], ...]


def cropped(x: Any, ranges: Ranges) -> Any:
    """Map (N, C, ...) to fewer positions."""
    return x[(slice(None), slice(None), *(slice(*run) for run in ranges))]


class Crop(Operation):
    """Map (C, ...) to the positions from `start` to before `stop`, by `step`, of each side."""

    attributes = frozenset({"ranges"})
    is_remembered = False
    is_transparent = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        ranges, places = attributes["ranges"], sides(inputs[0])
        known = isinstance(ranges, tuple) and len(ranges) == len(places)
        if not known or not all(map(_fits, ranges, places)):
            raise ValueError(f"received ranges {ranges!r} of sides {places}")
        return inputs[0][0], *(len(range(*run)) for run in ranges)

    def words(self, node: Node) -> str:
        found = (_words(run) for run in node.attributes["ranges"])
        return f"positions {' × '.join(found)}"

    def call(self, node: Node, source: Shape) -> str:
        return f"{{0}}[:, :, {', '.join(map(_written, node.attributes['ranges']))}]"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(partial(cropped, **attributes))


def _fits(run: object, side: int) -> bool:
    return are_whole(run, 3, 0) and run[0] < run[1] <= side and run[2] > 0  # type: ignore[index]


def _words(run: tuple[int, int, int]) -> str:
    last = range(*run)[-1]
    by = f" by {run[2]}" if run[2] > 1 else ""
    return str(last) if last == run[0] else f"{run[0]} to {last}{by}"


def _written(run: tuple[int, int, int]) -> str:
    return f"{run[0]}:{run[1]}" + (f":{run[2]}" if run[2] > 1 else "")


OPERATION = Crop()
