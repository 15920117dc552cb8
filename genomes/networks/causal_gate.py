"""Gates of a sequence: at each position, which groups of a layer's channels it needs.

The threshold lets gradients pass as if it were not there (the straight-through estimator, Bengio
et al. 2013, https://arxiv.org/abs/1308.3432).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genomes.networks.gate import OPEN_AT_FIRST, logit
from genomes.networks.layers import Reader


class CausalGate(Reader):
    """Marks of each position: 1 where sigmoid(W_c tanh(c) + W_h tanh(h) + b) > threshold.

    c is the mean of the projected embeddings up to the position, h the mean of the projected
    inputs of the layer, which fade by half in `half_life` positions. Rows of the weight project
    embeddings first, then inputs. What comes later, and other examples, have no part in it.
    """

    means: Tensor

    def __init__(self, features: int, marks: int, size: int, length: int, *, threshold: float,
                 half_life: float, pressure: float) -> None:  # fmt: skip
        super().__init__()
        self.threshold, self.half_life, self.pressure = threshold, half_life, pressure
        self.weight = nn.Parameter(torch.empty(2 * size, features))
        self.context = nn.Parameter(torch.zeros(marks, size))
        self.history = nn.Parameter(torch.zeros(marks, size))
        self.bias = nn.Parameter(torch.full((marks,), logit(threshold) + OPEN_AT_FIRST))
        means = torch.stack((_means(length), _means(length, half_life)))
        self.register_buffer("means", means, persistent=False)
        self.seen: Tensor | None = None

    def rows(self) -> list[Tensor]:
        return list(self.weight.chunk(2))

    def forward(self, x: Tensor, embeddings: Tensor) -> Tensor:
        """Map (N, C, L) each to marks (N, M, L); in training, keep how far they were open."""
        size, length = self.context.shape[1], x.shape[2]
        so_far, decayed = self.means[:, :length, :length].unbind(0)
        context = so_far @ F.linear(embeddings.transpose(1, 2), self.weight[:size])
        history = decayed @ F.linear(x.transpose(1, 2), self.weight[size:])
        marks = torch.sigmoid(self.drive(context, history)).transpose(1, 2)
        opened = (marks > self.threshold).to(marks.dtype)
        if not self.training:
            return opened
        self.seen = marks
        return opened + (marks - marks.detach())

    def drive(self, context: Tensor, history: Tensor) -> Tensor:
        """Return what goes into the sigmoid, (..., M), of both means (..., size)."""
        found = F.linear(torch.tanh(context), self.context, self.bias)
        return found + F.linear(torch.tanh(history), self.history)


def _means(length: int, half_life: float | None = None) -> Tensor:
    """Return by what each position weighs those up to it, (L, L): all alike, or less and less."""
    place = torch.arange(length)
    ago = (place[:, None] - place).clamp_min(0)
    weights = torch.ones(length, length) if half_life is None else 0.5 ** (ago / half_life)
    weights = weights.tril()
    return weights / weights.sum(1, keepdim=True)
