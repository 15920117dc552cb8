"""All parameters of a network in one flat tensor, all gradients in another.

The optimizer, the gradient norm and clipping then cost one kernel instead of one per layer, which
for small networks is a good part of a step. The flat tensors have two parts: weights, which decay,
and all vectors (biases, affine parameters of norms), which do not.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class FlatParameters:
    """The parameters of `network`, moved into one flat tensor of which they stay views."""

    @torch.no_grad()
    def __init__(self, network: nn.Module) -> None:
        ordered = sorted(network.parameters(), key=lambda parameter: parameter.ndim < 2)
        sizes = [parameter.numel() for parameter in ordered]
        device, kind = ordered[0].device, ordered[0].dtype
        self.values = torch.zeros(sum(sizes), device=device, dtype=kind)
        self.gradients = torch.zeros_like(self.values)
        pieces = zip(
            torch.split(self.values, sizes), torch.split(self.gradients, sizes), strict=True
        )
        for parameter, (value, gradient) in zip(ordered, pieces, strict=True):
            layout = parameter.shape, parameter.stride()  # keeps the memory format
            parameter.data = value.as_strided(*layout, value.storage_offset()).copy_(parameter)
            parameter.grad = gradient.as_strided(*layout, gradient.storage_offset())
        decayed = sum(parameter.numel() for parameter in ordered if parameter.ndim >= 2)
        self.decayed = self._part(slice(0, decayed))
        self.plain = self._part(slice(decayed, None))

    def _part(self, part: slice) -> nn.Parameter:
        parameter = nn.Parameter(self.values[part])
        parameter.grad = self.gradients[part]
        return parameter

    def weight_part(self, flat: Tensor, weight: Tensor) -> Tensor:
        """View what a tensor laid out as `decayed`, such as its momentum, holds for a weight."""
        start = flat.storage_offset() + weight.storage_offset()
        return flat.as_strided(weight.shape, weight.stride(), start)

    def clip_gradients_(self, maximum: float) -> Tensor:
        """Scale the gradients in place to at most this norm; return the norm before (0-dim)."""
        norm: Tensor = torch.linalg.vector_norm(self.gradients)
        self.gradients.mul_(torch.clamp_max(maximum / (norm + 1e-6), 1.0))
        return norm
