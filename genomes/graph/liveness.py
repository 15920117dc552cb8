"""Which channels and weights of a masked network lie on an unmasked path to the logits.

Free of torch: masks come as boolean arrays. A channel carries something where it may differ from
zero, and matters where an unmasked path leads from it to the logits; it is alive where it does
both. What an operation passes on, either way, its file says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from genomes.graph.masks import Flags, MaskedNode, Masks, through_edges
from genomes.graph.node import Node
from genomes.graph.operation import Axis, operation_of
from genomes.graph.shapes import Shape
from genomes.graph.spec import NetworkSpec


@dataclass(frozen=True)
class Liveness:
    """Flags per feature of each node's output (channels, or features of a vector)."""

    spec: NetworkSpec
    masks: Masks
    carries: Mapping[str, Flags]
    matters: Mapping[str, Flags]

    def active_parameters(self) -> int:
        """Count unmasked parameters that something flows through on to the logits."""
        return sum(self._active(self.spec.by_name[name]) for name in self.spec.tensors)

    def kept(self, multiples: Mapping[int, int] | None = None) -> dict[int, Flags]:
        """Return which channels stay, for every group of `spec.channels` that can lose some.

        Those that are alive at any node; where none is, the first unmasked one. And of each gate
        the marks that speak for a channel that stays. Groups that have a number in `multiples`
        keep others besides, until theirs is a multiple of it.
        """
        alive: dict[int, Flags] = {}
        sites: dict[int, str] = {}
        sizes = {site.name: site.channels for site in self.spec.sites}
        for node in self.spec.nodes:
            flags = self.carries[node.name] & self.matters[node.name]
            for run, part in self.spec.channels[node.name].runs():
                if part.site is not None:
                    a_channel = flags[run].reshape(-1, part.positions).any(axis=1)
                    nothing = np.zeros(sizes[part.site], dtype=np.bool_)
                    alive.setdefault(part.group, nothing)[part.channels] |= a_channel
                    sites[part.group] = part.site
        for group, flags in alive.items():
            if not flags.any():
                flags[self.masks.of_channels(sites[group], flags.size).argmax()] = True
        for group, multiple in (multiples or {}).items():
            alive[group] = _rounded(alive[group], multiple)
        return with_joint(self.spec, alive) | self._asked(alive)

    def _asked(self, alive: Mapping[int, Flags]) -> dict[int, Flags]:
        """Return which channels stay because a kept one is computed by asking them."""
        found: dict[int, Flags] = {}
        for node in self.spec.nodes:
            kept = alive.get(self.spec.channels[node.name].group)
            asked = None if kept is None else operation_of(node).asked(node.attributes, kept)
            if asked is not None:
                group = self.spec.channels[node.inputs[1]].group
                found[group] = found.get(group, np.zeros_like(asked)) | asked
        return found

    def _active(self, node: Node) -> int:
        """Count the entries of a node's tensors that are unmasked and used."""
        if not self.matters[node.name].any():
            return 0
        tensors = self.spec.tensors[node.name].items()
        return sum(self._used(node, name, shape) for name, shape in tensors)

    def _used(self, node: Node, name: str, shape: Shape) -> int:
        rule = operation_of(node)
        matters, carried = self.matters[node.name], self.carries[node.inputs[0]]
        mask = self.masks.weights.get(node.name) if name == "weight" else None
        if "edges" in rule.axes[name]:
            edges = node.attributes["edges"]
            return int(through_edges(edges, mask, matters, carried).sum())
        flags = {
            place: _along(axis, matters, carried)
            for place, axis in enumerate(rule.axes[name])
            if axis != "none"
        }
        if mask is None:
            sides = (flags[d].sum() if d in flags else side for d, side in enumerate(shape))
            return int(prod(sides))
        for place, used in flags.items():
            mask = mask & used.reshape([-1 if d == place else 1 for d in range(len(shape))])
        return int(mask.sum())


def _rounded(kept: Flags, multiple: int) -> Flags:
    """Return flags with the first others besides, up to a multiple; as they are if too few are."""
    missing = -int(kept.sum()) % multiple
    others = np.flatnonzero(~kept)[:missing]
    if len(others) == missing:
        kept = kept.copy()
        kept[others] = True
    return kept


def _along(axis: Axis, matters: Flags, carried: Flags) -> Flags:
    """Return which entries along an axis of a tensor are used."""
    if axis == "both":
        return matters & carried
    return matters if axis == "outputs" else carried


def trace(spec: NetworkSpec, masks: Masks) -> Liveness:
    """Follow what is unmasked through the graph, forward and backward."""
    shapes = {node.name: node.shape for node in spec.nodes}
    placed = []
    carries: dict[str, Flags] = {}
    for node in spec.nodes:
        rule, sources = operation_of(node), tuple(shapes[source] for source in node.inputs)
        at = MaskedNode(node, sources, spec.channels[node.name], masks)
        inputs = [carries[source] for source in node.inputs]
        carries[node.name] = rule.carries(at, inputs)
        placed.append((rule, at, inputs))
    matters = {node.name: np.zeros(node.shape[0], dtype=np.bool_) for node in spec.nodes}
    matters[spec.output.name][:] = True
    for rule, at, inputs in reversed(placed):
        if rule.recurs and matters[at.node.name].any():
            matters[at.node.name] |= at.features()
        found = rule.matters(at, matters[at.node.name], inputs)
        matters[at.node.name] &= rule.works(at)
        for source, flags in zip(at.node.inputs, found, strict=True):
            matters[source] |= flags
    return Liveness(spec, masks, carries, matters)


def with_joint(spec: NetworkSpec, alive: dict[int, Flags]) -> dict[int, Flags]:
    """Add to the channels that stay, by group, those that are concatenated or chosen of them.

    A group is looked at where it is made; behind a flattening it has more features. One of the
    channels that a node chooses stays where none would: `alive` is changed then.
    """
    for node in spec.nodes:
        parts = spec.channels[node.name].parts
        if operation_of(node).ties == "chosen" and not any(
            part.group not in alive or alive[part.group][part.channels].any() for part in parts
        ):
            alive[parts[0].group][parts[0].first] = True
    found = dict(alive)
    for node in spec.nodes:
        layout = spec.channels[node.name]
        if layout.is_joint and operation_of(node).joins:
            stay = [
                alive[part.group][part.channels].repeat(part.positions)
                if part.group in alive
                else np.ones(part.features, dtype=np.bool_)
                for part in layout.parts
            ]
            found[layout.group] = np.concatenate(stay)
    return found
