"""Experts at one position: only those that the router chooses are read, in numpy."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from genomes.networks.experts import Experts


class ExpertsStep:
    """Keeps nothing of positions before."""

    def __init__(self, module: Experts) -> None:
        self.module = module
        tensors = module.weight, module.inner, module.inner_bias, module.outer, module.outer_bias
        arrays = (tensor.detach().contiguous().numpy() for tensor in tensors)
        self.router, self.inner, self.inner_bias, self.outer, self.outer_bias = arrays

    def __call__(self, place: int, x: Tensor) -> Tensor:
        """Map (1, C, 1) to (1, O, 1)."""
        values = x.view(-1).numpy()
        scores = self.router @ values
        sent = np.argsort(-scores, kind="stable")[: self.module.chosen]
        shares = np.exp(scores[sent] - scores[sent[0]])
        shares /= shares.sum()
        found = np.zeros_like(self.outer_bias[0])
        for expert, share in zip(sent.tolist(), shares, strict=True):
            hidden = torch.from_numpy(self.inner[expert] @ values + self.inner_bias[expert])
            hidden = self.module.function(hidden)
            found += share * (self.outer[expert] @ hidden.numpy() + self.outer_bias[expert])
        return torch.from_numpy(found).view(1, -1, 1)
