"""Learning rule `direct-feedback-alignment`: the output's error reaches each layer directly.

Nøkland 2016, https://arxiv.org/abs/1609.01596. What comes into a layer is told the error of the
outputs through a fixed random matrix of its own, scaled so that the weights before it learn at the
pace of a layer with one position. Where the outputs are those of positions, each position is told
its own error. Skip connections hand errors on as they are.
"""

from __future__ import annotations

from math import prod, sqrt

import torch
from torch import Tensor

from fitness.training.credit.hidden import Hidden, at_positions
from fitness.training.credit.rule import LossOf


class Direct(Hidden):
    """Adds to the loss, for each hidden value, its product with what it is told."""

    def backward(self, paid: Tensor, outputs: Tensor, y: Tensor, loss_of: LossOf) -> None:
        (error,) = torch.autograd.grad(paid, outputs, retain_graph=True)
        total = paid
        for name, x in self.taken():
            total = total + (x.float() * self._told(name, x, error.float())).sum()
        total.backward()  # type: ignore[no-untyped-call]

    def _told(self, name: str, x: Tensor, error: Tensor) -> Tensor:
        """Return what a hidden value (B, ...) takes for the gradient of the loss."""
        if at_positions(x, error):
            matrix = self.fixed(name, (x.shape[1], error.shape[1]), error)
            return torch.einsum("cv,bvl->bcl", matrix, error) / sqrt(error.shape[1])
        flat = error.flatten(1)
        matrix = self.fixed(name, (flat.shape[1], prod(x.shape[1:])), error)
        scale = sqrt(flat.shape[1] * prod(x.shape[2:]))
        return (flat @ matrix / scale).view(x.shape)


RULE = Direct
