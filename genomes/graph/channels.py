"""Channels of a network's nodes: groups that belong together, the sites that mask them.

Nodes that share channels form a group; a group has at most one mask site. Only channels of groups
with a site are ever masked or removed. What is concatenated, or chosen among channels, forms a
group without a site, whose channels are those of its parts. `genomes.graph.ties` finds the groups.
Must not know what is masked, only what belongs together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A run of features that belong to one group: `positions` for each of its channels.

    They are those from the group's channel `first` on.
    """

    group: int
    positions: int
    site: str | None
    features: int
    first: int = 0

    @property
    def channels(self) -> slice:
        """The channels of the group that the features are of."""
        return slice(self.first, self.first + self.features // self.positions)


@dataclass(frozen=True)
class Layout:
    """How the channels of one node's output relate to a site.

    `positions` is the number of consecutive output features per channel of the group: one, or the
    pixels of a channel after flattening. `site` is None where no mask acts on the whole group;
    where channels were concatenated, those of some `parts` may be masked. Other groups have one
    part, themselves.
    """

    group: int
    positions: int
    site: str | None
    parts: tuple[Part, ...]

    @property
    def is_joint(self) -> bool:
        """Tell whether channels of several origins were concatenated."""
        return self.parts[0].group != self.group

    def runs(self) -> Iterator[tuple[slice, Part]]:
        """Yield each part and the place of its features in the node's output."""
        start = 0
        for part in self.parts:
            yield slice(start, start + part.features), part
            start += part.features


@dataclass(frozen=True)
class Channels:
    """The layout of every node's output, by node name.

    `fixed` are groups that can have no site: channels that were concatenated are tied to others.
    """

    layouts: Mapping[str, Layout]
    fixed: frozenset[int] = frozenset()

    def site(self, node: str) -> str | None:
        """Return the site of a node's output channels."""
        return self.layouts[node].site

    def __getitem__(self, node: str) -> Layout:
        return self.layouts[node]
