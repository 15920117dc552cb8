"""Pruning criterion `activation-variance`: what hardly varies over examples tells them not apart.

Polyak & Wolf (2015), "Channel-level acceleration of deep face representations", for channels. A
weight counts as its absolute value times the standard deviation of the input it reads, after Wanda
(Sun et al. 2024, https://arxiv.org/abs/2306.11695).
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from fitness.activation_probe import ActivationProbe, per_channel
from genomes.networks.layers import Weighted


def channel_scores(probe: ActivationProbe) -> Mapping[str, Tensor]:
    """Return the variance of each channel over examples and positions (C,) by site."""
    return {
        site.name: torch.stack(
            [_variance(probe.outputs[name]) for name in probe.masked(site.name)]
        ).sum(0)
        for site in probe.network.spec.sites
    }


def weight_scores(probe: ActivationProbe) -> Mapping[str, Tensor]:
    """Return absolute weight times its input's standard deviation by node."""
    scores = {}
    for name, weight in probe.weights.items():
        node = probe.network.spec.by_name[name]
        deviation = _variance(probe.outputs[node.inputs[0]].to(weight.dtype)).sqrt()
        layer = probe.network.get_submodule(name)
        assert isinstance(layer, Weighted)
        scores[name] = weight.abs() * layer.by_input(deviation)
    return scores


def _variance(values: Tensor) -> Tensor:
    mean = per_channel(values)
    centred = values - mean.view(1, -1, *[1] * (values.ndim - 2))
    return per_channel(centred.square())
