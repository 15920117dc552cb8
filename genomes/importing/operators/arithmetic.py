"""Sums, products, and layers that read all features."""

from __future__ import annotations

from torch import Tensor, fx

from genomes.importing.draft import Draft, tensors_of
from genomes.importing.errors import Unsupported
from genomes.importing.traced import Call
from genomes.importing.values import Value


def linear(draft: Draft, call: Call) -> Value:
    """Add a linear layer of a vector, or of each position where features lie last."""
    value = draft.value(call.arguments["input"])
    sides = value.shape[:-1]
    features = value.front(len(sides))
    if len(sides) > 1:  # positions in one row
        features = Value(value.node, value.source, features.index.flatten(1))
    source = draft.node(call, features)
    names = tensors_of(draft, call, "weight", "bias")
    outputs = draft.tensor(names["weight"]).shape[0]
    found = draft.add(
        call,
        "linear",
        source,
        path=names["weight"].rpartition(".")[0],
        out_features=outputs,
        bias="bias" in names,
    )
    for tensor, name in names.items():
        draft.own(found.node, tensor, name)
    index = found.index.view(outputs, *sides)
    return Value(found.node, found.source, index.movedim(0, -1))


def add(draft: Draft, call: Call) -> Value:
    """Add a sum of two values."""
    if call.arguments.get("alpha", 1) != 1:
        raise Unsupported("adds a multiple")
    return _pairwise(draft, call, "add")


def multiply(draft: Draft, call: Call) -> Value:
    """Add a product of two values; that of a value with its sigmoid is `silu`."""
    a, b = call.arguments["self"], call.arguments["other"]
    for gate, gated in ((a, b), (b, a)):
        if isinstance(gate, fx.Node) and _is_sigmoid_of(gate, gated):
            value = draft.value(gated)
            found = draft.add(call, "activation", value.node, function="silu")
            return Value(found.node, found.source, value.index)
    return _pairwise(draft, call, "multiply")


def _is_sigmoid_of(gate: fx.Node, gated: object) -> bool:
    return "sigmoid.default" in str(gate.target) and gate.args[0] is gated


def _pairwise(draft: Draft, call: Call, operation: str) -> Value:
    a, b = (draft.value(call.arguments[name]) for name in ("self", "other"))
    if a.source == b.source and _equal(a.index, b.index):
        found = draft.add(call, operation, a.node, b.node)
        return Value(found.node, found.source, a.index)
    return draft.add(call, operation, draft.node(call, a), draft.node(call, b))


def _equal(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and bool((a == b).all())


HANDLERS = {"linear": linear, "add": add, "mul": multiply}
