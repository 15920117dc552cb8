"""Activation functions as plain data: five by name, all others as formulas over x.

A function is a name or a formula in prefix order, as `genomes.genes.language` tells: x, constants
and the primitives listed here. Constants are where training starts: networks learn them. The five
names stand for trees of the same space; written as such a tree they become the name again, whose
kernel torch has ready. Must stay free of torch: `genomes.networks.bred_activation` computes them
there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from genomes.genes.language import Formula, Language
from genomes.genes.simplification import simplify

Array = npt.NDArray[np.float64]
Function = str | Formula

X = "x"
MAXIMUM_NODES, MAXIMUM_DEPTH = 15, 5  # of a simplified formula; depth counts edges
LIMIT = 1e4  # inputs, and the results of every step, are clamped to +-LIMIT
STEEPEST = 100.0  # slopes are clamped to +-STEEPEST in training
SMALLEST_DIVISOR = 0.01  # divisors nearer to zero count as this, with their sign
LARGEST_EXPONENT = 9.21  # exp of it is just below LIMIT, also in single precision


def _divide(a: Array, b: Array) -> Array:
    return a / np.where(b < 0, np.minimum(b, -SMALLEST_DIVISOR), np.maximum(b, SMALLEST_DIVISOR))


def _exp(a: Array) -> Array:
    return np.exp(np.minimum(a, LARGEST_EXPONENT))


def _log(a: Array) -> Array:
    return np.log1p(np.abs(a))


def _sigmoid(a: Array) -> Array:
    return 0.5 * np.tanh(0.5 * a) + 0.5


@dataclass(frozen=True)
class ActivationStep:
    """A step of a function: what it computes, how it is written, what it costs.

    `flops` are counted per number. `binding` tells whether arguments and results want brackets:
    0 for sums, 1 for products, 2 for what has its own.
    """

    compute: Callable[..., Any]
    arity: int
    notation: str
    flops: int
    binding: int = 2


# By convention a transcendental function or a division counts as four; clamping is not counted.
PRIMITIVES: Mapping[str, ActivationStep] = {
    "add": ActivationStep(np.add, 2, "{} + {}", 1, 0),
    "sub": ActivationStep(np.subtract, 2, "{} - {}", 1, 0),
    "mul": ActivationStep(np.multiply, 2, "{} * {}", 1, 1),
    "div": ActivationStep(_divide, 2, "{} / {}", 4, 1),
    "max": ActivationStep(np.maximum, 2, "max({}, {})", 1),
    "min": ActivationStep(np.minimum, 2, "min({}, {})", 1),
    "exp": ActivationStep(_exp, 1, "exp({})", 4),
    "log": ActivationStep(_log, 1, "log(1 + |{}|)", 4),
    "tanh": ActivationStep(np.tanh, 1, "tanh({})", 4),
    "sigmoid": ActivationStep(_sigmoid, 1, "sigmoid({})", 4),
}
LANGUAGE = Language("activation", {name: p.arity for name, p in PRIMITIVES.items()}, LIMIT)

# The tree of GELU is its sigmoid form, within 0.021 of it (Hendrycks & Gimpel 2016,
# https://arxiv.org/abs/1606.08415, section 2): the error function is no primitive. The name is the
# exact one.
TREES: Mapping[str, Formula] = {
    "relu": ("max", X, 0.0),
    "gelu": ("mul", X, "sigmoid", "mul", X, 1.702),
    "silu": ("mul", X, "sigmoid", X),
    "tanh": ("tanh", X),
    "elu": ("max", X, "add", "exp", "min", X, 0.0, -1.0),
}
ACTIVATIONS = tuple(TREES)  # all map zero to zero
NAMES: Mapping[Formula, str] = {tree: name for name, tree in TREES.items()}


def check(function: Any) -> Function:
    """Return a function in canonical form: simplified, and by its name if it has one.

    Raises ValueError for unknown names, what is no formula, is too large once it is simplified, or
    does not depend on x.
    """
    if isinstance(function, str):
        if function not in TREES:
            allowed = ", ".join(ACTIVATIONS)
            raise ValueError(f"received {function!r}, expected one of {allowed}, or a formula")
        return function
    return _canonical(LANGUAGE.check(function, (X,)))


@lru_cache(maxsize=4096)
def _canonical(formula: Formula) -> Function:
    simplified = simplify(formula, LANGUAGE, _fold_constants)
    if X not in simplified:
        raise ValueError(f"received the formula {list(formula)!r}, whose value never changes")
    depth = LANGUAGE.depth(simplified)
    if len(simplified) > MAXIMUM_NODES or depth > MAXIMUM_DEPTH:
        raise ValueError(
            f"received a function with {len(simplified)} nodes and depth {depth}, simplified; at "
            f"most {MAXIMUM_NODES} and {MAXIMUM_DEPTH} are allowed"
        )
    return NAMES.get(simplified, simplified)


def is_bred(function: Function) -> bool:
    """Tell whether a function has no name."""
    return not isinstance(function, str)


def tree(function: Function) -> Formula:
    """Return a function as a formula."""
    return TREES[function] if isinstance(function, str) else function


def constants(function: Function) -> tuple[float, ...]:
    """Return where the constants that training may change start, in order."""
    if isinstance(function, str):
        return ()
    return tuple(float(token) for token in function if not isinstance(token, str))


def flops(function: Function) -> int:
    """Return what a function costs a number; those with names count as one."""
    if isinstance(function, str):
        return 1
    return sum(PRIMITIVES[t].flops for t in function if isinstance(t, str) and t in PRIMITIVES)


def evaluate(function: Function, x: Array) -> Array:
    """Compute a function of checked form, constants as they start; finite for any x but NaN.

    Those with names are computed by their trees.
    """
    x = np.clip(x, -LIMIT, LIMIT)
    return LANGUAGE.fold(
        tree(function),
        lambda token: x if isinstance(token, str) else np.full_like(x, token),
        _step,
    )


def _step(name: str, arguments: list[Array]) -> Array:
    found: Array = np.clip(PRIMITIVES[name].compute(*arguments), -LIMIT, LIMIT)
    return found


def _fold_constants(name: str, numbers: list[float]) -> float:
    return float(_step(name, [np.array([number]) for number in numbers])[0])


def to_text(function: Function) -> str:
    """Write a function as people do, e.g. `x * sigmoid(x * 1.5)`; names stay."""
    if isinstance(function, str):
        return function

    def leaf(token: str | float) -> tuple[str, int]:
        return (token, 2) if isinstance(token, str) else (f"{token:.4g}", 2)

    def join(name: str, parts: list[tuple[str, int]]) -> tuple[str, int]:
        primitive = PRIMITIVES[name]
        own = primitive.binding
        texts = [
            f"({text})" if own < 2 and (inner < own or (place and inner == own)) else text
            for place, (text, inner) in enumerate(parts)
        ]
        return primitive.notation.format(*texts).replace(" + -", " - "), own

    return LANGUAGE.fold(function, leaf, join)[0]
