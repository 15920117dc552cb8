"""All that silences parts of a network in training: pruning masks and epigenetic marks together.

A site's channels are on where its stage's marks and the pruning mask both say so.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from fitness import epigenetics
from fitness.masks import PruningPlan, changes_at
from fitness.probe import Probe, per_channel
from fitness.pruning import grown, prunable, pruning_scores
from fitness.resident import Examples
from fitness.seeds import derived
from genomes.epigenome import channels_on
from genomes.gene import Record
from genomes.network import Network


class Silencing:
    """The masks of one network over its life; `birth` or `load` gives them their first state."""

    def __init__(
        self,
        network: Network,
        plan: PruningPlan,
        epigenome: Record,
        batch: Examples,
        *,
        seed: int,
        adult_epochs: int,
    ) -> None:
        self.network, self.plan, self.batch = network, plan, batch
        self.seed, self.adult_epochs = seed, adult_epochs
        self.plasticity: float = epigenome["plasticity"]
        self.methylation: float = epigenome["initial_methylation"]
        self.marks: epigenetics.Marks = epigenome["marks"]
        shapes, self.stages = prunable(plan, network.spec)
        device = batch.y.device
        self.kept = {
            name: torch.ones(shape, dtype=torch.bool, device=device)
            for name, shape in shapes.items()
        }
        self.silenced = dict.fromkeys(shapes, 0)  # how many in each, known without asking a device

    def birth(self, marks: epigenetics.Marks) -> None:
        """Start a life with these marks, born or the genome's own, and initial methylation."""
        sites = self.network.spec.sites
        weights = self._probe()
        norms = {site.name: _norms(weights, site.name) for site in sites}
        self.marks = epigenetics.born(marks, self.methylation, sites, norms)
        self._apply_channels()

    def prune(self, progress: float) -> bool:
        """Bring the pruning masks up to date after a share of training; return if they changed."""
        due = {
            name: count
            for name, kept in self.kept.items()
            if (count := self.plan.silenced(self.stages[name], kept.numel(), progress))
            > self.silenced[name]
        }
        if not due:
            return False
        scores = pruning_scores(self.plan, self._probe())
        on = self._on()
        for name, count in due.items():
            live = on[name] if self._by_channel else torch.ones_like(self.kept[name])
            self.kept[name] = grown(self.kept[name], live, scores[name], count)
            self.silenced[name] = count
        self._apply_pruning()
        return True

    def live(self, epoch: int) -> bool:
        """Let the marks change after an epoch, if it is time; return whether they did."""
        changes = changes_at(epoch, self.adult_epochs, self.plasticity)
        if not changes:
            return False
        sites = self.network.spec.sites
        probe = self._probe()
        activity = {site.name: _activity(probe, site.name) for site in sites}
        kept = {site.name: self._kept_channels(site.name).tolist() for site in sites}
        before = self.marks
        self.marks = epigenetics.changed(
            before, changes, sites, activity, kept, derived(self.seed, "plasticity", epoch)
        )
        self._apply_channels()
        return self.marks != before

    def traces(self) -> dict[str, float]:
        """Return what is to be recorded of the masks after an epoch, by name."""
        return {}

    def state(self) -> dict[str, Tensor]:
        """Return what a checkpoint needs beside the network's own masks."""
        signs = [[sign == "1" for sign in row] for row in self.marks]
        pruned = {f"pruning.{name}": kept for name, kept in self.kept.items()}
        return {"epigenome.marks": torch.tensor(signs), **pruned}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        signs = state["epigenome.marks"].tolist()
        self.marks = tuple("".join("1" if on else "0" for on in row) for row in signs)
        for name, kept in self.kept.items():
            self.kept[name] = state[f"pruning.{name}"].clone().to(kept.device)
            self.silenced[name] = int((~self.kept[name]).sum())
        self._apply_pruning()
        self._apply_channels()

    @property
    def _by_channel(self) -> bool:
        return self.plan.granularity == "channel"

    def _probe(self) -> Probe:
        return Probe(self.network, self.batch, self.seed)

    def _on(self) -> dict[str, Tensor]:
        """Return which channels the marks leave on, by site."""
        rows = epigenetics.sites_by_row(self.marks, self.network.spec.sites)
        return {
            site.name: torch.tensor(
                channels_on(self.marks[row], site.channels), device=self.batch.y.device
            )
            for row, sites in rows.items()
            for site in sites
        }

    def _kept_channels(self, site: str) -> Tensor:
        if self._by_channel:
            return self.kept[site]
        return torch.ones_like(self.network.channel_masks()[site])

    def _apply_channels(self) -> None:
        on = self._on()
        self.network.set_channel_masks({name: on[name] & self._kept_channels(name) for name in on})

    def _apply_pruning(self) -> None:
        if self._by_channel:
            self._apply_channels()
        elif any(self.silenced.values()):
            self.network.set_weight_masks(self.kept)
            self.network.apply_weight_masks_()


def _norms(probe: Probe, site: str) -> list[float]:
    """Return the L2 norm of all weights that produce each channel of a site."""
    squares = [weight.double().square().flatten(1).sum(1) for weight in probe.producers(site)]
    return [float(value) for value in torch.stack(squares).sum(0).sqrt()]


def _activity(probe: Probe, site: str) -> list[float]:
    """Return the mean absolute activation of each channel of a site."""
    means = [per_channel(probe.outputs[name].double().abs()) for name in probe.masked(site)]
    return [float(value) for value in torch.stack(means).sum(0)]
