"""Counts the parameters of a masked network, and makes the physically smaller copy of it.

The copy gives the same logits in evaluation mode. What depends on a channel's position (columns
after flattening) keeps the original position.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from genomes.graph.counting import Counts, count, is_whole, kept_edges, shrunk_spec
from genomes.graph.liveness import trace
from genomes.graph.masks import Flags, Masks
from genomes.graph.operation import operation_of
from genomes.networks.network import Network


def counts(network: Network) -> Counts:
    """Count the dense, active and shrunk parameters of a network under its masks.

    Gates count as open; `fitness.silencing.gating` measures what they leave of an input.
    """
    return count(network.spec, masks_of(network))


@torch.no_grad()
def shrink(network: Network, multiples: Mapping[int, int] | None = None) -> Network:
    """Return a copy without masked and dead channels; masked weights that remain are zero.

    Weight masks stay, cut to size; channel masks vanish. Type, device and mode are the network's.
    Groups of channels that have a number in `multiples` keep so many masked ones that theirs is a
    multiple of it; weights that read these are zero.
    """
    masks = masks_of(network)
    kept, silent = _kept(network, masks, multiples or {})
    if multiples:  # what stays silent needs no mask
        masks = Masks({}, masks.weights)
    network_tensors = network.state_dict()
    small = Network(shrunk_spec(network.spec, masks, kept))
    parameter = next(network.parameters())
    small.to(parameter.device, parameter.dtype)
    state = {}
    for key in small.state_dict():
        state[key] = _cut(network, key, network_tensors[key], masks, kept)
        _silence(network, key, state[key], silent)
    for name, mask in network.weight_masks().items():
        key = f"{name}.weight"
        state[key] = state[key] * state[f"weight_masks.{name}"] if not mask.all() else state[key]
    small.load_state_dict(state)
    return small.train(network.training)


def _kept(
    network: Network, masks: Masks, multiples: Mapping[int, int]
) -> tuple[dict[int, Flags], dict[int, Flags]]:
    """Return which channels of each group stay, and which of these only for the number."""
    if is_whole(network.spec, masks):
        return {}, {}
    liveness = trace(network.spec, masks)
    kept = liveness.kept(multiples)
    if not multiples:
        return kept, {}
    needed = liveness.kept()
    return kept, {group: (flags & ~needed[group])[flags] for group, flags in kept.items()}


def _silence(network: Network, key: str, tensor: Tensor, silent: Mapping[int, Flags]) -> None:
    """Set weights to zero that read channels which stay only for the number."""
    owner, name = key.rsplit(".", 1)
    if owner in ("masks", "weight_masks"):
        return
    node = network.spec.by_name[owner]
    for place, axis in enumerate(operation_of(node).axes[name]):
        layout = network.spec.channels[node.inputs[0]]
        if axis == "inputs" and (flags := silent.get(layout.group)) is not None:
            index = torch.from_numpy(flags).repeat_interleave(layout.positions).nonzero().flatten()
            tensor.index_fill_(place, index.to(tensor.device), 0)


def masks_of(network: Network) -> Masks:
    """Return the masks that are not all on, as arrays."""

    def partial(masks: dict[str, Tensor]) -> dict[str, Flags]:
        return {k: mask.cpu().numpy() for k, mask in masks.items() if not bool(mask.all())}

    return Masks(partial(network.channel_masks()), partial(network.weight_masks()))


def _cut(
    network: Network, key: str, tensor: Tensor, masks: Masks, kept: dict[int, Flags]
) -> Tensor:
    """Return the part of a state tensor that belongs to kept channels."""
    owner, name = key.rsplit(".", 1)
    if owner == "masks":
        return tensor[_index(network, _masked_node(network, name), kept)]
    if owner == "weight_masks":
        owner, name = name, "weight"
    node = network.spec.by_name[owner]
    for place, axis in enumerate(operation_of(node).axes[name]):
        if axis == "edges":
            edges = torch.from_numpy(kept_edges(network.spec, masks, kept, node))
            tensor = tensor[_along(place, edges.to(tensor.device))]
        elif axis != "none":
            source = node.inputs[0] if axis == "inputs" else node.name
            tensor = tensor[_along(place, _index(network, source, kept))]
    return tensor.clone()


def _along(place: int, index: Tensor | slice) -> tuple[Tensor | slice, ...]:
    """Return an index that takes what is chosen along one dimension."""
    return (*[slice(None)] * place, index)


def _index(network: Network, node: str, kept: dict[int, Flags]) -> Tensor | slice:
    layout = network.spec.channels[node]
    if layout.group not in kept:
        return slice(None)
    flags = torch.from_numpy(kept[layout.group]).repeat_interleave(layout.positions)
    return flags.to(next(network.parameters()).device)


def _masked_node(network: Network, key: str) -> str:
    for node in network.spec.nodes:
        if node.site is not None and node.site.replace(".", "__") == key:
            return node.name
    raise AssertionError(key)
