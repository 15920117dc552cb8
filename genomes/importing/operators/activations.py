"""Functions of each number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genomes.importing.draft import Draft
from genomes.importing.errors import Unsupported
from genomes.importing.traced import Call
from genomes.importing.values import Moved


def pointwise(draft: Draft, call: Call, operation: str, **attributes: Any) -> Moved:
    """Add a function of each number: it makes no difference how they are laid out."""
    value = draft.moved(call.arguments["self"])
    return value.on(draft.add(call, operation, value.node, **attributes).node)


def _named(operation: str, function: str) -> Callable[[Draft, Call], Moved]:
    def add(draft: Draft, call: Call) -> Moved:
        return pointwise(draft, call, operation, function=function)

    return add


def _gelu(draft: Draft, call: Call) -> Moved:
    if call.arguments["approximate"] == "tanh":
        return pointwise(draft, call, "pointwise", function="gelu_tanh")
    return pointwise(draft, call, "activation", function="gelu")


def _elu(draft: Draft, call: Call) -> Moved:
    scales = [call.arguments[name] for name in ("alpha", "scale", "input_scale")]
    if scales != [1, 1, 1]:
        raise Unsupported(f"is an elu with alpha, scale and input scale {scales}, expected 1")
    return pointwise(draft, call, "activation", function="elu")


def _hardtanh(draft: Draft, call: Call) -> Moved:
    return _clipped(draft, call, call.arguments["min_val"], call.arguments["max_val"])


def _clipped(draft: Draft, call: Call, least: Any, most: Any) -> Moved:
    if not isinstance(least, int | float) or not isinstance(most, int | float):
        raise Unsupported(f"clips to {least} and {most}, expected two numbers, or 0 and None")
    if (least, most) == (0, 6):
        return pointwise(draft, call, "pointwise", function="relu6")
    return pointwise(
        draft, call, "pointwise", function="hardtanh", ends=(float(least), float(most))
    )


def _leaky_relu(draft: Draft, call: Call) -> Moved:
    slope = float(call.arguments["negative_slope"])
    return pointwise(draft, call, "pointwise", function="leaky_relu", slope=slope)


def _power(draft: Draft, call: Call) -> Moved:
    if call.arguments["exponent"] != 2:
        raise Unsupported(f"is a power of {call.arguments['exponent']}, expected 2")
    return pointwise(draft, call, "pointwise", function="square")


def _clamp(draft: Draft, call: Call) -> Moved:
    ends = call.arguments.get("min"), call.arguments.get("max")
    if ends == (0, None):
        return pointwise(draft, call, "activation", function="relu")
    return _clipped(draft, call, *ends)


def _softplus(draft: Draft, call: Call) -> Moved:
    if (call.arguments["beta"], call.arguments["threshold"]) != (1, 20):
        raise Unsupported("is a softplus with its own beta or threshold")
    return pointwise(draft, call, "pointwise", function="softplus")


POINTWISE = (
    "sigmoid", "relu6", "hardswish", "hardsigmoid", "mish", "selu", "square", "abs", "exp",
)  # fmt: skip

HANDLERS = {
    **{name: _named("activation", name) for name in ("relu", "silu", "tanh")},
    **{name: _named("pointwise", name) for name in POINTWISE},
    "gelu": _gelu,
    "elu": _elu,
    "hardtanh": _hardtanh,
    "leaky_relu": _leaky_relu,
    "softplus": _softplus,
    "pow": _power,
    "clamp": _clamp,
    "clamp_min": _clamp,
}
