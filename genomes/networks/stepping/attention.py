"""Attention at one position: keys and values of those before are kept, closed heads left out."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from genomes.networks.attention import turned
from genomes.networks.stepping.opened import Opened


class AttentionStep:
    """Heads of a weight (H, C, 3, D) with their memory of `length` positions.

    A head that `opened` has closed computes nothing, and its place in the memory stays unseen.
    """

    def __init__(
        self,
        weight: Tensor,
        length: int,
        window: int,
        angles: Tensor | None,
        opened: Opened | None,
    ) -> None:
        heads, inputs, _, size = weight.shape
        self.window, self.angles, self.size = window, angles, size
        self.closes = opened is not None
        self.opened = Opened(heads, (heads,)) if opened is None else opened
        self.weight = weight.permute(0, 2, 3, 1).reshape(heads, 3 * size, inputs).contiguous()
        self.keys, self.values = weight.new_zeros(2, heads, length, size)
        self.seen = torch.zeros(heads, 1, length, dtype=torch.bool, device=weight.device)

    def __call__(self, place: int, x: Tensor, marks: Tensor | None = None) -> Tensor:
        """Map (1, C, 1) to (1, H, D, 1); raise IndexError beyond the length of the memory."""
        if place == 0:
            self.seen.zero_()
        found = x.new_zeros(len(self.weight), 1, self.size)
        values, near = x.view(-1), slice(max(0, place + 1 - self.window), place + 1)
        for heads in self.opened.slices:
            weight = self.weight[heads]
            parts = torch.mv(weight.view(-1, len(values)), values).view(len(weight), 3, self.size)
            q, k, v = parts.unbind(1)
            if self.angles is not None:
                q, k = turned(torch.stack((q, k)), self.angles[place]).unbind(0)
            self.keys[heads, place], self.values[heads, place] = k, v
            seen = None
            if self.closes:
                self.seen[heads, 0, place] = True
                seen = self.seen[heads, :, near]
            found[heads] = F.scaled_dot_product_attention(
                q[:, None], self.keys[heads, near], self.values[heads, near], attn_mask=seen
            )
        return found.view(1, len(self.weight), self.size, 1)
