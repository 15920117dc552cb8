"""Apoptosis: channels whose outputs swing more than their neighbours' are damped, and may die.

Every so many steps each channel's mean activation over one fixed batch is noted. With v the
variance of its last `WINDOW` notes over the mean of these variances in its site,

    H = sigmoid(v - threshold),  factor = 1 if H <= tolerance else exp(-rate * (H - tolerance)).

Relative to the site, thresholds mean the same in every layer and network. The factor acts where
the channel's values enter the next layers: each measurement multiplies it into the weights that
read the channel, so there is nothing to export and shrinking stays exact. It is never divided out,
which would blow up what was learned since; a channel that has calmed down regrows by learning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from fitness.activation_probe import ActivationProbe
from genomes.genes.gene import Record
from genomes.graph.operation import operation_of
from genomes.networks.layers import Reader
from genomes.networks.network import Network

WINDOW = 4  # notes over which a variance is taken
DEADLY, PATIENCE = 0.1, 4  # damped to below this for so many measurements in a row is death
FROM, TO = 0.1, 0.8  # shares of the adult training: early on all swings, at the end weights settle
SAME = 0.98  # absolute correlation from which a channel repeats another
CONSTANT = 1e-3  # share of its site's mean variance below which a channel says nothing
SHARES = ("healthy", "redundant", "harmful", "dead")
By = Mapping[str, Tensor]  # by site


@dataclass(frozen=True)
class ApoptosisRule:
    """The genes: threshold, tolerance and rate of the equations, interval in steps."""

    threshold: float
    tolerance: float
    rate: float
    interval: int

    @classmethod
    def from_genes(cls, epigenome: Record) -> ApoptosisRule | None:
        """Read the chromosome `epigenome`; None where apoptosis is off."""
        if not epigenome.get("apoptosis"):  # genomes of earlier versions lack the gene
            return None
        names = ("threshold", "tolerance", "rate", "interval")
        return cls(**{name: epigenome[f"apoptosis_{name}"] for name in names})

    def harm(self, variance: Tensor) -> Tensor:
        """Return H of relative variances."""
        return torch.sigmoid(variance - self.threshold)

    def factor(self, harm: Tensor) -> Tensor:
        """Return by what a channel of this H is damped."""
        damped = torch.exp(-self.rate * (harm - self.tolerance))
        return torch.where(harm <= self.tolerance, torch.ones_like(harm), damped)


class Apoptosis:
    """The damping and the deaths of one network's channels over its life."""

    def __init__(self, rule: ApoptosisRule, network: Network) -> None:
        self.rule, self.network = rule, network
        masks = network.channel_masks()
        self.notes = {
            n: m.new_zeros((WINDOW, len(m)), dtype=torch.double) for n, m in masks.items()
        }
        self.lived = {n: torch.zeros_like(m, dtype=torch.long) for n, m in masks.items()}
        self.failing = {n: torch.zeros_like(m, dtype=torch.long) for n, m in masks.items()}
        self.strength = {n: torch.ones_like(m, dtype=torch.double) for n, m in masks.items()}
        self.dead = {n: torch.zeros_like(m) for n, m in masks.items()}
        self.shares = torch.full((len(SHARES),), torch.nan, dtype=torch.double)

    def look(self, probe: ActivationProbe, on: By, progress: float) -> bool:
        """Note the outputs, damp and kill; return whether a channel died.

        `on` tells by site which channels (C,) are neither masked nor dead.
        """
        counts = torch.zeros(len(SHARES), dtype=torch.double)
        died = False
        for site, living in on.items():
            outputs = _pooled(probe.outputs[list(probe.masked(site))[-1]])
            harm = self._harm(site, outputs, living)
            harmful = living & (harm > self.rule.tolerance)
            idle = redundant(outputs, living) & ~harmful
            if FROM <= progress < TO:
                factor = torch.where(harmful, self.rule.factor(harm), 1.0)
                self._damp(site, factor)
                died |= self._bury(site, living, harm, factor)
            dead = self.dead[site]
            groups = (living & ~harmful & ~idle & ~dead, idle & ~dead, harmful & ~dead, dead)
            counts += torch.stack([group.sum() for group in groups]).cpu()
        self.shares = counts / sum(site.channels for site in self.network.spec.sites)
        return died

    def traces(self) -> dict[str, float]:
        """Return the shares of all channels at the last measurement; the rest to one is masked."""
        if not self.network.spec.sites or bool(self.shares.isnan().any()):
            return {}
        return {f"units_{n}": share for n, share in zip(SHARES, self.shares.tolist(), strict=True)}

    def state(self) -> dict[str, Tensor]:
        """Return what a checkpoint needs."""
        kinds = {
            f"{kind}.{site}": t for kind, by in self._kinds().items() for site, t in by.items()
        }
        return {**kinds, "shares": self.shares}

    def load(self, state: By) -> None:
        """Go on from what `state` returned."""
        for kind, tensors in self._kinds().items():
            for site, tensor in tensors.items():
                tensor.copy_(state[f"{kind}.{site}"])
        self.shares = state["shares"].clone()

    def _kinds(self) -> dict[str, dict[str, Tensor]]:
        names = ("notes", "lived", "failing", "strength", "dead")
        return {name: getattr(self, name) for name in names}

    def _harm(self, site: str, outputs: Tensor, living: Tensor) -> Tensor:
        """Note outputs (B, C); return H (C,), zero until a channel has lived long enough."""
        notes = self.notes[site].roll(-1, dims=0)
        notes[-1] = outputs.mean(0)
        lived = torch.where(living, self.lived[site] + 1, 0)
        self.notes[site], self.lived[site] = notes, lived
        skill_records = lived >= WINDOW
        harm = self.rule.harm(relative_variance(notes, skill_records))
        return torch.where(skill_records, harm, 0.0)

    @torch.no_grad()
    def _damp(self, site: str, factor: Tensor) -> None:
        """Multiply the weights that read a site's channels by factors (C,)."""
        if bool((factor == 1.0).all()):
            return
        spec = self.network.spec
        for node in spec.nodes:
            if not operation_of(node).reads_by_weight:
                continue
            layer = self.network.get_submodule(node.name)
            assert isinstance(layer, Reader)
            inputs = layer.weight.new_ones(spec.source(node)[0])
            for run, part in spec.channels[node.inputs[0]].runs():
                if part.site == site:
                    spread = factor[part.channels].repeat_interleave(part.positions)
                    inputs[run] = spread.to(inputs.dtype)
            layer.weight.mul_(layer.by_input(inputs))

    def _bury(self, site: str, living: Tensor, harm: Tensor, factor: Tensor) -> bool:
        """Let channels die that are damped again and again; the least harmful one stays."""
        damped = factor < 1.0
        self.failing[site] = torch.where(damped, self.failing[site] + 1, 0)
        self.strength[site] = torch.where(damped, self.strength[site] * factor, 1.0)
        dying = (self.failing[site] >= PATIENCE) & (self.strength[site] < DEADLY)
        if bool(living.any()) and not bool((living & ~dying).any()):
            dying[torch.where(living, harm, torch.inf).argmin()] = False
        self.dead[site] = self.dead[site] | dying
        return bool(dying.any())


def relative_variance(notes: Tensor, skill_records: Tensor) -> Tensor:
    """Return each channel's variance over notes (T, C), over the mean of those `judged` (C,).

    Zero where nothing varies.
    """
    variance = notes.var(0, correction=0)
    mean = (variance * skill_records).sum() / skill_records.sum().clamp_min(1)
    return torch.where(mean > 0, variance / mean, 0.0)


def redundant(outputs: Tensor, living: Tensor) -> Tensor:
    """Tell which living channels say nothing, or what one before them says, on a batch (B, C)."""
    centred = outputs - outputs.mean(0)
    variance = centred.square().mean(0)
    mean = (variance * living).sum() / living.sum().clamp_min(1)
    constant = variance <= CONSTANT * mean
    scaled = centred / variance.sqrt().clamp_min(torch.finfo(outputs.dtype).tiny)
    speaking = living & ~constant
    alike = (scaled.T @ scaled / len(outputs)).abs() >= SAME  # correlations (C, C)
    repeated = (alike & speaking[None]).tril(-1).any(1)
    return living & (constant | repeated)


def _pooled(outputs: Tensor) -> Tensor:
    """Mean of (B, C, ...) over positions, in double precision: (B, C)."""
    return outputs.double().flatten(2).mean(2) if outputs.dim() > 2 else outputs.double()
