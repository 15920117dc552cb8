"""A norm of one position, in numpy."""

from __future__ import annotations

import torch
from torch import Tensor


class NormStep:
    """Normalise channels by their root mean square, `centred` ones by their deviation.

    Without a weight nothing is scaled behind it.
    """

    def __init__(
        self, weight: Tensor | None, bias: Tensor | None, *, centred: bool, epsilon: float
    ) -> None:
        self.centred, self.epsilon = centred, epsilon
        self.weight = 1.0 if weight is None else weight.detach().numpy()
        self.bias = None if bias is None else bias.detach().numpy()

    def __call__(self, place: int, x: Tensor) -> Tensor:
        """Map (1, C, 1) to (1, C, 1)."""
        values = x.view(-1).numpy()
        if self.centred:
            values = values - values.mean()
        mean_square = float(values @ values) / len(values)
        found = values * self.weight
        found *= (mean_square + self.epsilon) ** -0.5
        if self.bias is not None:
            found = found + self.bias
        return torch.from_numpy(found).view(1, -1, 1)
