"""Pruning criterion `random`: the baseline that any other has to beat."""

from collections.abc import Mapping

import torch
from torch import Tensor

from fitness.activation_probe import ActivationProbe


def channel_scores(probe: ActivationProbe) -> Mapping[str, Tensor]:
    """Return uniform numbers (C,) by site, the same at every update of a training."""
    sites = probe.network.spec.sites
    return {site.name: _drawn(probe, site.name, (site.channels,)) for site in sites}


def weight_scores(probe: ActivationProbe) -> Mapping[str, Tensor]:
    """Return uniform numbers of each weight's shape by node, the same at every update."""
    return {name: _drawn(probe, name, weight.shape) for name, weight in probe.weights.items()}


def _drawn(probe: ActivationProbe, name: str, shape: tuple[int, ...]) -> Tensor:
    numbers = torch.rand(shape, generator=probe.generator(name))
    return numbers.to(probe.batch.y.device)
