"""Pruning criterion `movement`: weights that have moved away from zero matter.

Sanh et al. (2020), https://arxiv.org/abs/2005.07683, equation 6: minus the sum over all updates of
weight times gradient. Here the updates are those that the optimizer made, momentum and decay
included: the sum of each step times the mean of the weight before and after it, which is exactly
half of the square of the weight now less that at birth. So only birth weights are kept, and no
gradient is computed.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from fitness.activation_probe import ActivationProbe

NEEDS_BIRTH_WEIGHTS = True


def channel_scores(probe: ActivationProbe) -> Mapping[str, Tensor]:
    """Return the mean movement of each channel's filters (C,) by site, zero for the least."""
    moved = _movement(probe)
    channels = probe.network.spec.channels
    scores = {}
    for site in probe.network.spec.sites:
        names = [name for name in moved if channels.site(name) == site.name]
        rows = [probe.by_output(name, moved[name]).flatten(1).mean(1) for name in names]
        scores[site.name] = torch.stack(rows).sum(0)
    return {name: score - score.min() for name, score in scores.items()}


def weight_scores(probe: ActivationProbe) -> Mapping[str, Tensor]:
    """Return the movement of each weight by node, zero for the least of its layer."""
    return {name: moved - moved.min() for name, moved in _movement(probe).items()}


def _movement(probe: ActivationProbe) -> dict[str, Tensor]:
    born = probe.birth_weights
    return {
        name: (weight.square() - born[name].square()) / 2 for name, weight in probe.weights.items()
    }
