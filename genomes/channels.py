"""Which nodes of a network share channels: additions, depthwise operations and masks tie them.

Nodes that share channels form a group; a group has at most one mask site. Only channels of groups
with a site are ever masked or removed. Must not know what is masked, only what belongs together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from genomes.node import Node


@dataclass(frozen=True)
class Layout:
    """How the channels of one node's output relate to a site.

    `positions` is the number of consecutive output features per channel of the site: one, or the
    pixels of a channel after flattening. `site` is None where no mask acts.
    """

    group: int
    positions: int
    site: str | None


@dataclass(frozen=True)
class Channels:
    """The layout of every node's output, by node name."""

    layouts: Mapping[str, Layout]

    def site(self, node: str) -> str | None:
        """Return the site of a node's output channels."""
        return self.layouts[node].site

    def __getitem__(self, node: str) -> Layout:
        return self.layouts[node]


def trace_channels(nodes: Sequence[Node]) -> Channels:
    """Follow channels through the graph; raise ValueError where ties contradict each other."""
    parents: list[int] = []  # union-find over groups

    def find(group: int) -> int:
        while parents[group] != group:
            parents[group] = group = parents[parents[group]]
        return group

    def new() -> int:
        parents.append(len(parents))
        return len(parents) - 1

    places: dict[str, tuple[int, int]] = {}  # node -> group, positions
    sites: dict[str, int] = {}
    for node in nodes:
        if node.operation in ("input", "conv", "linear", "gate"):
            places[node.name] = (new(), 1)
            continue
        group, positions = places[node.inputs[0]]
        if node.operation == "flatten":
            source = next(other for other in nodes if other.name == node.inputs[0]).shape
            positions *= prod(source[1:])
        for source_name in () if node.operation == "gated" else node.inputs[1:]:
            other_group, other_positions = places[source_name]
            if other_positions != positions:
                raise ValueError(f"node {node.name!r} adds features of different origin")
            parents[find(other_group)] = find(group)
        if node.operation == "mask":
            if positions != 1:
                raise ValueError(f"node {node.name!r} masks flattened features; mask before that")
            parents[find(group)] = find(sites.setdefault(node.attributes["site"], group))
        places[node.name] = (group, positions)
    return Channels(
        _layouts(nodes, {n: (find(g), p) for n, (g, p) in places.items()}, sites, find)
    )


def _layouts(
    nodes: Sequence[Node],
    places: Mapping[str, tuple[int, int]],
    sites: Mapping[str, int],
    find: Callable[[int], int],
) -> dict[str, Layout]:
    named: dict[int, str] = {}
    for site, group in sites.items():
        other = named.setdefault(find(group), site)
        if other != site:
            raise ValueError(f"sites {other!r} and {site!r} are tied; they have to be one site")
    for end in (nodes[0].name, nodes[-1].name):
        if places[end][0] in named:
            raise ValueError(f"site {named[places[end][0]]!r} masks the input or the output")
    sizes: dict[int, int] = {}
    for node in nodes:
        group, positions = places[node.name]
        if sizes.setdefault(group, node.shape[0] // positions) != node.shape[0] // positions:
            raise ValueError(f"node {node.name!r} ties groups of different size")
    return {name: Layout(group, p, named.get(group)) for name, (group, p) in places.items()}
