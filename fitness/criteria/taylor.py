"""Pruning criterion `taylor`: how much the loss would change, to first order.

Molchanov et al. (2017), https://arxiv.org/abs/1611.06440, equation 8: the mean over positions of
activation times gradient, absolute, averaged over examples. For a weight: weight times gradient,
absolute, which ranks like its square, the first-order importance of Molchanov et al. (2019),
https://arxiv.org/abs/1906.10771.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from fitness.activation_probe import ActivationProbe, mean_effect


def channel_scores(probe: ActivationProbe) -> Mapping[str, Tensor]:
    """Return the estimated change of the loss without each channel (C,) by site."""
    return {
        site.name: torch.stack(
            [
                mean_effect(probe.outputs[name] * probe.gradients[name])
                for name in probe.masked(site.name)
            ]
        ).sum(0)
        for site in probe.network.spec.sites
    }


def weight_scores(probe: ActivationProbe) -> Mapping[str, Tensor]:
    """Return the estimated change of the loss without each weight by node."""
    return {name: (weight * probe.gradients[name]).abs() for name, weight in probe.weights.items()}
