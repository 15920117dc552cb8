"""The planned active ratio: what marks and the pruning schedule leave, estimated from the spec.

Free of torch and of training: it is known before training. The truth deviates from it where marks
change in life and where pruned weights leave channels without any path; females learn how much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, prod

import numpy as np

from fitness.silencing.expected_sparsity import expected_sparsity
from genomes.chromosomes.epigenome import channels_on
from genomes.genes.gene import Record
from genomes.graph.channels import Part
from genomes.graph.operation import operation_of
from genomes.graph.spec import NetworkSpec, Site


def planned_active_ratio(
    spec: NetworkSpec, pruning: Record, marks: Sequence[str], initial_methylation: float = 0.0
) -> float:
    """Estimate active over dense parameters of a full training, in (0, 1].

    `pruning` is that chromosome, `marks` those he is born with; `initial_methylation` silences
    that share of the groups that are on. Pruning takes what marks silence first: such channels by
    rule, their weights because criteria score them low. What a gene network will silence is
    estimated from a typical training.
    """
    if pruning.get("schedule") == "gene-network":
        pruning = pruning.replacing(final_sparsity=expected_sparsity(pruning))
    by_channel = pruning["granularity"] == "channel"
    kept = {
        site.name: _kept_share(site, pruning if by_channel else None, marks, initial_methylation)
        for site in spec.sites
    }
    stages = {site.name: site.stage for site in spec.sites}
    last = max(stages.values(), default=0)  # steers the layer that gives the logits
    active = dense = 0.0
    for name, tensors in spec.tensors.items():
        node = spec.by_name[name]
        rule = operation_of(node)
        site, parts = spec.channels.site(name), spec.channels[node.inputs[0]].parts
        outputs = kept.get(site or "", 1.0)
        inputs = _share(parts, kept)
        for tensor, shape in tensors.items():
            size = prod(shape)
            shared = not {"outputs", "both", "edges"} & {*rule.axes[tensor]}
            share = 1.0 if shared else outputs  # what channels have in common stays
            if tensor == "weight" and rule.connects:
                share *= inputs
            if tensor == "weight" and rule.is_weighted and not by_channel:
                share = min(share, 1.0 - _sparsity(pruning, stages.get(site or "", last)))
            dense += size
            active += size * share
    return active / dense if dense else 1.0


def _share(parts: Sequence[Part], kept: Mapping[str, float]) -> float:
    """Return the share of features that is kept of what may have been concatenated."""
    shares = [kept.get(part.site or "", 1.0) for part in parts]
    if len(shares) == 1:
        return shares[0]
    return float(np.average(shares, weights=[part.features for part in parts]))


def _kept_share(
    site: Site, pruning: Record | None, marks: Sequence[str], initial_methylation: float
) -> float:
    row = marks[min(site.stage, len(marks) - 1)] if marks else "1"
    groups_on = row.count("1")
    silenced_at_birth = min(groups_on - 1, round(initial_methylation * groups_on))
    on = sum(channels_on(row, site.channels)) * (1.0 - silenced_at_birth / max(1, groups_on))
    if pruning is None:
        return max(1.0, on) / site.channels
    pruned = floor(_sparsity(pruning, site.stage) * site.channels + 1e-9)
    return max(1.0, min(on, site.channels - pruned)) / site.channels


def _sparsity(pruning: Record, stage: int) -> float:
    final = pruning["final_sparsity"]
    return float(final[min(stage, len(final) - 1)])
