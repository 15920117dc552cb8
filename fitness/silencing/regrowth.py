"""Regrowth: which of the silenced units return during training.

RigL (Evci et al. 2020, https://arxiv.org/abs/1911.11134): those by which the loss has the greatest
gradient. For a channel, whose weights are still there: which would change the loss most, to first
order, if it were open.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from fitness.activation_probe import ActivationProbe, mean_effect
from fitness.silencing.pruning_plan import PruningPlan


def growth_scores(plan: PruningPlan, probe: ActivationProbe) -> Mapping[str, Tensor]:
    """Return how much is to be gained by each unit, zero or more, by site (C,) or by node."""
    if plan.granularity == "weight":
        return {name: probe.gradients[name].abs() for name in probe.weights}
    return {
        site.name: torch.stack([_gain(probe, name) for name in probe.masked(site.name)]).sum(0)
        for site in probe.network.spec.sites
    }


def returning(kept: Tensor, live: Tensor, scores: Tensor, count: int) -> Tensor:
    """Mark `count` of what is silenced (not `kept`) to return, those of the greatest scores.

    What is not `live` for another reason returns last; ties go by position.
    """
    rank = torch.nan_to_num(scores.detach().double(), nan=0.0)
    rank = torch.where(live, rank, -1.0)
    rank = torch.where(kept, -2.0, rank)
    order = (-rank).flatten().argsort(stable=True)
    mask = torch.zeros(kept.numel(), dtype=torch.bool, device=kept.device)
    mask[order[:count]] = True
    return mask.view(kept.shape)


def _gain(probe: ActivationProbe, mask: str) -> Tensor:
    """Return the first-order effect of a mask node's channels (C,) if all of them were open."""
    source = probe.network.spec.by_name[mask].inputs[0]
    return mean_effect(probe.outputs[source] * probe.gradients[mask])
