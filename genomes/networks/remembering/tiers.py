"""The three tiers of a memory: short, middle and long, and how positions move between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from genomes.networks.remembering.slots import Slots, steady

TIERS = ("short", "middle", "long")


@dataclass(frozen=True)
class Rules:
    """How many slots tiers have, how many entries a search finds, who moves on.

    `rates` are shares: of a segment's positions that the middle tier may admit, and of the middle
    tier's slots that may move on to the long one, each time; one at least. `threshold` is of
    importance, `uses` how often an entry of the middle tier must have been used, which is to get
    more than the share `used` of a position's attention.
    """

    sizes: tuple[int, int, int]
    found: int
    rates: tuple[float, float]
    threshold: float
    uses: int
    used: float


class Found(NamedTuple):
    """What queries have found in one tier: K entries each, (N, H, T, K) and values (..., K, D).

    `scores` are -inf where less than K slots were filled; `places` say which slots.
    """

    scores: Tensor
    values: Tensor
    places: Tensor


@dataclass(frozen=True)
class Tiers:
    """What is known of documents (N), head by head (H)."""

    short: Slots
    middle: Slots
    long: Slots

    @classmethod
    def empty(cls, like: Tensor) -> Tiers:
        """Return the memory at the beginning of documents, as many as of queries (N, H, T, D)."""
        return cls(*(Slots.empty(like) for _ in range(3)))

    @property
    def parts(self) -> tuple[Slots, Slots, Slots]:
        """The tiers, short before long."""
        return self.short, self.middle, self.long

    def search(self, q: Tensor, count: int) -> dict[str, Found]:
        """Return by tier the best `count` entries for queries (N, H, T, D), exactly.

        Tiers without slots are left out.
        """
        tiers = {name: getattr(self, name) for name in TIERS}
        return {name: _search(tier, q, count) for name, tier in tiers.items() if len(tier)}

    def used(self, found: Mapping[str, Found], shares: Sequence[Tensor], least: float) -> Tiers:
        """Return the memory after positions gave shares of their attention to what they found.

        More than `least` is a use.
        """
        parts = zip(found.items(), shares, strict=True)
        tiers = {name: _used(getattr(self, name), f, s > least) for (name, f), s in parts}
        return replace(self, **tiers)

    def after(self, segment: Slots, q: Tensor, rules: Rules) -> Tiers:
        """Return the memory after a segment of positions, whose queries were (N, H, S, D).

        It goes to the short tier; what that has no slots for moves on or is forgotten.
        """
        short = self.short.beside(segment)
        out = max(0, len(short) - rules.sizes[0])
        middle, moved = _moving_on(self.middle, rules)
        middle = _admitted(middle, short.between(0, out), q, rules)
        long = self.long.beside(moved)
        return Tiers(
            short.between(out, len(short)), middle, long.best(rules.sizes[2], by_use(long))
        )


def _search(tier: Slots, q: Tensor, count: int) -> Found:
    scores = q @ tier.keys.transpose(2, 3)
    scores = scores.masked_fill(~tier.filled[:, :, None], -torch.inf)
    if len(tier) > count:
        places = steady(scores.detach()).topk(count, dim=3).indices
        scores = scores.gather(3, places)
    else:
        places = torch.arange(len(tier), device=q.device).expand(scores.shape)
    n, h, t, k = places.shape
    index = places.reshape(n, h, t * k, 1).expand(-1, -1, -1, tier.values.shape[3])
    values = tier.values.gather(2, index).view(n, h, t, k, tier.values.shape[3])
    # what lies in an empty slot may be anything, NaN too
    return Found(scores, values.masked_fill(scores.isinf()[..., None], 0.0), places)


def _used(tier: Slots, found: Found, is_use: Tensor) -> Slots:
    used = is_use.to(tier.uses.dtype).flatten(2)
    return replace(tier, uses=tier.uses.scatter_add(2, found.places.flatten(2), used))


def _admitted(middle: Slots, leaving: Slots, q: Tensor, rules: Rules) -> Slots:
    """Return the middle tier with what it takes of those that leave the short one."""
    if len(leaving) == 0:
        return middle
    wanted = F.normalize(q.detach().mean(2, keepdim=True), dim=3)
    likeness = (leaving.keys.detach() * wanted).sum(3)  # from -1 to 1: keys have length 1
    importance = leaving.importance.detach()
    leaving = replace(
        leaving,
        rank=importance * (1.0 + likeness) / 2.0,
        filled=leaving.filled & (importance >= rules.threshold),
    )
    most = math.ceil(rules.rates[0] * len(leaving))
    joined = middle.beside(leaving.best(most, leaving.rank))
    return joined.best(rules.sizes[1], joined.rank)


def _moving_on(middle: Slots, rules: Rules) -> tuple[Slots, Slots]:
    """Return the middle tier without those that move on, most used first, and these."""
    often = middle.filled & (middle.uses >= rules.uses)
    most = math.ceil(rules.rates[1] * len(middle))
    traced = torch.compiler.is_compiling()  # what is traced must not depend on numbers
    if most == 0 or not (traced or bool(often.any())):
        return middle, middle.between(0, 0)
    places = torch.where(often, by_use(middle), -torch.inf).topk(most, dim=2).indices
    moved = middle.at(places)
    moved = replace(moved, filled=often.gather(2, places))
    stays = middle.filled.gather(2, places) & ~moved.filled
    return replace(middle, filled=middle.filled.scatter(2, places, stays)), moved


def by_use(tier: Slots) -> Tensor:
    """Return an order of slots by their uses; of equally used ones the latest comes first."""
    places = torch.arange(len(tier), device=tier.uses.device, dtype=tier.uses.dtype)
    return tier.uses + places / (len(tier) + 1)
