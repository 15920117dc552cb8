"""Calls that compute nothing: views, permutations, splits; and what joins, pads and resizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, fx

from genomes.importing.draft import Draft, shape_of
from genomes.importing.errors import Unsupported
from genomes.importing.traced import Call
from genomes.importing.values import Value


def moved(draft: Draft, call: Call) -> Value | list[Value]:
    """Follow where numbers go."""
    first = call.node.args[0]
    value = draft.value(first)

    def applied(index: Tensor) -> Any:
        args = [index if arg is first else arg for arg in call.node.args]
        if any(isinstance(arg, fx.Node) for arg in args):
            raise Unsupported("moves numbers by places that are computed")
        assert callable(call.node.target)
        return call.node.target(*args, **call.node.kwargs)

    return value.moved(applied)


def copied(draft: Draft, call: Call) -> Value:
    """Pass on a copy; that of a module of dropout is what is left of it in evaluation mode."""
    value = draft.value(call.node.args[0])
    module = draft.module.get_submodule(call.path)
    rate = getattr(module, "p", 0.0)
    if "Dropout" not in type(module).__name__ or not rate:
        return value
    if type(module).__name__ != "Dropout":
        draft.notes.append(f"{call.path}: {type(module).__name__} is left out")
        return value
    found = draft.add(call, "dropout", value.node, rate=float(rate))
    return Value(found.node, found.source, value.index)


def taken(draft: Draft, call: Call) -> Value:
    """Take one of the values that an earlier call gives."""
    source, place = call.node.args
    found = draft.values.get(source) if isinstance(source, fx.Node) else None
    if not isinstance(found, list) or not isinstance(place, int) or place >= len(found):
        raise Unsupported("reads a value that is not imported, such as the places of maxima")
    return found[place]


def joined(draft: Draft, call: Call) -> Value:
    """Add a concatenation along channels, whichever axis they lie along."""
    values = [draft.value(argument) for argument in call.arguments["tensors"]]
    axes = len(values[0].shape)
    axis = call.arguments["dim"] % (axes + 1) - 1
    if axis < 0:
        raise Unsupported("concatenates examples")
    nodes = [draft.node(call, value.front(axis)) for value in values]
    node = nodes[0]
    for other in nodes[1:]:
        node = draft.add(call, "concatenate", node, other).node
    return Value.whole(node, draft.sketch.shape(node)).with_first_at(axis)


def padded(draft: Draft, call: Call) -> Value:
    """Add zeros around an image or a sequence."""
    if call.arguments.get("mode", "constant") != "constant" or call.arguments.get("value"):
        raise Unsupported("pads with something else than zeros")
    source = draft.node(call, draft.value(call.arguments["self"]))
    sides = len(draft.sketch.shape(source)) - 1
    amounts = tuple(call.arguments["pad"])
    if len(amounts) > 2 * sides or min(amounts) < 0:
        raise Unsupported("pads channels, or cuts")
    amounts = (*amounts, *(0,) * (2 * sides - len(amounts)))
    return draft.add(call, "pad", source, amounts=amounts)


def resized(draft: Draft, call: Call) -> Value:
    """Add an interpolation to other sides."""
    source = draft.node(call, draft.value(call.node.args[0]))
    size = shape_of(call)[1:]
    mode = call.operator.removeprefix("upsample_").rstrip("12d")
    corners: dict[str, Any] = {"corners": True} if call.arguments.get("align_corners") else {}
    return draft.add(call, "resize", source, mode=mode, size=size, **corners)


MOVES = (
    "view", "reshape", "_unsafe_view", "transpose", "permute", "flatten", "unflatten", "squeeze",
    "unsqueeze", "select", "slice", "split", "split_with_sizes", "chunk", "unbind", "t", "movedim",
    "narrow", "contiguous", "alias", "detach", "_to_copy", "swapaxes", "flip", "roll",
)  # fmt: skip
RESIZES = ("upsample_nearest1d", "upsample_nearest2d", "upsample_bilinear2d", "upsample_linear1d")

HANDLERS: dict[str, Callable[[Draft, Call], Value | list[Value]]] = {
    **dict.fromkeys(MOVES, moved),
    **dict.fromkeys(RESIZES, resized),
    "clone": copied,
    "getitem": taken,
    "cat": joined,
    "pad": padded,
    "constant_pad_nd": padded,
}
