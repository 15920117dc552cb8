"""What is put together along channels or positions, padding among it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from genomes.importing.constants import Constant
from genomes.importing.draft import Draft
from genomes.importing.errors import Unsupported
from genomes.importing.numbers import repeated
from genomes.importing.traced import BATCH, Call
from genomes.importing.values import Value

Part = Value | Constant


def joined(draft: Draft, call: Call) -> Value:
    """Add a concatenation along channels, whichever axis they lie along, or along positions."""
    parts: list[Part] = [
        draft.constant(argument) or draft.value(argument) for argument in call.arguments["tensors"]
    ]
    axes = call.node.meta["val"].dim()
    return _joined(draft, call, parts, call.arguments["dim"] % axes - 1)


def _joined(draft: Draft, call: Call, parts: Sequence[Part], axis: int) -> Value:
    """Join parts along an axis, counted without the batch; constants are repeated for it."""
    if axis < 0:
        raise Unsupported("concatenates examples")
    anchor = next(part for part in parts if isinstance(part, Value))
    channels = anchor.channel_axis()
    beside = draft.node(call, anchor.front(channels))
    side = axis - (axis > channels)
    operation = "concatenate" if axis == channels else "append"
    where: dict[str, Any] = {} if axis == channels else {"side": side}
    found, is_constant = "", False
    for part in parts:
        if isinstance(part, Constant):
            node = repeated(draft, call, part, channels, beside)
        else:
            node = draft.node(call, part.front(channels))
        if not found:
            found, is_constant = node, isinstance(part, Constant)
            continue
        if is_constant and isinstance(part, Constant):
            raise Unsupported("concatenates numbers that no input is part of")
        named: dict[str, Any] = {"repeats": 0} if is_constant else {}
        if isinstance(part, Constant):
            named = {"repeats": 1}
        found = draft.add(call, operation, found, node, **where, **named).node
        is_constant = False
    return Value.whole(found, draft.sketch.shape(found)).with_first_at(channels)


def padded(draft: Draft, call: Call) -> Value:
    """Add zeros around an image or a sequence, or before and behind channels."""
    if call.arguments.get("mode", "constant") != "constant" or call.arguments.get("value"):
        raise Unsupported("pads with something else than zeros")
    value = draft.value(call.arguments["self"])
    source = draft.node(call, value)
    shape = draft.sketch.shape(source)
    amounts = tuple(call.arguments["pad"])
    if len(amounts) > 2 * len(shape) or min(amounts) < 0:
        raise Unsupported("pads examples, or cuts")
    amounts = (*amounts, *(0,) * (2 * len(shape) - len(amounts)))
    found = Value.whole(source, shape)
    if any(amounts[:-2]):
        found = draft.add(call, "pad", source, amounts=amounts[:-2])
    if not any(amounts[-2:]):
        return found
    before, behind = (
        Constant(torch.zeros(BATCH, count, *found.shape[1:])) for count in amounts[-2:]
    )
    parts = [part for part in (before, found, behind) if 0 not in _sizes(part)]
    return _joined(draft, call, parts, 0)


def _sizes(part: Part) -> Sequence[int]:
    return part.values.shape if isinstance(part, Constant) else part.shape


HANDLERS: dict[str, Callable[[Draft, Call], Value]] = {
    "cat": joined,
    "pad": padded,
    "constant_pad_nd": padded,
}
