"""Which channels and weights of a masked network lie on an unmasked path to the logits.

Free of torch: masks come as boolean arrays. A channel carries something where it may differ from
zero, and matters where an unmasked path leads from it to the logits; it is alive where it does
both. A layer normalisation is such a path from every unmasked channel: all enter its statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import prod

import numpy as np
import numpy.typing as npt

from genomes.genes.activation import is_bred
from genomes.genes.gene import Record
from genomes.graph.channels import Layout
from genomes.graph.inhibition import CHANNELS, between_channels, revives
from genomes.graph.spec import NetworkSpec, Node

Flags = npt.NDArray[np.bool_]
MIXING = frozenset({"conv", "linear"})  # every output channel from every input channel
STEERED = frozenset({"gated", "excite"})  # the second input only scales the first


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
        masks = [self.of_channels(p.site, p.features, p.positions) for p in layout.parts]
        return np.concatenate(masks)

    def are_on(self) -> bool:
        """Tell whether nothing is masked."""
        everything = (*self.channels.values(), *self.weights.values(), *self.marks.values())
        return all(bool(mask.all()) for mask in everything)


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

    def kept(self) -> dict[int, Flags]:
        """Return which channels stay, for every group of `spec.channels` that can lose some.

        Those that are alive at any node; where none is, the first unmasked one. And of each gate
        the marks that speak for a channel that stays.
        """
        alive: dict[int, Flags] = {}
        sites: dict[int, str] = {}
        for node in self.spec.nodes:
            flags = self.carries[node.name] & self.matters[node.name]
            for run, part in self.spec.channels[node.name].runs():
                if part.site is not None:
                    a_channel = flags[run].reshape(-1, part.positions).any(axis=1)
                    alive.setdefault(part.group, np.zeros_like(a_channel))
                    alive[part.group] |= a_channel
                    sites[part.group] = part.site
        for group, flags in alive.items():
            if not flags.any():
                flags[self.masks.of_channels(sites[group], flags.size).argmax()] = True
        return alive | self._joined(alive) | self._rows(alive)

    def _joined(self, alive: Mapping[int, Flags]) -> dict[int, Flags]:
        """Return which of the concatenated channels stay: those that stay where they come from."""
        found: dict[int, Flags] = {}
        for node in self.spec.nodes:
            layout = self.spec.channels[node.name]
            if node.operation == "concatenate":
                stay = [
                    alive[part.group].repeat(part.positions)
                    if part.group in alive
                    else np.ones(part.features, dtype=np.bool_)
                    for part in layout.parts
                ]
                found[layout.group] = np.concatenate(stay)
        return found

    def _rows(self, alive: Mapping[int, Flags]) -> dict[int, Flags]:
        """Return which marks of each gate speak for a channel that stays."""
        rows: dict[int, Flags] = {}
        for node in self.spec.nodes:
            if node.operation == "gated":
                flags = alive[self.spec.channels[node.name].group]
                group = self.spec.channels[node.inputs[1]].group
                spoken = spoken_for(node, flags)
                rows[group] = rows.get(group, np.zeros_like(spoken)) | spoken
        return rows

    def _active(self, node: Node) -> int:
        tensors = self.spec.tensors[node.name]
        if node.operation == "activation":  # all channels share its constants
            return int(tensors["constants"][0]) * bool(self.matters[node.name].any())
        matters, shape = self.matters[node.name], tensors["weight"]
        active = int(matters.sum()) if "bias" in tensors else 0
        carried = self.carries[node.inputs[0]]
        if node.operation == "gate":
            size = shape[0]
            return active * (1 + 2 * size) + size * int(carried.sum()) * bool(active)
        if node.operation == "sparse_linear":
            return active + int(unmasked_edges(node, self.masks, matters, carried).sum())
        spread = (-1,) + (1,) * (len(shape) - 1)
        used = np.broadcast_to(matters.reshape(spread), shape)
        if node.operation in MIXING:
            used = used & carried.reshape(1, *spread[:-1])
        elif node.operation == "depthwise":
            used = used & carried.reshape(spread)
        if node.name in self.masks.weights:
            used = used & self.masks.weights[node.name]
        return active + int(used.sum())


def trace(spec: NetworkSpec, masks: Masks) -> Liveness:
    """Follow what is unmasked through the graph, forward and backward."""
    carries: dict[str, Flags] = {}
    for node in spec.nodes:
        forward = _FORWARD.get(node.operation, _always)
        inputs = [carries[source] for source in node.inputs]
        carries[node.name] = forward(spec, masks, node, inputs)
    matters = {node.name: np.zeros(node.shape[0], dtype=np.bool_) for node in spec.nodes}
    matters[spec.output.name][:] = True
    for node in reversed(spec.nodes):
        backward = _BACKWARD.get(node.operation, _pass_back)
        if node.operation == "concatenate":
            first, second = node.inputs
            width = matters[first].size
            matters[first] |= matters[node.name][:width]
            matters[second] |= matters[node.name][width:]
            continue
        for source in node.inputs[:1] if node.operation in STEERED else node.inputs:
            matters[source] |= backward(spec, masks, node, matters[node.name])
        if node.operation == "excite":  # what excites nothing does not matter
            x, scale = node.inputs
            matters[scale] |= matters[node.name] & carries[x]
        if node.operation == "gated":  # a gate is asked before its channels are closed
            x, gate = node.inputs
            matters[gate] |= spoken_for(node, matters[node.name] & carries[x])
        if node.operation == "inhibit":  # what carries nothing has nothing to be damped
            matters[node.inputs[0]] |= _felt(node, matters[node.name] & carries[node.name])
    return Liveness(spec, masks, carries, matters)


def spoken_for(node: Node, channels: Flags) -> Flags:
    """Return which marks of a `gated` node speak for any of the channels."""
    runs = node.attributes["runs"]
    rows = np.repeat(np.arange(len(runs)), runs)
    return np.bincount(rows[channels], minlength=len(runs)) > 0


def _felt(node: Node, flags: Flags) -> Flags:
    """Return which channels inhibit one of these; where positions do, each only itself."""
    if node.attributes["over"] != CHANNELS:
        return flags
    felt = _neighbours(node.attributes, node.shape[0])
    return np.asarray(felt[:, flags].any(axis=1), dtype=np.bool_)


@lru_cache(maxsize=256)
def _neighbours(attributes: Record, channels: int) -> Flags:
    """Return which channels inhibit which, (C, C); a network is traced many times."""
    return np.asarray(np.array(between_channels(attributes, channels)) != 0.0, dtype=np.bool_)


def unmasked_edges(node: Node, masks: Masks, outputs: Flags, inputs: Flags) -> Flags:
    """Return which edges of a `sparse_linear`, (E,), join outputs and inputs that count."""
    edges = np.array(node.attributes["edges"], dtype=np.intp).reshape(-1, 2)
    used = outputs[edges[:, 0]] & inputs[edges[:, 1]]
    mask = masks.weights.get(node.name)
    return np.asarray(used if mask is None else used & mask[0], dtype=np.bool_)


def _open(masks: Masks, node: Node) -> Flags:
    """Return which channels of a `gated` node are open."""
    marks = masks.marks.get(node.inputs[1])
    runs = node.attributes["runs"]
    return np.repeat(np.ones(len(runs), dtype=np.bool_) if marks is None else marks, runs)


# Map flags of what the inputs of a node carry to those of its output.
Forward = Callable[[NetworkSpec, Masks, Node, list[Flags]], Flags]


def _always(spec: NetworkSpec, masks: Masks, node: Node, carried: list[Flags]) -> Flags:
    # Biases, shifts and running means make something of nothing.
    return np.ones(node.shape[0], dtype=np.bool_)


def _pass_on(spec: NetworkSpec, masks: Masks, node: Node, carried: list[Flags]) -> Flags:
    return carried[0]


def _activation_on(spec: NetworkSpec, masks: Masks, node: Node, carried: list[Flags]) -> Flags:
    # Of nothing a bred function may make something, all the more once its constants have changed.
    bred = is_bred(node.attributes["function"])
    return np.ones_like(carried[0]) if bred else carried[0]


def _mask_on(spec: NetworkSpec, masks: Masks, node: Node, carried: list[Flags]) -> Flags:
    return carried[0] & masks.of_channels(node.attributes["site"], node.shape[0])


def _gated_on(spec: NetworkSpec, masks: Masks, node: Node, carried: list[Flags]) -> Flags:
    return carried[0] & _open(masks, node)


def _add_on(spec: NetworkSpec, masks: Masks, node: Node, carried: list[Flags]) -> Flags:
    return carried[0] | carried[1]


def _concatenated_on(spec: NetworkSpec, masks: Masks, node: Node, carried: list[Flags]) -> Flags:
    return np.concatenate(carried)


def _flatten_on(spec: NetworkSpec, masks: Masks, node: Node, carried: list[Flags]) -> Flags:
    return np.repeat(carried[0], prod(spec.source(node)[1:]))


def _inhibit_on(spec: NetworkSpec, masks: Masks, node: Node, carried: list[Flags]) -> Flags:
    return carried[0] | _felt(node, carried[0]) if revives(node.attributes) else carried[0]


_FORWARD: Mapping[str, Forward] = {
    "activation": _activation_on,
    "max_pool": _pass_on,
    "average_pool": _pass_on,
    "global_average_pool": _pass_on,
    "dropout": _pass_on,
    "excite": _pass_on,
    "mask": _mask_on,
    "gated": _gated_on,
    "add": _add_on,
    "concatenate": _concatenated_on,
    "flatten": _flatten_on,
    "inhibit": _inhibit_on,
}

# Map flags of what matters at a node's output to those at its inputs.
Backward = Callable[[NetworkSpec, Masks, Node, Flags], Flags]


def _pass_back(spec: NetworkSpec, masks: Masks, node: Node, matters: Flags) -> Flags:
    return matters


def _mix_back(spec: NetworkSpec, masks: Masks, node: Node, matters: Flags) -> Flags:
    weights = masks.weights.get(node.name)
    if weights is None:
        return np.full(spec.source(node)[0], matters.any())
    windows = weights.reshape(*weights.shape[:2], -1)  # (out, in, pixels)
    return np.asarray(windows[matters].any(axis=(0, 2)), dtype=np.bool_)


def _sparse_back(spec: NetworkSpec, masks: Masks, node: Node, matters: Flags) -> Flags:
    found = np.zeros(spec.source(node)[0], dtype=np.bool_)
    used = unmasked_edges(node, masks, matters, np.ones_like(found))
    found[[i for (_, i), on in zip(node.attributes["edges"], used, strict=True) if on]] = True
    return found


def _depthwise_back(spec: NetworkSpec, masks: Masks, node: Node, matters: Flags) -> Flags:
    weights = masks.weights.get(node.name)
    return matters if weights is None else matters & weights.any(axis=(1, 2, 3))


def _layer_norm_back(spec: NetworkSpec, masks: Masks, node: Node, matters: Flags) -> Flags:
    live = masks.of_features(spec.channels[node.name])
    return live if matters.any() else np.zeros_like(live)


def _flatten_back(spec: NetworkSpec, masks: Masks, node: Node, matters: Flags) -> Flags:
    return np.asarray(matters.reshape(spec.source(node)[0], -1).any(axis=1), dtype=np.bool_)


def _mask_back(spec: NetworkSpec, masks: Masks, node: Node, matters: Flags) -> Flags:
    return matters & masks.of_channels(node.attributes["site"], node.shape[0])


def _gated_back(spec: NetworkSpec, masks: Masks, node: Node, matters: Flags) -> Flags:
    return matters & _open(masks, node)


def _gate_back(spec: NetworkSpec, masks: Masks, node: Node, matters: Flags) -> Flags:
    return np.full(spec.source(node)[0], matters.any())


_BACKWARD: Mapping[str, Backward] = {
    "conv": _mix_back,
    "linear": _mix_back,
    "sparse_linear": _sparse_back,
    "depthwise": _depthwise_back,
    "layer_norm": _layer_norm_back,
    "flatten": _flatten_back,
    "mask": _mask_back,
    "gated": _gated_back,
    "gate": _gate_back,
}
