"""How far what a learning rule asks of weights is from the gradient (Lillicrap et al. 2016).

Where the angle is below 90 degrees, a small step lowers the loss.
"""

from __future__ import annotations

from collections.abc import Callable
from math import acos, degrees

import torch.nn.functional as F
from torch import Tensor

from fitness.training.credit.rule import Credit
from fitness.training.flat import FlatParameters
from genomes.networks.network import Network


def angles(
    credit: Credit,
    network: Network,
    parameters: FlatParameters,
    by_rule: Callable[[], None],
    by_loss: Callable[[], None],
) -> dict[str, float]:
    """Return the angle in degrees at the weight of each layer that the rule stands at, by node.

    Both functions add gradients for the same batch; the network is in evaluation mode, and its
    gradients are zero afterwards. Where either is zero there is no angle.
    """
    network.eval()
    found = []
    for passed in (by_rule, by_loss):
        parameters.gradients.zero_()
        passed()
        found.append({name: _direction(layer.weight) for name, layer in credit.layers.items()})
    parameters.gradients.zero_()
    return {
        f"angle.{name}": degrees(acos(max(-1.0, min(1.0, float(asked @ true)))))
        for name, asked in found[0].items()
        for true in [found[1][name]]
        if bool(asked.any()) and bool(true.any())
    }


def _direction(weight: Tensor) -> Tensor:
    """Return the gradient of a weight as a vector of length one, or of zeros."""
    assert weight.grad is not None  # a view of the flat one
    return F.normalize(weight.grad.flatten().double(), dim=0)
