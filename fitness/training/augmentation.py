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

from genomes.genes.registry import UnknownName, suggest

SHIFT_SHARE = 14  # one pixel of shift per 14 pixels of side, at least one
ERASED_SHARE = 4  # the erased square's side is a quarter of the image's


class Augmentation(Protocol):
    """A batch (B, C, H, W) and a CPU generator in, a batch of the same shape and type out."""

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor: ...


def shift(x: Tensor, generator: torch.Generator) -> Tensor:
    """Move each image by up to a fourteenth of its side; what enters is zero."""
    count, channels, height, width = x.shape
    radius_y, radius_x = (max(1, side // SHIFT_SHARE) for side in (height, width))
    padded = F.pad(x.contiguous(), (radius_x, radius_x, radius_y, radius_y))
    row, image = padded.shape[3], padded.shape[2] * padded.shape[3]
    dy = torch.randint(2 * radius_y + 1, (count, 1), generator=generator)
    dx = torch.randint(2 * radius_x + 1, (count, 1), generator=generator)
    # A window is one run of memory, from its first pixel to its last, cut out at any offset.
    run = (height - 1) * row + width
    runs = padded.as_strided((padded.numel() - run + 1, run), (1, 1))
    starts = torch.arange(count * channels).view(count, channels) * image + dy * row + dx
    windows = runs.index_select(0, starts.view(-1).to(x.device, non_blocking=True))
    return windows.as_strided(x.shape, (channels * run, run, row, 1)).contiguous()


def flip(x: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror each image left to right with a chance of one half."""
    mirrored = torch.randint(2, (len(x),), generator=generator).nonzero().squeeze(1)
    mirrored = mirrored.to(x.device, non_blocking=True)
    return x.index_copy(0, mirrored, x.index_select(0, mirrored).flip(3))


def erase(x: Tensor, generator: torch.Generator) -> Tensor:
    """Zero a square of a quarter of the side around a random pixel (DeVries & Taylor 2017)."""
    inside = []
    for dimension, side in ((2, x.shape[2]), (3, x.shape[3])):
        size = math.ceil(side / ERASED_SHARE)
        centre = torch.randint(side, (len(x), 1), generator=generator)
        first = centre.to(x.device, non_blocking=True) - size // 2
        position = torch.arange(side, device=x.device)
        within = (position >= first) & (position < first + size)  # (B, side)
        inside.append(within[:, None, :, None] if dimension == 2 else within[:, None, None, :])
    return x.masked_fill(inside[0] & inside[1], 0)


PARTS: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "shift": shift,
    "flip": flip,
    "erase": erase,
}


def augmentation(name: str, strength: float = 1.0) -> Augmentation | None:
    """Return the augmentation of that name, None for `none`; raise `UnknownName` for others.

    `strength` is the chance of an image to be augmented at all; at one, no numbers are drawn for
    it.
    """
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
        augmented = x
        for part in parts:
            augmented = PARTS[part](augmented, generator)
        return augmented if strength >= 1.0 else _mixed(x, augmented, strength, generator)

    return apply


def _mixed(x: Tensor, other: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Take each image from `other` with a chance of `share`, else from `x`."""
    chosen = (torch.rand(len(x), generator=generator) < share).to(x.device, non_blocking=True)
    return torch.where(chosen.view(-1, 1, 1, 1), other, x)
