"""Gated recurrent units over a sequence (Cho et al. 2014, https://arxiv.org/abs/1406.1078).

As torch computes them: gates r and z, a candidate n, then h = (1 - z) n + z h.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from genomes.graph.shapes import Shape
from genomes.networks.layers import LayerMasks, Weighted


class Gru(Weighted):
    """Units of sequences (N, C, L); the weight is (H, C, 3), of r, z and n, `recurrent` (H, H, 3).

    A masked unit is zero at every position, for itself and for all others.
    """

    live: Tensor | None

    def __init__(self, tensors: Mapping[str, Shape]) -> None:
        super().__init__(tensors, self._run)
        self.recurrent = nn.Parameter(torch.empty(tensors["recurrent"]))
        self.recurrent_bias = nn.Parameter(torch.zeros(tensors["recurrent_bias"]))
        self.register_buffer("live", None, persistent=False)

    def rows(self) -> list[Tensor]:
        return [*self.weight.unbind(2), *self.recurrent.unbind(2)]

    def follow(self, masks: LayerMasks) -> None:
        super().follow(masks)
        self.live = masks.features()

    def joined(self) -> list[Tensor]:
        """Return the weights as torch wants them, (3 H, C) and (3 H, H), and biases (3 H,).

        Of a masked unit all are zero: its candidate is zero, and zero is what it keeps.
        """
        assert self.bias is not None
        tensors = self.weight, self.recurrent, self.bias, self.recurrent_bias
        found = []
        for tensor in tensors:
            by_gate = tensor.movedim(-1, 0)  # (3, H, ...)
            if self.live is not None:
                by_gate = by_gate * self.live.view(-1, *[1] * (by_gate.dim() - 2))
            found.append(by_gate.flatten(0, 1))
        return found

    def _run(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        start = x.new_zeros(1, x.shape[0], weight.shape[0])
        sequence = x.permute(2, 0, 1)  # (L, N, C)
        found = torch.gru(
            sequence, start, self.joined(), True, 1, 0.0, self.training, False, False
        )
        return found[0].permute(1, 2, 0)
