"""How weights start: Kaiming, Xavier, orthogonal, scaled normal; all from an explicit generator.

Normalisations start as the identity and biases at zero, whatever the scheme.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

RECTIFIER_GAIN = math.sqrt(2.0)  # what a rectifier halves in variance, the weights double
CUT = 2.0  # deviations at which a truncated normal ends
LEFT = 0.8796256610342398  # its own deviation, of the whole one's
HEAD = "head"  # the kind of the layer that gives the logits

# A scheme fills a weight (out, in, ...) in place so that it is scaled by `gain`.
Scheme = Callable[[Tensor, float, torch.Generator], None]


def _fans(weight: Tensor) -> tuple[int, int]:
    """Return how many inputs an output sums, and how many outputs an input reaches."""
    window = prod(weight.shape[2:])
    return weight.shape[1] * window, weight.shape[0] * window


def _kaiming(weight: Tensor, gain: float, generator: torch.Generator) -> None:
    """Normal, variance gain^2 / fan in (He et al. 2015, https://arxiv.org/abs/1502.01852)."""
    fan_in, _ = _fans(weight)
    weight.normal_(0.0, gain / math.sqrt(fan_in), generator=generator)


def _xavier(weight: Tensor, gain: float, generator: torch.Generator) -> None:
    """Uniform, variance 2 / (fan in + fan out) (Glorot & Bengio 2010)."""
    bound = math.sqrt(6.0 / sum(_fans(weight)))
    weight.uniform_(-bound, bound, generator=generator)


def _orthogonal(weight: Tensor, gain: float, generator: torch.Generator) -> None:
    """Orthogonal rows or columns (Saxe et al. 2013, https://arxiv.org/abs/1312.6120).

    Depthwise filters do not mix channels; each of them is just given the length `gain`.
    """
    if weight.dim() > 2 and weight.shape[1] == 1:
        weight.normal_(generator=generator)
        length = weight.flatten(1).norm(dim=1).clamp_min(1e-12)
        weight.mul_(gain / length.view(-1, *[1] * (weight.dim() - 1)))
        return
    torch.nn.init.orthogonal_(weight, gain, generator=generator)


def _scaled_normal(weight: Tensor, gain: float, generator: torch.Generator) -> None:
    """Normal, variance 1 / fan in, whatever follows (LeCun et al. 1998)."""
    fan_in, _ = _fans(weight)
    weight.normal_(0.0, 1.0 / math.sqrt(fan_in), generator=generator)


SCHEMES: Mapping[str, Scheme] = {
    "kaiming": _kaiming,
    "xavier": _xavier,
    "orthogonal": _orthogonal,
    "scaled-normal": _scaled_normal,
}


def initialise(weights: list[Tensor], scheme: str, seed: int, heads: int = 1) -> None:
    """Fill weights (CPU, in place) in order; the last `heads` give the logits and get no gain.

    The same seed gives the same weights; global random state is neither read nor changed.
    Raises ValueError for an unknown scheme.
    """
    if scheme not in SCHEMES:
        raise ValueError(f"received {scheme!r}, expected one of {', '.join(SCHEMES)}")
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for place, weight in enumerate(weights):
            gain = RECTIFIER_GAIN if place < len(weights) - heads else 1.0
            SCHEMES[scheme](weight, gain, generator)


def _uniform(weight: Tensor, deviation: float, generator: torch.Generator) -> None:
    bound = math.sqrt(3.0) * deviation
    weight.uniform_(-bound, bound, generator=generator)


def _normal(weight: Tensor, deviation: float, generator: torch.Generator) -> None:
    weight.normal_(0.0, deviation, generator=generator)


def _truncated(weight: Tensor, deviation: float, generator: torch.Generator) -> None:
    whole = deviation / LEFT
    bound = CUT * whole
    torch.nn.init.trunc_normal_(weight, 0.0, whole, -bound, bound, generator=generator)


# A spread fills a weight in place with numbers of mean zero and a standard deviation.
SPREADS: Mapping[str, Scheme] = {
    "normal": _normal,
    "uniform": _uniform,
    "truncated": _truncated,
}

# The standard deviation that a family gives a weight, for fan in, fan out and gain.
DEVIATIONS: Mapping[str, Callable[[int, int, float], float]] = {
    "kaiming": lambda fan_in, fan_out, gain: gain / math.sqrt(fan_in),
    "xavier": lambda fan_in, fan_out, gain: math.sqrt(2.0 / (fan_in + fan_out)),
    "scaled-normal": lambda fan_in, fan_out, gain: 1.0 / math.sqrt(fan_in),
}


@dataclass(frozen=True)
class Start:
    """How the weights of one kind of layer start: a family, times `gain`, in a spread.

    With spread None the family has its own distribution. Orthogonal weights always have.
    """

    family: str
    gain: float
    spread: str | None

    def __post_init__(self) -> None:
        if self.family not in SCHEMES:
            raise ValueError(f"received {self.family!r}, expected one of {', '.join(SCHEMES)}")
        if self.spread is not None and self.spread not in SPREADS:
            raise ValueError(f"received {self.spread!r}, expected one of {', '.join(SPREADS)}")

    def fill(self, weight: Tensor, gain: float, generator: torch.Generator) -> None:
        """Fill a weight in place; `gain` is what the activation that follows asks for."""
        if self.spread is None or self.family not in DEVIATIONS:
            SCHEMES[self.family](weight, gain, generator)
            weight.mul_(self.gain)
            return
        deviation = self.gain * DEVIATIONS[self.family](*_fans(weight), gain)
        SPREADS[self.spread](weight, deviation, generator)


def initialise_by_kind(
    weights: Sequence[tuple[str, Tensor]], starts: Mapping[str, Start], seed: int
) -> None:
    """Fill weights (CPU, in place), given with their kinds, in order; `head` gets no gain.

    The same seed gives the same weights; global random state is neither read nor changed.
    Raises KeyError for a kind without a start.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for kind, weight in weights:
            starts[kind].fill(weight, 1.0 if kind == HEAD else RECTIFIER_GAIN, generator)
