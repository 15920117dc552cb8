"""Slots of a memory: keys and values of single positions, each filled or empty.

Memories of several documents (N) and heads (H) lie side by side; each has its own slots, and none
looks at another's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

GRAIN = 2.0**-14  # numbers that are nearer count as equal: they may differ by rounding alone


def steady(x: Tensor) -> Tensor:
    """Return an order that rounding does not change, so that shrunk networks choose alike."""
    return (x / GRAIN).round()


@dataclass(frozen=True)
class Slots:
    """M slots for each document and head; what lies in those that are not `filled` means nothing.

    `keys` and `values` are (N, H, M, D), all else (N, H, M): `importance` from 0 to 1 as the
    position itself saw it, `rank` importance times relevance, `uses` by positions since.
    """

    keys: Tensor
    values: Tensor
    importance: Tensor
    rank: Tensor
    uses: Tensor
    filled: Tensor

    @classmethod
    def empty(cls, like: Tensor) -> Slots:
        """Return no slots, for the documents and heads of queries, keys or values (N, H, T, D)."""
        none = like.new_zeros(*like.shape[:2], 0)
        rows = none[..., None].expand(-1, -1, -1, like.shape[3])
        return cls(rows, rows, none, none, none, none.bool())

    def __len__(self) -> int:
        return self.filled.shape[2]

    def each(self, change: Callable[[Tensor], Tensor]) -> Slots:
        """Return slots with each tensor changed."""
        return Slots(**{field.name: change(getattr(self, field.name)) for field in fields(self)})

    @classmethod
    def joined(cls, parts: Sequence[Slots]) -> Slots:
        """Return the slots of all parts, one after the other."""
        names = [field.name for field in fields(cls)]
        return cls(*(torch.cat([getattr(p, name) for p in parts], dim=2) for name in names))

    def beside(self, others: Slots) -> Slots:
        """Return these slots, then others."""
        return self.joined((self, others))

    def between(self, start: int, stop: int) -> Slots:
        """Return the slots from one place up to another."""
        return self.each(lambda x: x[:, :, start:stop])

    def best(self, count: int, order: Tensor) -> Slots:
        """Return so many slots, the filled ones first, those of a higher `order` (N, H, M) before.

        They keep their order. All are returned if they are not more.
        """
        if len(self) <= count:
            return self
        order = torch.where(self.filled, steady(order.detach()), -torch.inf)
        return self.at(order.topk(count, dim=2).indices.sort(dim=2).values)

    def at(self, places: Tensor) -> Slots:
        """Return the slots at places (N, H, K)."""
        return self.each(
            lambda x: (
                x.gather(2, places)
                if x.dim() == 3
                else x.gather(2, places[..., None].expand(-1, -1, -1, x.shape[3]))
            )
        )
