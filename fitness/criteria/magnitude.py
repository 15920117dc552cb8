"""Pruning criterion `magnitude`: small weights matter little.

Channels by the L1 norm of their filters (Li et al. 2017, https://arxiv.org/abs/1608.08710),
weights by their absolute value (Han et al. 2015, https://arxiv.org/abs/1506.02626).
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from fitness.activation_probe import ActivationProbe


def channel_scores(probe: ActivationProbe) -> Mapping[str, Tensor]:
    """Return the mean absolute weight of each channel (C,) by site."""
    return {
        site.name: torch.stack(
            [weight.abs().flatten(1).mean(1) for weight in probe.producers(site.name)]
        ).sum(0)
        for site in probe.network.spec.sites
    }


def weight_scores(probe: ActivationProbe) -> Mapping[str, Tensor]:
    """Return absolute weights by node."""
    return {name: weight.abs() for name, weight in probe.weights.items()}
