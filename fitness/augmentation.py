"""Augmentation of whole batches on the device: random shift, flip, erasing.

A name joins its parts by hyphens, applied in that order: `flip-shift` flips, then shifts. Random
numbers are drawn from a CPU generator, so they are the same on every device.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from genomes.registry import UnknownName, suggest

SHIFT_SHARE = 14  # one pixel of shift per 14 pixels of side, at least one
ERASED_SHARE = 4  # the erased square's side is a quarter of the image's


class Augmentation(Protocol):
    """A batch (B, C, H, W) and a CPU generator in, a batch of the same shape and type out."""

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor: ...


def shift(x: Tensor, generator: torch.Generator) -> Tensor:
    """Move each image by up to a fourteenth of its side; what enters is zero."""
    radius_y, radius_x = (max(1, side // SHIFT_SHARE) for side in x.shape[-2:])
    padded = F.pad(x, (radius_x, radius_x, radius_y, radius_y))
    windows = padded.unfold(2, x.shape[2], 1).unfold(3, x.shape[3], 1)  # (B, C, dy, dx, H, W)
    dy = _draw(len(x), 2 * radius_y + 1, generator, x.device)
    dx = _draw(len(x), 2 * radius_x + 1, generator, x.device)
    return windows[torch.arange(len(x), device=x.device), :, dy, dx]


def flip(x: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror each image left to right with a chance of one half."""
    mirrored = _draw(len(x), 2, generator, x.device).bool().view(-1, 1, 1, 1)
    return torch.where(mirrored, x.flip(3), x)


def erase(x: Tensor, generator: torch.Generator) -> Tensor:
    """Zero a square of a quarter of the side around a random pixel (DeVries & Taylor 2017)."""
    inside = []
    for dimension, side in ((2, x.shape[2]), (3, x.shape[3])):
        size = math.ceil(side / ERASED_SHARE)
        first = _draw(len(x), side, generator, x.device).view(-1, 1) - size // 2
        position = torch.arange(side, device=x.device)
        within = (position >= first) & (position < first + size)  # (B, side)
        inside.append(within[:, None, :, None] if dimension == 2 else within[:, None, None, :])
    return x.masked_fill(inside[0] & inside[1], 0)


PARTS: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "shift": shift,
    "flip": flip,
    "erase": erase,
}


def augmentation(name: str) -> Augmentation | None:
    """Return the augmentation of that name, None for `none`; raise `UnknownName` for others."""
    if name == "none":
        return None
    parts = name.split("-")
    for part in parts:
        if part not in PARTS:
            raise UnknownName(suggest("augmentation", part, ["none", *PARTS]))

    def apply(x: Tensor, generator: torch.Generator) -> Tensor:
        if x.ndim != 4:
            raise ValueError(
                f"received inputs of shape {tuple(x.shape[1:])}, but augmentation {name!r} needs "
                "images (channels, height, width); use 'none'"
            )
        for part in parts:
            x = PARTS[part](x, generator)
        return x

    return apply


def _draw(count: int, below: int, generator: torch.Generator, device: torch.device) -> Tensor:
    return torch.randint(below, (count,), generator=generator).to(device, non_blocking=True)
