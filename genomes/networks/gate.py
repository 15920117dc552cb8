"""Gates: which groups of channels an input needs, decided from a summary of it.

The threshold lets gradients pass as if it were not there (the straight-through estimator, Bengio
et al. 2013, https://arxiv.org/abs/1308.3432)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genomes.networks.layers import Reader

REMEMBERED = 0.95  # of the history at every step
OPEN_AT_FIRST = 2.0  # how far above its threshold a gate starts, before the sigmoid


class Gate(Reader):
    """Marks of an input from a summary c of it: 1 where sigmoid(W e + U h + b) > threshold.

    e = tanh(E c); h blends the running mean of e (`past`) with what a memory of patterns holds
    that is like e. Both change by `remember` alone.
    """

    past: Tensor
    patterns: Tensor

    def __init__(self, features: int, marks: int, size: int, memory: int, *, threshold: float,
                 blend: float) -> None:  # fmt: skip
        super().__init__()
        self.threshold, self.blend = threshold, blend
        self.weight = nn.Parameter(torch.empty(size, features))
        self.context = nn.Parameter(torch.zeros(marks, size))
        self.history = nn.Parameter(torch.zeros(marks, size))
        self.bias = nn.Parameter(torch.full((marks,), logit(threshold) + OPEN_AT_FIRST))
        self.register_buffer("past", torch.zeros(size))
        self.register_buffer("patterns", torch.zeros(memory, size))
        self.seen: tuple[Tensor, Tensor] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, ...) to marks (N, M); in training, keep what was computed."""
        summary = x.flatten(2).mean(2) if x.dim() > 2 else x
        embedded = torch.tanh(F.linear(summary, self.weight))  # (N, size)
        likeness = F.linear(embedded, self.patterns) / self.past.numel() ** 0.5
        recalled = torch.softmax(likeness, 1) @ self.patterns
        history = (1.0 - self.blend) * self.past + self.blend * recalled
        drive = F.linear(embedded, self.context, self.bias) + F.linear(history, self.history)
        marks = torch.sigmoid(drive)
        opened = (marks > self.threshold).to(marks.dtype)
        if not self.training:
            return opened
        self.seen = embedded, marks
        return opened + (marks - marks.detach())

    @torch.no_grad()
    def remember(self, best: Tensor, step: int) -> None:
        """Take the last batch into the history, and its example number `best` (0-dim) into memory.

        Each step's pattern takes the place of the oldest.
        """
        assert self.seen is not None
        embedded = self.seen[0].detach().to(self.past.dtype)
        self.past.lerp_(embedded.mean(0), 1.0 - REMEMBERED)
        self.patterns[step % len(self.patterns)] = embedded.index_select(0, best.view(1))[0]
        self.seen = None


def logit(share: float) -> float:
    """Return what the sigmoid makes the share of, which is kept from 0 and 1."""
    share = min(max(share, 0.01), 0.99)
    return math.log(share / (1.0 - share))
