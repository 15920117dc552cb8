"""Bred activation functions in torch: computed step by step, their slopes bounded in training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from genomes.genes.activation import (
    LANGUAGE,
    LARGEST_EXPONENT,
    LIMIT,
    SMALLEST_DIVISOR,
    STEEPEST,
    constants,
)
from genomes.genes.language import Formula


def clamped(x: Tensor) -> Tensor:
    """Keep a step's result within the bounds."""
    return x.clamp(-LIMIT, LIMIT)


def _away(b: Tensor) -> Tensor:
    """Keep a divisor away from zero."""
    return torch.where(b < 0, b.clamp(max=-SMALLEST_DIVISOR), b.clamp(min=SMALLEST_DIVISOR))


# What cannot leave the bounds, given arguments within them, is not clamped.
STEPS: Mapping[str, Callable[..., Tensor]] = {
    "add": lambda a, b: clamped(a + b),
    "sub": lambda a, b: clamped(a - b),
    "mul": lambda a, b: clamped(a * b),
    "div": lambda a, b: clamped(a / _away(b)),
    "max": torch.maximum,
    "min": torch.minimum,
    "exp": lambda a: torch.exp(a.clamp(max=LARGEST_EXPONENT)),
    "log": lambda a: torch.log1p(a.abs()),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


def compute(formula: Formula, x: Tensor, values: Sequence[Tensor]) -> Tensor:
    """Compute a formula of x, any shape; `values` () stand for its constants, in order."""
    x, left = clamped(x), list(values)
    return LANGUAGE.fold(
        formula,
        lambda token: x if isinstance(token, str) else left.pop(),  # read from the end
        lambda name, arguments: STEPS[name](*arguments),
    )


# -- slopes --------------------------------------------------------------------------------------

Slopes = tuple[Tensor, ...]


def _by_quotient(slope: Tensor, result: Tensor, a: Tensor, b: Tensor) -> Slopes:
    by_a = slope / _away(b)
    return by_a, -by_a * result


def _by_chosen(slope: Tensor, chosen: Tensor) -> Slopes:
    by_a = slope * chosen
    return by_a, slope - by_a


# The slope of all that follows, the step's result and its arguments give the slopes by these.
# Those of the steps are at most 1e6, so that five of them, one on another, do not overflow.
BACK: Mapping[str, Callable[..., Slopes]] = {
    "add": lambda slope, result, a, b: (slope, slope),
    "sub": lambda slope, result, a, b: (slope, -slope),
    "mul": lambda slope, result, a, b: (slope * b, slope * a),
    "div": _by_quotient,
    "max": lambda slope, result, a, b: _by_chosen(slope, a >= b),
    "min": lambda slope, result, a, b: _by_chosen(slope, a <= b),
    "exp": lambda slope, result, a: (slope * result,),
    "log": lambda slope, result, a: (slope * a.sign() / (1.0 + a.abs()),),
    "tanh": lambda slope, result, a: (slope * (1.0 - result * result),),
    "sigmoid": lambda slope, result, a: (slope * (result - result * result),),
}


class _Step(NamedTuple):
    """A result on the way: which primitive gave it, of what; without one, the place of a leaf."""

    result: Tensor
    name: str
    arguments: Sequence[_Step]
    place: int


def slopes(formula: Formula, x: Tensor, values: Sequence[Tensor]) -> list[Tensor]:
    """Return the slopes by x and by each constant, broadcastable to x, within +-`STEEPEST`.

    Clamping steps does not flatten them: what has gone too far finds its way back.
    """
    leaves = [clamped(x), *values]
    left = list(range(1, len(leaves)))

    def leaf(token: str | float) -> _Step:
        place = 0 if isinstance(token, str) else left.pop()
        return _Step(leaves[place], "", (), place)

    def join(name: str, parts: list[_Step]) -> _Step:
        return _Step(STEPS[name](*(part.result for part in parts)), name, parts, -1)

    found: list[Tensor] = [x.new_zeros(())] * len(leaves)
    pending = [(LANGUAGE.fold(formula, leaf, join), x.new_ones(()))]
    while pending:
        step, slope = pending.pop()
        if step.name:
            inner = BACK[step.name](slope, step.result, *(part.result for part in step.arguments))
            pending.extend(zip(step.arguments, inner, strict=True))
        else:
            found[step.place] = found[step.place] + slope
    return [slope.clamp(-STEEPEST, STEEPEST) for slope in found]


class _BoundedSlopes(torch.autograd.Function):
    """Compute a formula; in the way back no slope, by x or a constant, exceeds `STEEPEST`.

    Nothing but x is kept for the way back: steps are cheaper to repeat than to remember. Slopes
    are computed for themselves, not as part of a gradient, so that the bounds hold for any loss.
    All numbers of an example share a constant; its gradient, a sum over them, is divided by the
    root of how many they are (as in Esser et al. 2020, https://arxiv.org/abs/1902.08153, section
    2.2), for else it outgrows those of the weights and the constant runs away.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, values: Tensor | None, formula: Formula) -> Tensor:
        ctx.save_for_backward(x, values)
        ctx.formula = formula
        return compute(formula, x, _parts(values, x))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None, None]:
        x, values = ctx.saved_tensors
        by_x, *by_values = slopes(ctx.formula, x, _parts(values, x))
        if values is None:
            return gradient * by_x, None, None
        sums = [(gradient * slope).sum(dtype=values.dtype) for slope in by_values]
        uses = x.numel() / x.shape[0]  # of a constant for one example
        return gradient * by_x, torch.stack(sums) / uses**0.5, None


def _parts(values: Tensor | None, x: Tensor) -> Sequence[Tensor]:
    return () if values is None else clamped(values.detach()).to(x.dtype).unbind()


class Bred(nn.Module):
    """An activation function given as a formula; its constants, if any, are one parameter (n,)."""

    constants: nn.Parameter | None

    def __init__(self, formula: Formula) -> None:
        super().__init__()
        self.formula = formula
        start = constants(formula)
        learnt = nn.Parameter(torch.tensor(start)) if start else None
        self.register_parameter("constants", learnt)

    def forward(self, x: Tensor) -> Tensor:
        if torch.is_grad_enabled() and not torch.compiler.is_compiling():
            bounded: Tensor = _BoundedSlopes.apply(x, self.constants, self.formula)  # type: ignore[no-untyped-call]
            return bounded
        return compute(self.formula, x, _parts(self.constants, x))
