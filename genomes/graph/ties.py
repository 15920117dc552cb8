"""Follows channels through a graph: which nodes share them, as each operation says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from genomes.graph.channels import Channels, Layout, Part
from genomes.graph.node import Node
from genomes.graph.operation import operation


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
        self.joined: dict[int, tuple[str, ...]] = {}  # group -> the nodes it was made of

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
        return Channels(layouts)

    def _place(self, node: Node) -> tuple[int, int]:
        rule = operation(node.operation)
        if rule.ties == "none":
            return self._new(), 1
        if rule.ties == "parts":
            group = self._new()
            self.joined[group] = node.inputs
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

    def _new(self) -> int:
        self.parents.append(len(self.parents))
        return len(self.parents) - 1

    def _find(self, group: int) -> int:
        while self.parents[group] != group:
            self.parents[group] = group = self.parents[self.parents[group]]
        return group

    def _tie(self, node: Node, other: int, group: int) -> None:
        a, b = self._find(other), self._find(group)
        if a != b and (a in self.joined or b in self.joined):
            raise ValueError(f"node {node.name!r} ties concatenated channels; project them first")
        self.parents[a] = b

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
        return named

    def _parts(self, name: str, named: Mapping[int, str], spread: int = 1) -> Iterator[Part]:
        """Yield the parts of a node's output, each of its features repeated `spread` times."""
        group, positions = self._found(name)
        if group in self.joined:
            for source in self.joined[group]:
                yield from self._parts(source, named, spread * positions)
        else:
            features = self.by_name[name].shape[0] * spread
            yield Part(group, positions * spread, named.get(group), features)

    def _check(self, named: Mapping[int, str]) -> None:
        for end in (self.nodes[0].name, self.nodes[-1].name):
            for part in self._parts(end, named):
                if part.site is not None:
                    raise ValueError(f"site {part.site!r} masks the input or the output")
        for node in self.nodes:
            if operation(node.operation).reads_unmasked:
                for part in self._parts(node.inputs[0], named):
                    if part.site is not None:
                        raise ValueError(f"site {part.site!r} masks what {node.name!r} reads")
        sizes: dict[int, int] = {}
        for node in self.nodes:
            group, positions = self._found(node.name)
            channels = node.shape[0] // positions
            if sizes.setdefault(group, channels) != channels:
                raise ValueError(f"node {node.name!r} ties groups of different size")
