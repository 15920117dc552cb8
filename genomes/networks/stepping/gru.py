"""Gated recurrent units at one position: their state is all that is kept, in numpy."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from genomes.networks.gru import Gru


class GruStep:
    """The state of the units after the last position."""

    def __init__(self, module: Gru) -> None:
        tensors = (tensor.detach().contiguous().numpy() for tensor in module.joined())
        self.weight, self.recurrent, self.bias, self.recurrent_bias = tensors
        self.state = np.zeros(self.recurrent.shape[1], self.recurrent.dtype)

    def __call__(self, place: int, x: Tensor) -> Tensor:
        """Map (1, C, 1) to (1, H, 1)."""
        if place == 0:
            self.state = np.zeros_like(self.state)
        given = self.weight @ x.view(-1).numpy() + self.bias
        recalled = self.recurrent @ self.state + self.recurrent_bias
        units = len(self.state)
        gates = 0.5 + 0.5 * np.tanh(0.5 * (given + recalled)[: 2 * units])  # the sigmoid
        reset, keep = gates[:units], gates[units:]
        candidate = np.tanh(given[2 * units :] + reset * recalled[2 * units :])
        self.state = candidate + keep * (self.state - candidate)
        return torch.from_numpy(self.state).view(1, -1, 1)
