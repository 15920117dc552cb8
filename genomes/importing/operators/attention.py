"""Attention: as one call, or as products with a softmax between them.

Its queries, keys and values have to come from linear layers of one input, by heads; these layers
become one whose outputs are sorted by head, so that a head is a channel.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, fx

from genomes.graph.node import Node
from genomes.importing.draft import Draft
from genomes.importing.errors import Unsupported
from genomes.importing.scores import Scores, causal
from genomes.importing.traced import BATCH, Call
from genomes.importing.values import Moved, Value, of_numbers


def attention(draft: Draft, call: Call) -> Moved:
    """Add an attention that is one call."""
    arguments = call.arguments
    if arguments.get("enable_gqa"):
        raise Unsupported("shares keys between heads")
    queries, keys, values = (draft.moved(arguments[name]) for name in ("query", "key", "value"))
    scale = arguments.get("scale")
    if scale is None:
        scale = 1.0 / math.sqrt(queries.of_batch().shape[-1])
    scores = Scores(queries, keys, float(scale), bool(arguments["is_causal"]), True)
    if arguments["attn_mask"] is not None:
        scores = _masked(draft, scores, arguments["attn_mask"])
    return _attend(draft, call, scores, values)


def _masked(draft: Draft, scores: Scores, argument: object) -> Scores:
    mask = draft.constant(argument)
    if mask is None or mask.is_trained:
        raise Unsupported("hides pairs of positions by what is computed or trained")
    if mask.values.dtype != torch.bool:
        return Scores(scores.queries, scores.keys, scores.scale).plus(mask.values).normalised()
    hidden = scores.is_causal or causal(mask.values)
    return Scores(scores.queries, scores.keys, scores.scale, hidden, True)


def product(draft: Draft, call: Call) -> Moved | Scores:
    """Start an attention by queries and keys, or end it by values."""
    first, second = call.node.args[:2]
    found = draft.values.get(first) if isinstance(first, fx.Node) else None
    if isinstance(found, Scores):
        if not found.is_normalised:
            raise Unsupported("weighs values by scores without a softmax")
        return _attend(draft, call, found, draft.moved(second))
    return Scores(draft.moved(first), _turned(draft.moved(second)))


def product_with_mask(draft: Draft, call: Call) -> Scores:
    """Start an attention by a mask, queries and keys."""
    mask = draft.constant(call.arguments["self"])
    factors = call.arguments["beta"], call.arguments["alpha"]
    if mask is None or mask.is_trained or factors != (1, 1):
        raise Unsupported("adds to the scores of an attention what is computed or trained")
    queries, keys = (draft.moved(call.arguments[name]) for name in ("batch1", "batch2"))
    return Scores(queries, _turned(keys)).plus(mask.values)


def _turned(keys: Moved) -> Moved:
    found = keys.moved(lambda numbers: numbers.transpose(-1, -2))
    assert not isinstance(found, list)
    return found


def softmax(draft: Draft, call: Call) -> Scores:
    """Normalise the scores of an attention."""
    axes = call.node.meta["val"].dim()
    scores = _scores(draft, call)
    if call.arguments["dim"] % axes != axes - 1:
        raise Unsupported("is a softmax over another axis than the last")
    return scores.normalised()


def masked_fill(draft: Draft, call: Call) -> Scores:
    """Hide pairs of positions of an attention."""
    scores, mask = _scores(draft, call), draft.constant(call.arguments["mask"])
    value = draft.constant(call.arguments["value"])
    if mask is None or value is None or value.number is None:
        raise Unsupported("hides pairs of positions by what is computed")
    if value.number > -1e3:
        raise Unsupported(f"gives hidden scores the value {value.number}")
    return scores.hidden(~mask.values.bool())


def _scores(draft: Draft, call: Call) -> Scores:
    argument = call.arguments["self"]
    found = draft.values.get(argument)
    if not isinstance(found, Scores):
        raise Unsupported("is no part of an attention")
    return found


# -- from queries, keys and values to nodes -------------------------------------------------------


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


def _attend(draft: Draft, call: Call, scores: Scores, values: Moved) -> Moved:
    """Add an attention in place of the linear layers that it reads."""
    parts = [_flat(value) for value in (scores.queries, scores.keys, values)]
    order = _order(scores.queries, parts[0])
    tables = [
        _of_example(value, part[order])
        for value, part in zip((scores.queries, scores.keys, values), parts, strict=True)
    ]
    found = [
        Heads.of(draft, value, table)
        for value, table in zip((scores.queries, scores.keys, values), tables, strict=True)
    ]
    queries, keys, weighed = found
    places = queries.places
    if not all(torch.equal(heads.places, places) for heads in found):
        raise Unsupported("attends to other positions than those that ask")
    if scores.is_causal and not torch.equal(places, torch.arange(len(places))):
        raise Unsupported("is causal in another order than that of the positions")
    if weighed.factor != 1.0 or len({heads.node.inputs for heads in found}) > 1:
        raise Unsupported("attends to another input than the one that asks")
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
    return _laid_back(whole, call.node.meta["val"].shape, order, places)


def _flat(value: Moved) -> Tensor:
    """Return the numbers (N * H, L, D) of a batch."""
    numbers = value.of_batch()
    if numbers.dim() < 3:
        raise Unsupported("is no product of positions")
    return numbers.flatten(0, -3)


def _order(value: Moved, numbers: Tensor) -> Tensor:
    """Return the order (N * H,) in which heads lie by example and place."""
    if len(numbers) % BATCH:
        raise Unsupported("does not treat examples alike")
    return torch.argsort(numbers[:, 0, 0], stable=True)


def _of_example(value: Moved, numbers: Tensor) -> Tensor:
    """Return the numbers (H, L, D) of one example."""
    found = of_numbers(value.node, value.source, numbers.view(BATCH, -1, *numbers.shape[1:]))
    if not isinstance(found, Value):
        raise Unsupported("lets examples attend to each other")
    return found.index


def _projected(draft: Draft, call: Call, parts: list[Heads]) -> str:
    """Add one layer with the outputs of those that make queries, keys and values, by head."""
    layers = list({part.node.name: part.node for part in parts}.values())
    for layer in layers:
        rows = torch.cat([p.outputs.flatten() for p in parts if p.node.name == layer.name])
        if not torch.equal(rows.sort().values, torch.arange(layer.shape[0])):
            raise Unsupported(f"attends to parts of {layer.name}")
    weights, biases = [], []
    for part in parts:
        weight = draft.tensors[f"{part.node.name}.weight"].flatten(1)  # (out, in)
        zeros = weight.new_zeros(len(weight))
        bias = draft.tensors.get(f"{part.node.name}.bias", zeros)
        weights.append(weight[part.outputs].transpose(1, 2))  # (H, in, D)
        biases.append(bias[part.outputs])
    names = {tensor: _origins(draft, layers, tensor) for tensor in ("weight", "bias")}
    for part in parts:
        for name in part.behind:
            if any(node.name == name for node in draft.sketch.nodes):
                draft.replace(name)
    path = draft.names.modules[layers[0].name] if len(layers) == 1 else call.path
    for layer in layers:
        draft.replace(layer.name)
        draft.names.free(layer.name)
    (source,) = layers[0].inputs
    if len(draft.sketch.shape(source)) > 2:
        sides = (prod(draft.sketch.shape(source)[1:]),)
        source = draft.add(call, "lay_out", source, sides=sides).node
    weight = torch.cat(weights, dim=2)
    named = {"heads": weight.shape[0], "size": weight.shape[2], "bias": bool(names["bias"])}
    node = draft.add(call, "head_linear", source, path=path, **named).node
    draft.hand_over(node, "weight", weight, names["weight"])
    if names["bias"]:
        draft.hand_over(node, "bias", torch.cat(biases, dim=1), names["bias"])
    return node


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


HANDLERS: dict[str, Callable[[Draft, Call], Moved | Scores]] = {
    "scaled_dot_product_attention": attention,
    "matmul": product,
    "bmm": product,
    "baddbmm": product_with_mask,
    "softmax": softmax,
    "_softmax": softmax,
    "masked_fill": masked_fill,
}
