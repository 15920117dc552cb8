"""Nodes of an attention: by heads, so that a head is a channel.

Queries, keys and values have to come from linear layers of one input. These layers become one,
whose outputs are sorted by head.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor

from genomes.graph.node import Node
from genomes.importing.draft import Draft
from genomes.importing.errors import Unsupported
from genomes.importing.scores import Scores
from genomes.importing.traced import BATCH, Call
from genomes.importing.values import Moved, Value, of_numbers


@dataclass(frozen=True, eq=False)
class Heads:
    """Which numbers of a linear layer make queries, keys or values.

    `node` is the layer and `outputs` (H, D) its rows; `places` (L,) are the positions in order,
    `factor` is what they are multiplied by behind it.
    """

    node: Node
    outputs: Tensor
    places: Tensor
    factor: float
    behind: tuple[str, ...]

    @classmethod
    def of(cls, draft: Draft, value: Moved, table: Tensor) -> Heads:
        """Read what a table (H, L, D) of numbers of a node's output says."""
        positions = prod(value.source[1:])
        outputs, places = table // positions, table % positions
        if not (
            torch.equal(outputs, outputs[:, :1].expand_as(outputs))
            and torch.equal(places, places[:1, :, :1].expand_as(places))
        ):
            raise Unsupported("mixes channels and positions on the way to an attention")
        if places.shape[1] != positions:
            raise Unsupported("attends to parts of the positions")
        node, factor, behind = draft.found(value.node), 1.0, []
        while node.operation == "affine" and not node.attributes["offset"]:
            factor *= node.attributes["scale"]
            behind.append(node.name)
            node = draft.found(node.inputs[0])
        if not _is_linear(node):
            raise Unsupported("attends to what does not come from a linear layer")
        return cls(node, outputs[:, 0], places[0, :, 0], factor, tuple(behind))


def _is_linear(node: Node) -> bool:
    window = {"kernel": 1, "stride": 1}
    is_point = node.operation == "conv" and all(
        node.attributes[name] == value for name, value in window.items()
    )
    return node.operation == "linear" or (is_point and not node.attributes.get("padding", 0))


def attended(draft: Draft, call: Call, scores: Scores, values: Moved) -> Moved:
    """Add an attention in place of the linear layers that it reads."""
    asking = (scores.queries, scores.keys, values)
    tables, order = _tables(asking)
    found = [Heads.of(draft, *pair) for pair in zip(asking, tables, strict=True)]
    _check(found, is_causal=scores.is_causal)
    queries, keys, _ = found
    node = _projected(draft, call, found)
    scale = scores.scale * queries.factor * keys.factor
    size = queries.outputs.shape[1]
    usual = math.isclose(scale, 1.0 / math.sqrt(size), rel_tol=1e-12)
    named: dict[str, Any] = {
        "key_size": size,
        **({} if usual else {"scale": scale}),
        **({"causal": True} if scores.is_causal else {}),
    }
    node = draft.add(call, "attend", node, **named).node
    node = draft.add(call, "merge_heads", node).node
    whole = Value.whole(node, draft.sketch.shape(node))
    shape = values.of_batch().shape
    return _laid_back(whole, shape, order, queries.places)


def _check(parts: Sequence[Heads], *, is_causal: bool) -> None:
    """Raise Unsupported unless every position asks all of the same input."""
    queries, _, values = parts
    if not all(torch.equal(heads.places, queries.places) for heads in parts):
        raise Unsupported("attends to other positions than those that ask")
    if is_causal and not torch.equal(queries.places, torch.arange(len(queries.places))):
        raise Unsupported("is causal in another order than that of the positions")
    if len({heads.node.inputs for heads in parts}) > 1:
        raise Unsupported("attends to another input than the one that asks")
    if values.factor != 1.0:
        raise Unsupported("multiplies what an attention weighs")


def _tables(values: Sequence[Moved]) -> tuple[list[Tensor], Tensor]:
    """Return the numbers (H, L, D) of one example for each, and the order (N * H,) of heads.

    Heads of a batch are put in order by example, and by their place in the queries.
    """
    numbers = [value.of_batch() for value in values]
    if any(part.dim() < 3 for part in numbers):
        raise Unsupported("is no product of positions")
    flat = [part.flatten(0, -3) for part in numbers]  # (N * H, L, D)
    if any(len(part) != len(flat[0]) or len(part) % BATCH for part in flat):
        raise Unsupported("does not have as many heads for queries, keys and values")
    order = torch.argsort(flat[0][:, 0, 0], stable=True)
    return [_of_example(*pair, order) for pair in zip(values, flat, strict=True)], order


def _of_example(value: Moved, numbers: Tensor, order: Tensor) -> Tensor:
    of_batch = numbers[order].view(BATCH, -1, *numbers.shape[1:])
    found = of_numbers(value.node, value.source, of_batch)
    if not isinstance(found, Value):
        raise Unsupported("lets examples attend to each other")
    return found.index


def _projected(draft: Draft, call: Call, parts: Sequence[Heads]) -> str:
    """Add one layer with the outputs of those that make queries, keys and values, by head."""
    layers = list({part.node.name: part.node for part in parts}.values())
    for layer in layers:
        rows = torch.cat([p.outputs.flatten() for p in parts if p.node.name == layer.name])
        if not torch.equal(rows.sort().values, torch.arange(layer.shape[0])):
            raise Unsupported(f"attends to parts of {layer.name}")
    tensors = _by_head(draft, parts)
    names = {tensor: _origins(draft, layers, tensor) for tensor in tensors}
    path = draft.names.modules[layers[0].name] if len(layers) == 1 else call.path
    for name in dict.fromkeys(name for part in parts for name in (*part.behind, part.node.name)):
        draft.replace(name)
    (source,) = layers[0].inputs
    if len(draft.sketch.shape(source)) > 2:
        sides = (prod(draft.sketch.shape(source)[1:]),)
        source = draft.add(call, "lay_out", source, sides=sides).node
    heads, _, size = tensors["weight"].shape
    named = {"heads": heads, "size": size, "bias": "bias" in tensors}
    node = draft.add(call, "head_linear", source, path=path, **named).node
    for tensor, values in tensors.items():
        draft.hand_over(node, tensor, values, names[tensor])
    return node


def _by_head(draft: Draft, parts: Sequence[Heads]) -> dict[str, Tensor]:
    """Return a weight (H, inputs, numbers), and a bias (H, numbers) if a layer has one."""
    weights, biases = [], []
    for part in parts:
        weight = draft.tensors[f"{part.node.name}.weight"].flatten(1)  # (outputs, inputs)
        bias = draft.tensors.get(f"{part.node.name}.bias", weight.new_zeros(len(weight)))
        weights.append(weight[part.outputs].transpose(1, 2))
        biases.append(bias[part.outputs])
    found = {"weight": torch.cat(weights, dim=2)}
    if any(f"{part.node.name}.bias" in draft.tensors for part in parts):
        found["bias"] = torch.cat(biases, dim=1)
    return found


def _origins(draft: Draft, layers: list[Node], tensor: str) -> str:
    """Return where in the module a tensor of layers is from; empty if none of them has it."""
    keys = [f"{layer.name}.{tensor}" for layer in layers]
    return ", ".join(draft.origins[key] for key in keys if key in draft.origins)


def _laid_back(whole: Value, shape: torch.Size, order: Tensor, places: Tensor) -> Moved:
    """Return what was found, (H * D, L), as it lies in the module: (..., L, D)."""
    index = whole.index.view(-1, shape[-1], len(places))[:, :, places].transpose(1, 2)
    numbers = Value(whole.node, whole.source, index).of_batch().flatten(0, 1)  # (N * H, L, D)
    laid = torch.empty_like(numbers)
    laid[order] = numbers
    return of_numbers(whole.node, whole.source, laid.view(shape))
