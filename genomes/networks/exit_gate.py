"""Early exit: a position that is sure enough of its token leaves the blocks that follow out.

By the confidence of Schuster et al. 2022 (CALM, https://arxiv.org/abs/2207.07061): the probability
of the likeliest token, by scores that all exits and the end share.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from genomes.networks.layers import Layer


class ExitGate(Layer):
    """One mark a position: 1 where the likeliest of scores (N, V, L) is below the confidence.

    In training all positions go on, and the scores pay their own loss, times `weight`.
    """

    charges = True

    def __init__(self, confidence: float, weight: float) -> None:
        super().__init__()
        self.confidence, self.weight = confidence, weight
        self.scores: Tensor | None = None

    def forward(self, scores: Tensor) -> Tensor:
        """Map scores (N, V, L) to marks (N, 1, L); in training, keep them."""
        if self.training:
            self.scores = scores
            return self.open(scores)
        likeliest = scores.softmax(1).amax(1, keepdim=True)
        return (likeliest < self.confidence).to(scores.dtype)

    def open(self, scores: Tensor) -> Tensor:
        """Return marks (N, 1, L) with which every position goes on."""
        return scores.new_ones(scores.shape[0], 1, scores.shape[2])

    def surcharge(self, loss_of: Callable[[Tensor], Tensor]) -> Tensor | None:
        """Return the loss of answering here."""
        scores, self.scores = self.scores, None
        return None if scores is None else self.weight * loss_of(scores)
