"""Masks of a network as boolean arrays, and a node as it stands under them. Free of torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from genomes.graph.channels import Layout, Part
from genomes.graph.node import Node
from genomes.graph.shapes import Shape

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Masks:
    """Channel masks (C,) by site and weight masks by node; what is not listed is all on.

    `marks` (M,) by gate are what gates say of one input; without them all that can open is open.
    """

    channels: Mapping[str, Flags]
    weights: Mapping[str, Flags]
    marks: Mapping[str, Flags] = field(default_factory=dict)

    def of_channels(self, site: str | None, size: int, positions: int = 1) -> Flags:
        """Return the mask of `size` features of a site, each channel spread over positions."""
        if site is None or site not in self.channels:
            return np.ones(size, dtype=np.bool_)
        return np.repeat(self.channels[site], positions)

    def of_features(self, layout: Layout) -> Flags:
        """Return the mask of a node's features, whatever their origins."""
        return np.concatenate([self._of_part(part) for part in layout.parts])

    def _of_part(self, part: Part) -> Flags:
        if part.site is None or part.site not in self.channels:
            return np.ones(part.features, dtype=np.bool_)
        return np.repeat(self.channels[part.site][part.channels], part.positions)

    def are_on(self) -> bool:
        """Tell whether nothing is masked."""
        everything = (*self.channels.values(), *self.weights.values(), *self.marks.values())
        return all(bool(mask.all()) for mask in everything)


class MaskedNode(NamedTuple):
    """A node under masks: what its operation looks at to tell what flows through it."""

    node: Node
    sources: tuple[Shape, ...]  # shapes of its inputs
    layout: Layout  # of its output
    masks: Masks

    def weight(self) -> Flags | None:
        """Return the mask of the node's weight; None where all of it is on."""
        return self.masks.weights.get(self.node.name)

    def features(self) -> Flags:
        """Return which of the node's features (F,) no site masks."""
        return self.masks.of_features(self.layout)


@dataclass(frozen=True)
class Kept:
    """What of a node stays when a network is shrunk: features of its output and of its inputs.

    `edges` are those of a weight that lists single connections.
    """

    outputs: Flags
    inputs: tuple[Flags, ...]
    edges: Flags | None = None


def through_edges(
    edges: tuple[tuple[int, int], ...], mask: Flags | None, outputs: Flags, inputs: Flags
) -> Flags:
    """Return which edges, pairs of output and input, (E,), join outputs and inputs that count.

    `mask` is that of the weight (1, E).
    """
    pairs = np.array(edges, dtype=np.intp).reshape(-1, 2)
    used = outputs[pairs[:, 0]] & inputs[pairs[:, 1]]
    return np.asarray(used if mask is None else used & mask[0], dtype=np.bool_)
