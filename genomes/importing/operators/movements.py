"""Calls that compute nothing: views, permutations, splits; and what resizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, fx

from genomes.importing.constants import MOVES
from genomes.importing.draft import Draft, Result, shape_of
from genomes.importing.errors import Unsupported
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
}
