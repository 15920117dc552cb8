"""A matrix product at one position, of and for open channels alone, in numpy."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from genomes.networks.stepping.opened import Ends


class LinearStep:
    """Weights lie so that those of neighbouring channels do: a run of them is read in one go."""

    def __init__(self, weight: Tensor, bias: Tensor | None, ends: Ends) -> None:
        self.ends = ends
        self.bias = (weight.new_zeros(len(weight)) if bias is None else bias.detach()).numpy()
        rows = weight if ends.inputs is None else weight.t()  # of outputs, or of inputs
        self.rows = rows.contiguous().numpy()

    def __call__(self, place: int, x: Tensor) -> Tensor:
        """Map (1, F, 1) to (1, out, 1); closed outputs are zero."""
        values, ends = x.view(-1).numpy(), self.ends
        if ends.inputs is not None:
            found, spread = self.bias.copy(), ends.spread
            for part in ends.inputs.slices:
                wide = slice(part.start * spread, part.stop * spread)
                found += values[wide] @ self.rows[wide]
        elif ends.outputs is None:
            found = self.rows @ values + self.bias
        else:
            found = np.zeros_like(self.bias)
            for part in ends.outputs.slices:
                found[part] = self.rows[part] @ values + self.bias[part]
        return torch.from_numpy(found).view(1, -1, 1)
