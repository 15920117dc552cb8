"""Sums, differences, products and quotients: of activations, with numbers, with weights."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import fx

from genomes.importing.constants import Constant
from genomes.importing.draft import Draft
from genomes.importing.elementwise import affine, combined, with_constant
from genomes.importing.errors import Unsupported
from genomes.importing.scores import Scores
from genomes.importing.traced import Call
from genomes.importing.values import Moved

Computed = Moved | Scores


def add(draft: Draft, call: Call) -> Computed:
    """Add a sum."""
    return _sum(draft, call, "self", "other", call.arguments.get("alpha", 1))


def subtract(draft: Draft, call: Call) -> Computed:
    """Add a difference."""
    return _sum(draft, call, "self", "other", -call.arguments.get("alpha", 1))


def subtract_from(draft: Draft, call: Call) -> Computed:
    """Add a difference whose parts stand the other way round."""
    return _sum(draft, call, "other", "self", -call.arguments.get("alpha", 1))


def _sum(draft: Draft, call: Call, first: str, second: str, factor: float) -> Computed:
    """Add the first argument plus `factor` times the second."""
    a, b = call.arguments[first], call.arguments[second]
    if isinstance(scores := draft.values.get(a), Scores) and (c := draft.constant(b)):
        return scores.plus(factor * c.values)
    if (constant := draft.constant(b)) is not None:
        if constant.is_trained and factor != 1:
            draft.notes.append(f"{constant.name}: is added {factor:g} times, which is trained")
        return with_constant(draft, call, draft.moved(a), _times(constant, factor), "add")
    other = draft.moved(b)
    if factor != 1:
        other = affine(draft, call, other, scale=float(factor))
    if (constant := draft.constant(a)) is not None:
        return with_constant(draft, call, other, constant, "add")
    return combined(draft, call, draft.moved(a), other, "add")


def multiply(draft: Draft, call: Call) -> Computed:
    """Add a product; that of a value with its sigmoid is `silu`."""
    a, b = call.arguments["self"], call.arguments["other"]
    for gate, gated in ((a, b), (b, a)):
        if isinstance(gate, fx.Node) and _is_sigmoid_of(gate, gated):
            value = draft.moved(gated)
            return value.on(draft.add(call, "activation", value.node, function="silu").node)
        if (constant := draft.constant(gate)) is not None:
            return _scaled(draft, call, gated, constant)
    return combined(draft, call, draft.moved(a), draft.moved(b), "multiply")


def divide(draft: Draft, call: Call) -> Computed:
    """Add a product with the reciprocal."""
    constant = draft.constant(call.arguments["other"])
    if constant is None:
        raise Unsupported("divides by an activation")
    if call.arguments.get("rounding_mode") is not None:
        raise Unsupported("rounds a quotient")
    if constant.is_trained:
        draft.notes.append(f"{constant.name}: is divided by; its reciprocal is trained")
    reciprocal = Constant(
        1.0 / constant.values, constant.names, constant.is_trained, constant.places
    )
    return _scaled(draft, call, call.arguments["self"], reciprocal)


def negate(draft: Draft, call: Call) -> Computed:
    """Add a product with -1."""
    return _scaled(draft, call, call.arguments["self"], Constant(torch.tensor(-1.0)))


def _is_sigmoid_of(gate: fx.Node, gated: object) -> bool:
    return "sigmoid.default" in str(gate.target) and gate.args[0] is gated


def _scaled(draft: Draft, call: Call, argument: object, constant: Constant) -> Computed:
    found = draft.values.get(argument) if isinstance(argument, fx.Node) else None
    if isinstance(found, Scores):
        if constant.number is None:
            raise Unsupported("multiplies the scores of an attention by more than a number")
        return found.scaled(constant.number)
    return with_constant(draft, call, draft.moved(argument), constant, "multiply")


def _times(constant: Constant, factor: float) -> Constant:
    if factor == 1:
        return constant
    return Constant(factor * constant.values, constant.names, constant.is_trained, constant.places)


HANDLERS: dict[str, Callable[[Draft, Call], Computed]] = {
    "add": add,
    "sub": subtract,
    "rsub": subtract_from,
    "mul": multiply,
    "div": divide,
    "neg": negate,
}
