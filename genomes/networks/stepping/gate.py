"""A gate at one position: two running sums instead of means over all that came before."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from genomes.networks.causal_gate import CausalGate


class GateStep:
    """The state of a gate: the sum of what tokens so far said, and the fading one of a layer."""

    def __init__(self, gate: CausalGate) -> None:
        self.gate = gate
        self.fading = 0.5 ** (1.0 / gate.half_life)
        self.context = self.history = gate.context.new_zeros(gate.context.shape[1])
        self.weight = 0.0

    def __call__(self, place: int, x: Tensor, embeddings: Tensor) -> Tensor:
        """Map (1, C, 1) each to marks (1, M, 1)."""
        gate, size = self.gate, self.gate.context.shape[1]
        of_tokens = F.linear(embeddings.view(-1), gate.weight[:size])
        of_layer = F.linear(x.view(-1), gate.weight[size:])
        if place == 0:
            self.context, self.history, self.weight = of_tokens, of_layer, 1.0
        else:
            self.context = self.context + of_tokens
            self.history = self.fading * self.history + of_layer
            self.weight = self.fading * self.weight + 1.0
        drive = gate.drive(self.context / (place + 1), self.history / self.weight)
        return (torch.sigmoid(drive) > gate.threshold).to(x.dtype).view(1, -1, 1)
