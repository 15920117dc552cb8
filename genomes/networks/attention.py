"""What attention of any kind computes for its heads: queries, keys, values, turned by position."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def projected(x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return queries, keys and values (N, H, L, D) of a sequence (N, C, L) by (H, C, 3, D)."""
    heads, inputs, _, size = weight.shape
    joined = weight.permute(2, 0, 3, 1).reshape(-1, inputs)  # (3 * H * D, C)
    found = F.linear(x.transpose(1, 2), joined)  # (N, L, 3 * H * D)
    parts = found.view(*found.shape[:2], 3, heads, size)
    q, k, v = (part.transpose(1, 2) for part in parts.unbind(2))
    return q, k, v


def rotary_angles(size: int, length: int, base: float) -> Tensor:
    """Return what heads of a size are turned by at each position: (L, D / 2).

    Wavelengths are powers of the base.
    """
    half = size // 2
    return torch.arange(length)[:, None] * base ** (-torch.arange(half) / half)


def turned(x: Tensor, angles: Tensor) -> Tensor:
    """Turn numbers (..., L, D) by angles (L, D / 2); pairs lie in the two halves."""
    first, second = x.chunk(2, dim=-1)
    cosine, sine = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), dim=-1)


def near(length: int, window: int) -> Tensor:
    """Return which positions (L, L) see which: themselves and the `window` - 1 before."""
    return torch.ones(length, length, dtype=torch.bool).tril().triu(1 - window)
