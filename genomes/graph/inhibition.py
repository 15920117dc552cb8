"""Lateral inhibition: neighbouring channels or positions of a stage damp each other.

`divisive`: y_i = x_i / (1 + s * sum_j k(i - j) |x_j|) with a Gaussian k, the normalisation of
Heeger (1992, https://doi.org/10.1017/S0952523800009640) as Carandini & Heeger (2012,
https://doi.org/10.1038/nrn3136) have it, with exponent 1: squares, as in the local response
normalisation of Krizhevsky et al. (2012), overflow. No output exceeds 1 / (s * k(0)).
`difference-of-gaussians`: y_i = x_i + s * sum_j (k(i - j) - K(i - j)) x_j with a wider Gaussian K,
the receptive fields of Rodieck (1965, https://doi.org/10.1016/0042-6989(65)90033-7).

Beyond the ends there is nothing. Constants are bred, not trained. This module has the genes and
the numbers; operation `inhibit` computes with them. It must stay free of torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

from genomes.genes.gene import Choice, Conditional, Real, Record, Struct

NONE, DIVISIVE, SUBTRACTIVE = "none", "divisive", "difference-of-gaussians"
KINDS = (DIVISIVE, SUBTRACTIVE)
CHANNELS, POSITIONS = "channels", "positions"
# A neighbour is felt up to so many widths away.
REACH = 2.0
WIDEST = 100.0  # that a width and a ratio may be; genes end at 2
OFF = Record(kind=NONE, over=None, width=None, strength=None, ratio=None)


def genes(over: Sequence[str]) -> Struct:
    """Return the genes of a stage's inhibition.

    `over` is what may inhibit each other; `width` the standard deviation of the Gaussian, in
    channels or positions; `ratio` how many times as wide the other one is.
    """
    acts = {"kind": KINDS}
    return Struct(
        {
            "kind": Choice((NONE, *KINDS), weights=(2, 1, 1)),
            "over": Conditional(Choice(tuple(over)), acts),
            "width": Conditional(Real(0.5, 2.0, log=True), acts),
            "strength": Conditional(Real(0.05, 5.0, log=True), acts),
            "ratio": Conditional(Real(1.2, 2.0), {"kind": SUBTRACTIVE}),
        }
    )


def revives(attributes: Record) -> bool:
    """Tell whether a channel of zeros can become something by what its neighbours hold."""
    return bool(attributes["kind"] == SUBTRACTIVE and attributes["over"] == CHANNELS)


def check(attributes: Record, dimensions: int, channels: int) -> None:
    """Raise ValueError for attributes that do not fit an input."""
    kind, over, ratio = (attributes[name] for name in ("kind", "over", "ratio"))
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}, expected {' or '.join(KINDS)}")
    if over != CHANNELS and (over != POSITIONS or dimensions == 1):
        raise ValueError(f"received inhibition over {over!r}; vectors have {CHANNELS} alone")
    for name, most in (("width", WIDEST), ("strength", math.inf)):
        if not 0.0 < attributes[name] < math.inf or attributes[name] > most:
            limit = "" if most == math.inf else f" up to {most:g}"
            raise ValueError(f"{name} is {attributes[name]!r}, expected a positive number{limit}")
    if (ratio is None) != (kind == DIVISIVE) or (ratio is not None and not ratio > 1.0):
        raise ValueError(f"ratio is {ratio!r}; two Gaussians have one above 1, a single one None")
    if ratio is not None and ratio > WIDEST:
        raise ValueError(f"ratio is {ratio!r}, expected at most {WIDEST:g}")
    places = attributes["places"]
    if places and (len(places) != channels or list(places) != sorted({*places})):
        raise ValueError(f"received places {places} for {channels} channels, expected them rising")


def gaussian(offset: int, width: float) -> float:
    """Return the weight of a neighbour at an offset; those of all offsets add up to 1."""
    radius = math.ceil(REACH * width)
    if abs(offset) > radius:
        return 0.0
    whole = sum(math.exp(-0.5 * (d / width) ** 2) for d in range(-radius, radius + 1))
    return math.exp(-0.5 * (offset / width) ** 2) / whole


def reach(attributes: Record) -> int:
    """Return how far away the last neighbour is that is felt."""
    widest: float = attributes["width"] * (attributes["ratio"] or 1.0)
    return math.ceil(REACH * widest)


def weight(attributes: Record, *offsets: int) -> float:
    """Return what a neighbour at these offsets (one an axis) counts.

    Divisive: the part of its size in what is divided by. Else: its part of the output.
    """
    width, strength, ratio = (attributes[name] for name in ("width", "strength", "ratio"))
    narrow = math.prod(gaussian(offset, width) for offset in offsets)
    if ratio is None:
        return float(strength * narrow)
    wide = math.prod(gaussian(offset, ratio * width) for offset in offsets)
    return float((not any(offsets)) + strength * (narrow - wide))


def between_channels(attributes: Record, channels: int) -> list[list[float]]:
    """Return the weights (C, C) of channels for each other, by their original distance."""
    places = attributes["places"] or range(channels)
    row = [weight(attributes, offset) for offset in range(places[-1] - places[0] + 1)]
    return [[row[abs(a - b)] for b in places] for a in places]


def window(attributes: Record, sides: Sequence[int]) -> int:
    """Return the side of the window of positions that inhibit the one in its middle."""
    return 2 * min(reach(attributes), max(sides) - 1) + 1


def between_positions(attributes: Record, side: int, dimensions: int) -> list[float]:
    """Return the weights of the positions around one, row by row: (side ** dimensions,)."""
    offsets = range(-(side // 2), side // 2 + 1)
    return [weight(attributes, *place) for place in product(offsets, repeat=dimensions)]


def flops_each(attributes: Record, shape: Sequence[int]) -> int:
    """Count the FLOPs of a number: a product with all weights; divisive ones 3 for the rest."""
    over_channels = attributes["over"] == CHANNELS
    sides = shape[1:]
    felt = shape[0] if over_channels else window(attributes, sides) ** len(sides)
    return int(2 * felt + 3 * (attributes["kind"] == DIVISIVE))


def cut_places(places: Sequence[int], kept: Sequence[bool]) -> tuple[int, ...]:
    """Return the places of the channels that stay; () where they are neighbours one by one."""
    places = places or range(len(kept))
    left = [place for place, stays in zip(places, kept, strict=True) if stays]
    return () if left[-1] - left[0] == len(left) - 1 else tuple(left)
