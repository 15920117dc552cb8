"""Pruning during training: which channels, or which weights of a layer, are silenced."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from fitness.activation_probe import ActivationProbe
from fitness.silencing.pruning_plan import CRITERIA, PruningPlan
from genomes.graph.operation import operation_of
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network

Shapes = Mapping[str, tuple[int, ...]]


def prunable(plan: PruningPlan, spec: NetworkSpec) -> tuple[Shapes, Mapping[str, int]]:
    """Return shape and stage of what the plan prunes: sites by name, or weights by node.

    The last linear layer has no site; with granularity `weight` it obeys the last stage.
    """
    if plan.granularity == "channel":
        shapes: Shapes = {site.name: (site.channels,) for site in spec.sites}
        return shapes, {site.name: site.stage for site in spec.sites}
    stage_of = {site.name: site.stage for site in spec.sites}
    last = max(stage_of.values(), default=0)
    names = [node.name for node in spec.nodes if operation_of(node).is_weighted]
    stages = {name: stage_of.get(spec.channels.site(name) or "", last) for name in names}
    return {name: spec.tensors[name]["weight"] for name in names}, stages


def pruning_scores(plan: PruningPlan, probe: ActivationProbe) -> Mapping[str, Tensor]:
    """Return the criterion's scores, zero or more, by site or by node."""
    criterion = CRITERIA.load(plan.criterion)
    per_channel = plan.granularity == "channel"
    scores: Mapping[str, Tensor] = (
        criterion.channel_scores(probe) if per_channel else criterion.weight_scores(probe)
    )
    return scores


def birth_weights(plan: PruningPlan, network: Network) -> dict[str, Tensor]:
    """Return copies of the weights by node if the criterion needs them later, else nothing."""
    if not getattr(CRITERIA.load(plan.criterion), "NEEDS_BIRTH_WEIGHTS", False):
        return {}
    names = [node.name for node in network.spec.nodes if operation_of(node).is_weighted]
    return {name: network.get_parameter(f"{name}.weight").detach().clone() for name in names}


def grown(kept: Tensor, live: Tensor, scores: Tensor, silenced: int) -> Tensor:
    """Return a mask of `kept`'s shape that silences `silenced` entries (True is kept).

    What is silenced already goes first, then what is not `live` for another reason, then the
    lowest `scores` (zero or more); ties go by position. So this mask only grows.
    """
    rank = torch.nan_to_num(scores.detach().double(), nan=0.0)
    rank = torch.where(live, rank, -1.0)
    rank = torch.where(kept, rank, -2.0)
    order = rank.flatten().argsort(stable=True)
    mask = torch.ones(kept.numel(), dtype=torch.bool, device=kept.device)
    mask[order[:silenced]] = False
    return mask.view(kept.shape)
