"""Augmentation of signals, whole batches (B, C, L) on the device: shift, scaling, noise, erasing.

All act on each channel around its own mean, so an offset of a sensor stays what it is. Random
numbers are drawn from a CPU generator, so they are the same on every device.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

SHIFT_SHARE = 10  # one place of shift per ten of length, at least one
ERASED_SHARE = 8  # the erased span's length is an eighth of the signal's
LARGEST_FACTOR = 1.25  # by which a signal grows; the least is its inverse
NOISE_SHARE = 0.05  # of a channel's own deviation
NOISES = 65536  # numbers of noise in a batch, of which each channel gets another window


def shift(x: Tensor, generator: torch.Generator) -> Tensor:
    """Move each signal by up to a tenth of its length; what enters repeats the end."""
    count, channels, length = x.shape
    radius = max(1, length // SHIFT_SHARE)
    padded = F.pad(x.contiguous(), (radius, radius), mode="replicate").view(-1)
    row = length + 2 * radius
    moved = torch.randint(2 * radius + 1, (count, 1), generator=generator)
    starts = torch.arange(count * channels).view(count, channels) * row + moved
    return _windows(padded, starts, length)


def scale(x: Tensor, generator: torch.Generator) -> Tensor:
    """Multiply what each signal makes about its mean by a factor of up to 1.25, or divide it."""
    drawn = torch.rand((len(x), 1, 1), generator=generator, dtype=torch.float64)
    factor = ((2.0 * drawn - 1.0) * math.log(LARGEST_FACTOR)).exp()
    mean = x.mean(2, keepdim=True)
    return mean + (x - mean) * factor.to(x.device, x.dtype, non_blocking=True)


def noise(x: Tensor, generator: torch.Generator) -> Tensor:
    """Add normal noise of a twentieth of each channel's own deviation."""
    count, channels, length = x.shape
    run = torch.randn(NOISES + length - 1, generator=generator)
    starts = torch.randint(NOISES, (count, channels), generator=generator)
    drawn = _windows(run.to(x.device, x.dtype, non_blocking=True), starts, length)
    return drawn.mul_(NOISE_SHARE * x.std(2, correction=0, keepdim=True)).add_(x)


def erase(x: Tensor, generator: torch.Generator) -> Tensor:
    """Set an eighth of each signal, around a random time, to each channel's mean.

    Time masking of SpecAugment (Park et al. 2019, https://arxiv.org/abs/1904.08779).
    """
    length = x.shape[2]
    span = math.ceil(length / ERASED_SHARE)
    centre = torch.randint(length, (len(x), 1, 1), generator=generator)
    first = centre.to(x.device, non_blocking=True) - span // 2
    position = torch.arange(length, device=x.device)
    within = (position >= first) & (position < first + span)  # (B, 1, L)
    return torch.where(within, x.mean(2, keepdim=True), x)


def _windows(run: Tensor, starts: Tensor, length: int) -> Tensor:
    """Cut windows of a length out of a run of numbers: (B, C, length) for starts (B, C)."""
    windows = run.as_strided((run.numel() - length + 1, length), (1, 1))
    found = windows.index_select(0, starts.view(-1).to(run.device, non_blocking=True))
    return found.view(*starts.shape, length)
