"""A matrix product at one position, of and for open channels alone."""

from __future__ import annotations

import torch
from torch import Tensor

from genomes.networks.stepping.opened import Ends


class LinearStep:
    """Weights lie so that those of neighbouring channels do: a run of them is read in one go."""

    def __init__(self, weight: Tensor, bias: Tensor | None, ends: Ends) -> None:
        self.ends = ends
        self.bias = weight.new_zeros(len(weight)) if bias is None else bias
        reads_some = ends.inputs is not None
        self.weight = weight.t().contiguous() if reads_some else weight.contiguous()

    def __call__(self, place: int, x: Tensor) -> Tensor:
        """Map (1, F, 1) to (1, out, 1); closed outputs are zero."""
        values = x.view(-1)
        if self.ends.inputs is not None:
            return self._of_open(values).view(1, -1, 1)
        if self.ends.outputs is None:
            return torch.addmv(self.bias, self.weight, values).view(1, -1, 1)
        found = torch.zeros_like(self.bias)
        for part in self.ends.outputs.slices:
            torch.addmv(self.bias[part], self.weight[part], values, out=found[part])
        return found.view(1, -1, 1)

    def _of_open(self, values: Tensor) -> Tensor:
        assert self.ends.inputs is not None
        found, spread = self.bias.clone(), self.ends.spread
        for part in self.ends.inputs.slices:
            wide = slice(part.start * spread, part.stop * spread)
            found.addmv_(self.weight[wide].t(), values[wide])
        return found
