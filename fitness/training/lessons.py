"""What teachers say of a training's batches, and what it costs a network to differ from them.

Teachers see each batch as the network does, augmented (Beyer et al. 2022,
https://arxiv.org/abs/2106.05237). What an answer is, and a distance between two, is the target's.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fitness.target import Target
from fitness.training.forward import forward
from fitness.training.numerics import Numerics
from genomes.networks.network import Network


class Lessons:
    """Teachers with their weights, in evaluation mode, on the device of the training."""

    def __init__(
        self,
        networks: Sequence[Network],
        temperature: float,
        weight: float,
        target: Target,
        numerics: Numerics,
    ) -> None:
        self.networks = [network.eval().requires_grad_(False) for network in networks]
        self.temperature, self.weight = temperature, weight
        self.target, self.numerics = target, numerics

    def mixed(self, loss: Tensor, outputs: Tensor, x: Tensor, y: Tensor) -> Tensor:
        """Return the loss (0-dim) of the data and of the teachers by their weights.

        `outputs` are the network's for the batch `x` (B, ...) with encoded targets `y`.
        """
        taught = self.target.teaching_loss(outputs, self.answers(x), y, self.temperature)
        return (1.0 - self.weight) * loss + self.weight * taught

    @torch.no_grad()
    def answers(self, x: Tensor) -> Tensor:
        """Return the mean of the teachers' softened answers to a batch."""
        answers = [
            self.target.softened(forward(network, x, self.numerics), self.temperature)
            for network in self.networks
        ]
        return torch.stack(answers).mean(0)

    def flops(self) -> int:
        """Return what it costs to ask them for one example."""
        return sum(network.spec.flops() for network in self.networks)
