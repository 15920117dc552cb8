"""Layers that read all features, and normalisations of each position, where features lie last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genomes.graph.operation import EPSILON
from genomes.importing.draft import Draft, owner_of, weights_of
from genomes.importing.elementwise import with_constant
from genomes.importing.errors import Unsupported
from genomes.importing.operators.convolutions import short
from genomes.importing.operators.embeddings import table_of
from genomes.importing.patches import Patches
from genomes.importing.traced import Call
from genomes.importing.values import Moved, Rows, Value


def linear(draft: Draft, call: Call) -> Moved:
    """Add a linear layer of a vector, or of each position where features lie last.

    One that has the weights of an embedding scores tokens by its table.
    """
    tied = draft.constant(call.arguments["weight"])
    if tied is not None and (table := table_of(draft, tied)) is not None:
        return _scores(draft, call, table)
    weights = weights_of(draft, call, "weight", "bias")
    rows = Rows.of(draft.moved(call.arguments["input"]))
    outputs, path = len(weights["weight"].values), owner_of(call, weights["weight"])
    named: dict[str, Any] = {"bias": "bias" in weights}
    flattened = len(rows.table.index) == 1 and rows.table.is_in_order
    patches = None if flattened else Patches.of(rows.table)
    if patches is not None:
        named |= {"out_channels": outputs, "padding": 0}
        named |= dict.fromkeys(("kernel", "stride"), short(patches.sides))
        found = draft.add(call, "conv", rows.table.node, path=path, **named)
        whole = weights["weight"].values[:, patches.order].view(outputs, -1, *patches.sides)
        draft.own(found.node, "weight", weights["weight"], whole)
    else:
        source = draft.node(call, _features(rows.table))
        found = draft.add(call, "linear", source, path=path, out_features=outputs, **named)
        draft.own(found.node, "weight", weights["weight"])
    if "bias" in weights:
        draft.own(found.node, "bias", weights["bias"])
    index = found.index.view(outputs, -1).t()
    return rows.restored(Value(found.node, found.source, index))


def _scores(draft: Draft, call: Call, table: str) -> Moved:
    """Add the products of each position with the rows of an embedding's table."""
    rows = Rows.of(draft.moved(call.arguments["input"]))
    source = draft.node(call, _features(rows.table))
    if len(draft.sketch.shape(source)) != 2:
        raise Unsupported("has the weights of an embedding, but reads no sequence")
    found = draft.add(call, "token_scores", source, table, scale=1.0)
    restored = rows.restored(Value(found.node, found.source, found.index.t()))
    bias = draft.constant(call.arguments["bias"])
    return restored if bias is None else with_constant(draft, call, restored, bias, "add")


def layer_norm(draft: Draft, call: Call) -> Moved:
    """Add a normalisation of each position by itself."""
    if len(call.arguments["normalized_shape"]) != 1:
        raise Unsupported("is a layer normalisation over more than the last axis")
    if call.arguments["weight"] is None:
        raise Unsupported("is a normalisation without weights (elementwise_affine=False)")
    weights = weights_of(draft, call, "weight", "bias")
    value = draft.moved(call.arguments["input"])
    rows = Rows.of(value)
    epsilon = call.arguments["eps"]
    named = {
        "kind": "layer",
        **({} if epsilon == EPSILON else {"epsilon": epsilon}),
        **({} if "bias" in weights else {"bias": False}),
    }
    features = _features(rows.table)
    in_place = (
        features.is_in_order
        and len(rows.table.shape)
        and (features.shape[0] == features.source[0])
    )
    source = value.node if in_place else draft.node(call, features)
    path = owner_of(call, weights["weight"])
    found = draft.add(call, "position_norm", source, path=path, **named)
    for tensor, weight in weights.items():
        draft.own(found.node, tensor, weight)
    if in_place:
        return value.on(found.node)
    index = found.index.view(features.shape[0], -1).t()
    return rows.restored(Value(found.node, found.source, index))


def _features(table: Value) -> Value:
    """Return rows (R, F) as features (F,), or with a position each (F, R)."""
    index = table.index[0] if table.shape[0] == 1 else table.index.t()
    return Value(table.node, table.source, index)


HANDLERS: dict[str, Callable[[Draft, Call], Moved]] = {
    "linear": linear,
    "layer_norm": layer_norm,
}
