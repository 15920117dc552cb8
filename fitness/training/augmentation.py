"""Augmentation of whole batches on the device: of images random shift, crop, flip, erasing.

Those of signals are in `fitness.training.signal_augmentation`. A name joins its parts by hyphens,
applied in that order: `flip-shift` flips, then shifts. Random numbers are drawn from a CPU
generator, so they are the same on every device.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from fitness.training import signal_augmentation
from genomes.genes.registry import UnknownName, suggest

SHIFT_SHARE = 14  # one pixel of shift per 14 pixels of side, at least one
CROP_SHARE = 8  # of padding before a crop: 4 pixels of 32, as He et al. (2015) do
ERASED_SHARE = 4  # the erased square's side is a quarter of the image's


class Augmentation(Protocol):
    """A batch (B, C, ...) and a CPU generator in, a batch of the same shape and type out."""

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor: ...


def shift(x: Tensor, generator: torch.Generator) -> Tensor:
    """Move each image by up to a fourteenth of its side; what enters is zero."""
    return _moved(x, generator, SHIFT_SHARE)


def crop(x: Tensor, generator: torch.Generator) -> Tensor:
    """Pad each image with zeros by an eighth of its side and cut its size out anywhere."""
    return _moved(x, generator, CROP_SHARE)


def _moved(x: Tensor, generator: torch.Generator, share: int) -> Tensor:
    count, channels, height, width = x.shape
    radius_y, radius_x = (max(1, side // share) for side in (height, width))
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


Part = Callable[[Tensor, torch.Generator], Tensor]
IMAGES: Mapping[str, Part] = {"shift": shift, "crop": crop, "flip": flip, "erase": erase}
SIGNALS: Mapping[str, Part] = {
    "shift": signal_augmentation.shift,
    "scale": signal_augmentation.scale,
    "noise": signal_augmentation.noise,
    "erase": signal_augmentation.erase,
}
# What can be augmented: its parts by the dimensions of a batch, and its shape in words.
AUGMENTED: Mapping[int, tuple[Mapping[str, Part], str]] = {
    4: (IMAGES, "images (channels, height, width)"),
    3: (SIGNALS, "signals (channels, length)"),
}


def augmentation(name: str, strength: float = 1.0) -> Augmentation | None:
    """Return the augmentation of that name, None for `none`; raise `UnknownName` for others.

    Raises ValueError where no kind of input has all parts.

    `strength` is the chance of an example to be augmented at all; at one, no numbers are drawn for
    it.
    """
    if name == "none":
        return None
    parts = name.split("-")
    for part in parts:
        if part not in (known := [*IMAGES, *SIGNALS]):
            raise UnknownName(suggest("augmentation", part, ["none", *dict.fromkeys(known)]))
    fitting = {n: kind for n, kind in AUGMENTED.items() if kind[0].keys() >= {*parts}}
    if not fitting:
        raise ValueError(f"received augmentation {name!r}, with parts of images and of signals")

    def apply(x: Tensor, generator: torch.Generator) -> Tensor:
        if x.ndim not in fitting:
            needed = " or ".join(shape for _, shape in fitting.values())
            raise ValueError(
                f"received inputs of shape {tuple(x.shape[1:])}, but augmentation {name!r} needs "
                f"{needed}; use 'none'"
            )
        augmented, functions = x, fitting[x.ndim][0]
        for part in parts:
            augmented = functions[part](augmented, generator)
        return augmented if strength >= 1.0 else _mixed(x, augmented, strength, generator)

    return apply


def _mixed(x: Tensor, other: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Take each example from `other` with a chance of `share`, else from `x`."""
    chosen = (torch.rand(len(x), generator=generator) < share).to(x.device, non_blocking=True)
    return torch.where(chosen.view(-1, *[1] * (x.ndim - 1)), other, x)
