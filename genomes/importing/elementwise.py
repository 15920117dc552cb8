"""What combines values number by number, however they lie: with constants, with each other."""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor

from genomes.importing.constants import Constant
from genomes.importing.draft import Draft
from genomes.importing.errors import Unsupported
from genomes.importing.numbers import numbers_node
from genomes.importing.traced import BATCH, Call
from genomes.importing.values import Moved, Value, of_numbers, reduced


def affine(
    draft: Draft, call: Call, value: Moved, *, scale: float = 1.0, offset: float = 0.0
) -> Moved:
    """Add a number times each number, plus a number."""
    if (scale, offset) == (1.0, 0.0):
        return value
    return value.on(draft.add(call, "affine", value.node, scale=scale, offset=offset).node)


def with_constant(
    draft: Draft, call: Call, value: Moved, constant: Constant, operation: str
) -> Moved:
    """Add what combines each number of a value with that of a constant at its place."""
    if (number := constant.number) is not None:
        if operation == "add":
            return affine(draft, call, value, offset=number)
        return affine(draft, call, value, scale=number)
    value = _covering(draft, call, value)
    numbers = value.of_batch()
    if _spread(numbers, constant.values) != numbers.shape:
        raise Unsupported(f"repeats an activation for each of the numbers of {constant.name}")
    values = _placed(value, constant.values.expand(numbers.shape))
    places = values
    if constant.is_trained and constant.places is not None:
        places = _placed(value, constant.places.expand(numbers.shape))
    for axis in range(places.dim()):
        first = places.narrow(axis, 0, 1)
        if places.shape[axis] > 1 and torch.equal(first.expand_as(places), places):
            places, values = first, values.narrow(axis, 0, 1)
    if values.numel() == 1 and not constant.is_trained:
        whole = Constant(values.flatten()[0])
        return with_constant(draft, call, value, whole, operation)
    source = numbers_node(draft, call, value.node, constant, values, places)
    return _applied(draft, call, value, source, operation)


def _covering(draft: Draft, call: Call, value: Moved) -> Moved:
    """Return a value in which each number of its node stands once; Unsupported if none is."""
    if _covers(value):
        return value
    if not isinstance(value, Value):
        raise Unsupported("computes with parts of a value whose examples do not come first")
    axis = value.channel_axis()
    node = draft.node(call, value.front(axis))
    return Value.whole(node, draft.sketch.shape(node)).with_first_at(axis)


def _covers(value: Moved) -> bool:
    numbers = value.of_batch().flatten()
    return torch.equal(numbers.sort().values, torch.arange(_size(value)))


def _size(value: Moved) -> int:
    return BATCH * prod(value.source)


def _placed(value: Moved, other: Tensor) -> Tensor:
    """Return numbers that stand beside those of a value as its node lies, without the batch.

    Unsupported if they are not the same for all examples.
    """
    found = torch.empty(_size(value), dtype=other.dtype)
    found[value.of_batch().flatten()] = other.flatten()
    found = found.view(BATCH, *value.source)
    if not torch.equal(found[:1].expand_as(found), found):
        raise Unsupported("does not treat examples alike")
    return found[0]


def combined(draft: Draft, call: Call, a: Moved, b: Moved, operation: str) -> Moved:
    """Add what combines two values number by number, however they lie."""
    first, second = a.of_batch(), b.of_batch()
    if a.source == b.source and torch.equal(first, second):
        return a.on(draft.add(call, operation, a.node, b.node).node)
    if not _covers(a) and not _covers(b):
        a = _covering(draft, call, a)
    ways = [(_as_they_lie, a, b), (_beside, a, b), (_beside, b, a)]
    if not (_covers(a) and _covers(b)):  # one is repeated along the other, perhaps
        ways.append(ways.pop(0))
    reasons = []
    for way, one, other in ways:
        try:
            return way(draft, call, one, other, operation)
        except Unsupported as reason:
            reasons.append(reason)
    raise reasons[0]


def _as_they_lie(draft: Draft, call: Call, a: Moved, b: Moved, operation: str) -> Moved:
    """Add what combines two values that lie as nodes do, channels first."""
    if not isinstance(a, Value) or not isinstance(b, Value):
        raise Unsupported("combines values whose examples do not come first")
    return draft.add(call, operation, draft.node(call, a), draft.node(call, b))


def _beside(draft: Draft, call: Call, value: Moved, other: Moved, operation: str) -> Moved:
    """Add what combines a value with another, which is laid out as the value's node is."""
    numbers = value.of_batch()
    if not _covers(value) or other.of_batch().dim() != numbers.dim():
        raise Unsupported("combines values that lie differently")
    if _spread(numbers, other.of_batch()) != numbers.shape:
        raise Unsupported("combines values of different shapes")
    found = torch.empty(_size(value), dtype=torch.long)
    found[numbers.flatten()] = other.of_batch().expand_as(numbers).flatten()
    laid = of_numbers(other.node, other.source, found.view(BATCH, *value.source))
    if not isinstance(laid, Value):
        raise Unsupported("does not treat examples alike")
    node = draft.node(call, Value(other.node, other.source, reduced(laid.index)))
    return _applied(draft, call, value, node, operation)


def _applied(draft: Draft, call: Call, value: Moved, node: str, operation: str) -> Moved:
    """Add what combines a value with a node, whose channels it has or whose only one."""
    if draft.sketch.shape(node)[0] == 1 < value.source[0]:
        return value.on(draft.add(call, "broadcast", value.node, node, by=operation).node)
    return value.on(draft.add(call, operation, value.node, node).node)


def _spread(a: Tensor, b: Tensor) -> torch.Size:
    """Return the shape of what combines two tensors."""
    found: torch.Size = torch.broadcast_shapes(a.shape, b.shape)  # type: ignore[no-untyped-call]
    return found
