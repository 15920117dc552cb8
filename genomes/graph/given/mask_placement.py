"""Puts masks into a graph that has none: a site for every group of channels that may lose some.

A mask acts as late as it can: between the last node that has the group's channels and what reads
them, so behind normalisation and activation, and on a stream that is added to wherever it is
read. Then what is masked is zero where it is read, and shrinking is exact. Free of torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from genomes.genes.gene import Record
from genomes.graph.channels import Channels
from genomes.graph.node import Node
from genomes.graph.operation import operation_of
from genomes.graph.ties import trace_channels

LEAST = 2  # channels of a group that is worth a site


@dataclass(frozen=True)
class Prunable:
    """A group of channels: the nodes that make it, its size, and why it can lose nothing."""

    group: int
    makers: tuple[str, ...]
    channels: int
    reason: str = ""


def channel_groups(
    nodes: Sequence[Node], keeps: Callable[[str], bool] = lambda name: False
) -> list[Prunable]:
    """List the groups of channels that nodes make, in order; those that stay whole with a reason.

    `keeps` tells of a node that its channels have to stay. Nodes have no masks.
    """
    channels = trace_channels(nodes)
    reasons = _reasons(nodes, channels)
    found: dict[int, Prunable] = {}
    for node in nodes[1:]:
        layout = channels[node.name]
        if layout.is_joint or operation_of(node).ties not in ("none", "inputs"):
            continue
        before = found.get(layout.group)
        makers = (*(before.makers if before else ()), node.name)
        reason = reasons.get(layout.group, "") or (before.reason if before else "")
        if not reason and keeps(node.name):
            reason = "is kept as asked"
        size = node.shape[0]
        if not reason and size < LEAST:
            reason = f"has {size} channel"
        found[layout.group] = Prunable(layout.group, makers, size, reason)
    by_name = {node.name: operation_of(node) for node in nodes}
    return [
        group
        for group in found.values()
        if not all(by_name[maker].reads_nothing for maker in group.makers)
    ]


def _reasons(nodes: Sequence[Node], channels: Channels) -> dict[int, str]:
    """Return why groups have to stay whole, by group."""
    found = dict.fromkeys(channels.fixed, "is added to concatenated channels")

    def bar(name: str, reason: str) -> None:
        for part in channels[name].parts:
            found.setdefault(part.group, reason)

    bar(nodes[0].name, "are the inputs")
    bar(nodes[-1].name, "gives the answers")
    for node in nodes:
        rule = operation_of(node)
        if rule.keeps_all:
            bar(
                node.name, f"is tied to {node.name} ({rule.words(node)}), which needs all channels"
            )
        if rule.keeps_all or rule.reads_unmasked:
            for source in node.inputs:
                bar(
                    source,
                    f"is read by {node.name} ({rule.words(node)}), which needs all channels",
                )
    return found


def with_masks(
    nodes: Sequence[Node],
    groups: Sequence[Prunable],
    site_of: Callable[[str], str],
    stages: int,
) -> tuple[Node, ...]:
    """Return the nodes with masks; `site_of` names a group's site by the first node that makes it.

    Sites share `stages` stages evenly, in their order.
    """
    prunable = [group for group in groups if not group.reason]
    records = {
        group.group: Record(site=site_of(group.makers[0]), stage=place * stages // len(prunable))
        for place, group in enumerate(prunable)
    }
    return tuple(_Placement(nodes, records).placed())


class _Placement:
    """Masks under way: what each node is read as, and whether masked channels are zero there."""

    def __init__(self, nodes: Sequence[Node], records: dict[int, Record]) -> None:
        self.nodes, self.records = nodes, records
        self.channels = trace_channels(nodes)
        self.readers: dict[str, list[Node]] = {node.name: [] for node in nodes}
        for node in nodes:
            for source in node.inputs:
                self.readers[source].append(node)
        self.masked: dict[str, str] = {}  # node -> its mask
        self.clean: set[str] = set()

    def placed(self) -> Iterator[Node]:
        for node in self.nodes:
            inputs = tuple(self._read(node, source) for source in node.inputs)
            node = node._replace(inputs=inputs)
            self._note(node)
            yield node
            yield from self._mask_behind(node)

    def _read(self, node: Node, source: str) -> str:
        """Return what a node reads in place of a source: its mask, if it is not tied to it."""
        return self.masked.get(source, source) if self._leaves(source, node) else source

    def _leaves(self, source: str, reader: Node) -> bool:
        """Tell whether a reader has other channels than the source, or lists their positions."""
        rule = operation_of(reader)
        if rule.reads_nothing or rule.ties in ("none", "inputs"):
            return not rule.reads_nothing  # what it makes may be tied to what it reads
        a, b = self.channels[source], self.channels[reader.name]
        return a.group != b.group or (a.positions == 1 and b.positions != 1)

    def _note(self, node: Node) -> None:
        """Note whether what is masked is zero in a node's output."""
        rule = operation_of(node)
        passes = rule.joins or (
            rule.keeps_zero(node.attributes) and rule.is_channelwise(node.attributes)
        )
        if passes and node.inputs and all(source in self.clean for source in node.inputs):
            self.clean.add(node.name)
        if not any(part.group in self.records for part in self.channels[node.name].parts):
            self.clean.add(node.name)  # nothing of it is ever masked

    def _mask_behind(self, node: Node) -> Iterator[Node]:
        """Yield the mask of a node that something reads which has other channels."""
        layout = self.channels[node.name]
        leaving = [reader for reader in self.readers[node.name] if self._leaves(node.name, reader)]
        if not leaving or node.name in self.clean:
            return
        if not layout.is_joint and layout.positions == 1:
            operation, attributes = "mask", self.records[layout.group]
        elif all(operation_of(reader).joins for reader in leaving):
            return
        else:
            operation, attributes = "part_mask", Record()
        name = f"{node.name}_mask"
        self.masked[node.name] = name
        self.clean.add(name)
        yield Node(name, operation, (node.name,), attributes, node.shape)
