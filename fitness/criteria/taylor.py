"""Pruning criterion `taylor`: how much the loss would change, to first order.

Molchanov et al. (2017), https://arxiv.org/abs/1611.06440, equation 8: the mean over positions of
activation times gradient, absolute, averaged over examples. For a weight: weight times gradient.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from fitness.probe import Probe


def channel_scores(probe: Probe) -> Mapping[str, Tensor]:
    """Return the estimated change of the loss without each channel (C,) by site."""
    return {
        site.name: torch.stack([_change(probe, name) for name in probe.masked(site.name)]).sum(0)
        for site in probe.network.spec.sites
    }


def weight_scores(probe: Probe) -> Mapping[str, Tensor]:
    """Return the estimated change of the loss without each weight by node."""
    return {name: (weight * probe.gradients[name]).abs() for name, weight in probe.weights.items()}


def _change(probe: Probe, mask: str) -> Tensor:
    effect = probe.outputs[mask] * probe.gradients[mask]  # (B, C, ...)
    return effect.flatten(2).mean(2).abs().mean(0) if effect.ndim > 2 else effect.abs().mean(0)
