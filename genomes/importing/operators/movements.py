"""Calls that compute nothing: views, permutations, splits; and what joins, pads and resizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, fx

from genomes.importing.constants import MOVES
from genomes.importing.draft import Draft, Result, shape_of
from genomes.importing.errors import Unsupported
from genomes.importing.numbers import repeated
from genomes.importing.scores import Scores
from genomes.importing.traced import Call
from genomes.importing.values import Moved, Value


def moved(draft: Draft, call: Call) -> Result:
    """Follow where numbers go."""
    first = call.node.args[0]
    found = draft.values.get(first) if isinstance(first, fx.Node) else None
    if isinstance(found, Scores):
        return _scores(call, found)
    value = draft.moved(first)
    if call.operator == "_to_copy":
        return value

    def applied(index: Tensor) -> Any:
        args = [index if arg is first else arg for arg in call.node.args]
        if any(isinstance(arg, fx.Node) for arg in args):
            raise Unsupported("moves numbers by places that are computed")
        assert callable(call.node.target)
        return call.node.target(*args, **call.node.kwargs)

    return value.moved(applied)


def _scores(call: Call, scores: Scores) -> Scores:
    """Follow the scores of an attention, whose pairs of positions have to stay the last axes."""
    before = call.node.args[0].meta["val"].shape  # type: ignore[union-attr]
    views = ("view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "expand", "_to_copy")
    if call.operator not in (*views, "alias", "detach", "contiguous") or (
        call.node.meta["val"].shape[-2:] != before[-2:]
        or call.node.meta["val"].numel() != before.numel()
    ):
        raise Unsupported("moves the scores of an attention")
    return scores


def copied(draft: Draft, call: Call) -> Moved | Scores:
    """Pass on a copy; that of a module of dropout is what is left of it in evaluation mode."""
    first = call.node.args[0]
    scores = draft.values.get(first) if isinstance(first, fx.Node) else None
    value = scores if isinstance(scores, Scores) else draft.moved(first)
    module = draft.module.get_submodule(call.path)
    rate = getattr(module, "p", 0.0)
    if "Dropout" not in type(module).__name__ or not rate:
        return value
    if type(module).__name__ != "Dropout" or isinstance(value, Scores):
        draft.notes.append(f"{call.path}: {type(module).__name__} is left out")
        return value
    return value.on(draft.add(call, "dropout", value.node, rate=float(rate)).node)


def taken(draft: Draft, call: Call) -> Moved:
    """Take one of the values that an earlier call gives."""
    source, place = call.node.args
    found = draft.values.get(source) if isinstance(source, fx.Node) else None
    if not isinstance(found, list) or not isinstance(place, int) or place >= len(found):
        raise Unsupported("reads a value that is not imported, such as the places of maxima")
    return found[place]


def joined(draft: Draft, call: Call) -> Value:
    """Add a concatenation along channels, whichever axis they lie along, or along positions."""
    arguments = call.arguments["tensors"]
    values = [draft.value(a) for a in arguments if draft.constant(a) is None]
    axes = len(values[0].shape)
    axis = call.arguments["dim"] % (axes + 1) - 1
    if axis < 0:
        raise Unsupported("concatenates examples")
    channels = values[0].channel_axis()
    if axis != channels:
        return _appended(draft, call, axis, channels)
    if len(values) < len(arguments):
        raise Unsupported("concatenates channels that no input is part of")
    nodes = [draft.node(call, value.front(axis)) for value in values]
    node = nodes[0]
    for other in nodes[1:]:
        node = draft.add(call, "concatenate", node, other).node
    return Value.whole(node, draft.sketch.shape(node)).with_first_at(axis)


def _appended(draft: Draft, call: Call, axis: int, channels: int) -> Value:
    """Add what puts positions behind others: those of values, or trained ones of all examples."""
    first, *others = call.arguments["tensors"]
    anchor = next(v for v in call.arguments["tensors"] if draft.constant(v) is None)
    beside = draft.node(call, draft.value(anchor).front(channels))

    def node(argument: object) -> tuple[str, bool]:
        if (constant := draft.constant(argument)) is not None:
            return repeated(draft, call, constant, channels, beside), True
        return draft.node(call, draft.value(argument).front(channels)), False

    side = axis - (axis > channels)
    found, is_constant = node(first)
    for argument in others:
        other, other_is = node(argument)
        if is_constant and other_is:
            raise Unsupported("concatenates numbers that no input is part of")
        named: dict[str, Any] = {"repeats": 1} if other_is else {}
        if is_constant:
            named = {"repeats": 0}
        found = draft.add(call, "append", found, other, side=side, **named).node
        is_constant = False
    return Value.whole(found, draft.sketch.shape(found)).with_first_at(channels)


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


RESIZES = ("upsample_nearest1d", "upsample_nearest2d", "upsample_bilinear2d", "upsample_linear1d")

HANDLERS: dict[str, Callable[[Draft, Call], Result]] = {
    **dict.fromkeys(MOVES, moved),
    **dict.fromkeys(RESIZES, resized),
    "clone": copied,
    "getitem": taken,
    "cat": joined,
    "pad": padded,
    "constant_pad_nd": padded,
}
