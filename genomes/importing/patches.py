"""Patches of a picture that are laid out as features: a linear layer of them is a convolution."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from genomes.graph.shapes import Shape
from genomes.importing.values import Value


@dataclass(frozen=True, eq=False)
class Patches:
    """Rows that are the patches of a picture (C, H, W) or a sequence (C, L), next to each other.

    `sides` are those of a patch; `order` (F,) says where a row has the places of each channel.
    """

    sides: Shape
    order: Tensor

    @classmethod
    def of(cls, table: Value) -> Patches | None:
        """Read what rows (R, F) of numbers of a node are; None if they are no patches."""
        if len(table.source) < 2 or len(table.shape) != 2:
            return None
        places = torch.stack(torch.unravel_index(table.index, table.source))  # (axes, R, F)
        sides = tuple(int(along[0].max()) + 1 for along in places[1:])
        grid = [whole // side for whole, side in zip(table.source[1:], sides, strict=True)]
        fits = all(w == n * s for w, n, s in zip(table.source[1:], grid, sides, strict=True))
        if (
            not fits
            or prod(sides) == 1
            or table.shape != (prod(grid), table.source[0] * prod(sides))
        ):
            return None
        corners = torch.cartesian_prod(
            *(torch.arange(n) * s for n, s in zip(grid, sides, strict=True))
        )
        moved = places[:, :1].clone().expand_as(places).clone()
        moved[1:] += corners.view(len(corners), -1).t()[:, :, None]
        order = torch.argsort(table.index[0])
        return cls(sides, order) if torch.equal(moved, places) else None
