"""A gate at one position: two running sums instead of means over all that came before.

In numpy, for it is many small steps: torch takes several times as long for them.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from genomes.networks.causal_gate import CausalGate


class GateStep:
    """The state of a gate: the sum of what tokens so far said, and the fading one of a layer."""

    def __init__(self, gate: CausalGate) -> None:
        size = gate.context.shape[1]
        weight = gate.weight.detach().numpy()
        self.of_tokens, self.of_layer = weight[:size], weight[size:]
        sides = torch.cat((gate.context, gate.history), dim=1)
        self.sides, self.bias = sides.detach().numpy(), gate.bias.detach().numpy()
        self.least = _logit(gate.threshold)  # of what would go into the sigmoid
        self.fading = np.repeat([1.0, 0.5 ** (1.0 / gate.half_life)], size).astype(self.bias.dtype)
        self.sums, self.weights = np.zeros_like(self.fading), np.zeros_like(self.fading)

    def __call__(self, place: int, x: Tensor, embeddings: Tensor) -> Tensor:
        """Map (1, C, 1) each to marks (1, M, 1)."""
        if place == 0:
            self.sums, self.weights = np.zeros_like(self.sums), np.zeros_like(self.weights)
        tokens, layer = embeddings.view(-1).numpy(), x.view(-1).numpy()
        said = np.concatenate((self.of_tokens @ tokens, self.of_layer @ layer))
        self.sums = self.fading * self.sums + said
        self.weights = self.fading * self.weights + 1.0
        drive = self.sides @ np.tanh(self.sums / self.weights) + self.bias
        return torch.from_numpy((drive > self.least).astype(drive.dtype)).view(1, -1, 1)


def _logit(share: float) -> float:
    """Return what the sigmoid makes the share of."""
    if share in (0.0, 1.0):
        return -math.inf if share == 0.0 else math.inf
    return math.log(share / (1.0 - share))
