"""Follows channels through a graph: which nodes share them, as each operation says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from genomes.graph.channels import Channels, Layout, Part
from genomes.graph.node import Node
from genomes.graph.operation import operation

MOST_PARTS = 10_000  # of a concatenation: of what is concatenated again and again, they double


class _Origin(NamedTuple):
    """Where channels of a joint group come from: a node, and which of its features if not all."""

    node: str
    chosen: tuple[int, ...] | None = None


def trace_channels(nodes: Sequence[Node]) -> Channels:
    """Follow channels through the graph; raise ValueError where ties contradict each other."""
    return _Trace(nodes).channels()


class _Trace:
    """Ties under way: groups in a union-find, the place of each node, what was concatenated."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes
        self.by_name = {node.name: node for node in nodes}
        self.parents: list[int] = []
        self.places: dict[str, tuple[int, int]] = {}  # node -> group, positions
        self.sites: dict[str, int] = {}
        self.joined: dict[int, tuple[_Origin, ...]] = {}  # group -> what it was made of
        self.counts: dict[int, int] = {}  # group -> how many parts that has in the end, at most
        self.fixed: dict[int, str] = {}  # group -> the node that ties what was joined

    def channels(self) -> Channels:
        for node in self.nodes:
            self.places[node.name] = self._place(node)
        named = self._named()
        self._check(named)
        layouts = {}
        for node in self.nodes:
            group, positions = self._found(node.name)
            parts = tuple(self._parts(node.name, named))
            layouts[node.name] = Layout(group, positions, named.get(group), parts)
        return Channels(layouts, frozenset(map(self._find, self.fixed)))

    def _place(self, node: Node) -> tuple[int, int]:
        rule = operation(node.operation)
        if rule.ties == "none":
            return self._new(), 1
        if rule.joins:
            chosen = rule.chosen(node.attributes) if rule.ties == "chosen" else None
            group = self._new()
            self.joined[group] = tuple(_Origin(source, chosen) for source in node.inputs)
            counted = sum(self._count(source) for source in node.inputs)
            self.counts[group] = counted if chosen is None else len(chosen)
            if counted > MOST_PARTS:
                raise ValueError(f"node {node.name!r} concatenates more than {MOST_PARTS:,} parts")
            return group, 1
        group, positions = self.places[node.inputs[0]]
        positions *= rule.listed(self.by_name[node.inputs[0]].shape)
        for source in node.inputs[1:] if rule.ties in ("all", "inputs") else ():
            other, other_positions = self.places[source]
            if other_positions != positions:
                raise ValueError(f"node {node.name!r} adds features of different origin")
            self._tie(node, other, group)
        if rule.ties == "inputs":
            return self._new(), 1
        if node.site is not None:
            if positions != 1:
                raise ValueError(f"node {node.name!r} masks flattened features; mask before that")
            if self._find(group) in self.joined:
                raise ValueError(f"node {node.name!r} masks concatenated channels; mask the parts")
            self._tie(node, self.sites.setdefault(node.site, group), group)
        return group, positions

    def _count(self, name: str) -> int:
        return self.counts.get(self.places[name][0], 1)

    def _new(self) -> int:
        self.parents.append(len(self.parents))
        return len(self.parents) - 1

    def _find(self, group: int) -> int:
        while self.parents[group] != group:
            self.parents[group] = group = self.parents[self.parents[group]]
        return group

    def _tie(self, node: Node, other: int, group: int) -> None:
        a, b = self._find(other), self._find(group)
        if a == b:
            return
        for end in (a, b):
            self._fix(node, end)
        self.parents[a] = b

    def _fix(self, node: Node, group: int) -> None:
        """Make a joint group, if it is one, a group of its own; its parts lose nothing then."""
        origins = self.joined.pop(group, ())
        if origins:
            self.fixed[group] = node.name
        for origin in origins:
            part = self._find(self.places[origin.node][0])
            self.fixed[part] = node.name
            self._fix(node, part)

    def _found(self, name: str) -> tuple[int, int]:
        group, positions = self.places[name]
        return self._find(group), positions

    def _named(self) -> dict[int, str]:
        """Return the site of each group that has one."""
        named: dict[int, str] = {}
        for site, group in self.sites.items():
            other = named.setdefault(self._find(group), site)
            if other != site:
                raise ValueError(
                    f"sites {other!r} and {site!r} are tied; they have to be one site"
                )
        for group, node in self.fixed.items():
            if self._find(group) in named:
                raise ValueError(f"node {node!r} ties concatenated channels; project them first")
        return named

    def _parts(self, name: str, named: Mapping[int, str], spread: int = 1) -> Iterator[Part]:
        """Yield the parts of a node's output, each of its features repeated `spread` times."""
        group, positions = self._found(name)
        if group not in self.joined:
            features = self.by_name[name].shape[0] * spread
            yield Part(group, positions * spread, named.get(group), features)
            return
        for source, chosen in self.joined[group]:
            parts = self._parts(source, named, spread * positions)
            if chosen is None:
                yield from parts
            else:
                yield from _chosen_parts(list(parts), chosen, spread * positions)

    def _check(self, named: Mapping[int, str]) -> None:
        for end in (self.nodes[0].name, self.nodes[-1].name):
            for part in self._parts(end, named):
                if part.site is not None:
                    raise ValueError(f"site {part.site!r} masks the input or the output")
        for node in self.nodes:
            rule = operation(node.operation)
            read = node.inputs if rule.reads_unmasked or rule.keeps_all else ()
            for name in (*read, *((node.name,) if rule.keeps_all else ())):
                for part in self._parts(name, named):
                    if part.site is not None:
                        raise ValueError(f"site {part.site!r} masks what {node.name!r} reads")
        sizes: dict[int, int] = {}
        for node in self.nodes:
            group, positions = self._found(node.name)
            channels = node.shape[0] // positions
            if sizes.setdefault(group, channels) != channels:
                raise ValueError(f"node {node.name!r} ties groups of different size")


def _chosen_parts(parts: Sequence[Part], chosen: Sequence[int], positions: int) -> Iterator[Part]:
    """Yield the parts of chosen features, each of them `positions` numbers: runs in order."""
    places = [
        (part, channel)
        for part in parts
        for channel in range(part.channels.start, part.channels.stop)
        for _ in range(part.positions // positions)
    ]
    picked = [places[index] for index in chosen]
    start = 0
    while start < len(picked):
        part, first = picked[start]
        stop = start + 1
        follows = part.positions == positions
        while (
            follows and stop < len(picked)
            and picked[stop][0].group == part.group
            and picked[stop][1] == first + stop - start
        ):  # fmt: skip
            stop += 1
        features = (stop - start) * positions
        yield Part(part.group, positions, part.site, features, first)
        start = stop
