"""All that silences parts of a network in training: pruning masks, epigenetic marks, apoptosis.

A site's channels are on where its stage's marks and the pruning mask both say so, unless they are
lost: dead, or never opened by a gate.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from fitness.activation_probe import ActivationProbe, per_channel
from fitness.data.resident import Examples
from fitness.seeds import derived
from fitness.silencing import epigenetic_marks
from fitness.silencing.apoptosis import Apoptosis, ApoptosisRule
from fitness.silencing.gating import Gating
from fitness.silencing.pruning import birth_weights, grown, prunable, pruning_scores
from fitness.silencing.pruning_plan import PruningPlan, changes_at
from fitness.silencing.pruning_timetable import PruningTimetable
from fitness.silencing.regrowth import growth_scores, returning
from genomes.chromosomes.epigenome import channels_on
from genomes.genes.gene import Record
from genomes.networks.network import Network


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
        self.marks: epigenetic_marks.Marks = epigenome["marks"]
        rule = ApoptosisRule.from_genes(epigenome)
        self.apoptosis = None if rule is None else Apoptosis(rule, network)
        self.gating = Gating.of(network, epigenome)
        self.closed: dict[str, Tensor] = {}  # channels that gates never open, once that is known
        shapes, stages = prunable(plan, network.spec)
        device = batch.y.device
        self.kept = {
            name: torch.ones(shape, dtype=torch.bool, device=device)
            for name, shape in shapes.items()
        }
        self.silenced = dict.fromkeys(shapes, 0)  # how many in each, known without asking a device
        self.returned: dict[str, Tensor] = {}  # weights that the last update let return, by node
        sizes = {name: kept.numel() for name, kept in self.kept.items()}
        guess = batch.target.guessing_loss
        self.timetable = PruningTimetable(plan, sizes, stages, guess, adult_epochs)
        self.birth_weights = birth_weights(plan, network)

    def birth(self, marks: epigenetic_marks.Marks) -> None:
        """Start a life with these marks, born or the genome's own, and initial methylation."""
        sites = self.network.spec.sites
        self.birth_weights = birth_weights(self.plan, self.network)
        weights = self._probe()
        norms = {site.name: _norms(weights, site.name) for site in sites}
        self.marks = epigenetic_marks.born(marks, self.methylation, sites, norms)
        self._apply_channels()

    def prune(self, progress: float) -> bool:
        """Bring the pruning masks up to date after a share of training; return if they changed."""
        self.returned = {}
        due = self.timetable.due(progress, self.silenced)
        if not due:
            return False
        probe, on = self._probe(), self._on()
        scores = pruning_scores(self.plan, probe)
        regrows = any(change.back for change in due.values())
        growth = growth_scores(self.plan, probe) if regrows else {}
        for name, (silenced, back) in due.items():
            kept = self.kept[name]
            live = on[name] if self._by_channel else torch.ones_like(kept)
            self.kept[name] = grown(kept, live, scores[name], silenced + back)
            if back:
                again = returning(kept, live, growth[name], back)
                self.kept[name] |= again
                if not self._by_channel:
                    self.returned[name] = again
            self.silenced[name] = silenced
        self._apply_pruning()
        return True

    def sense(self, train_loss: float, gradient_norm: float) -> None:
        """Take in the figures of a finished epoch: a gene network's promoters sense them."""
        self.timetable.sense(train_loss, gradient_norm)

    def live(self, epoch: int) -> bool:
        """Let the marks change after an epoch, if it is time; return whether they did."""
        changes = changes_at(epoch, self.adult_epochs, self.plasticity)
        if not changes:
            return False
        sites = self.network.spec.sites
        probe = self._probe()
        activity = {site.name: _activity(probe, site.name) for site in sites}
        kept = {
            site.name: (self._kept_channels(site.name) & ~self._lost(site.name)).tolist()
            for site in sites
        }
        before = self.marks
        self.marks = epigenetic_marks.changed(
            before, changes, sites, activity, kept, derived(self.seed, "plasticity", epoch)
        )
        self._apply_channels()
        return self.marks != before

    def tend(self, step: int, progress: float) -> bool:
        """Let apoptosis act after a step of the training, if it is time; return if masks changed.

        `step` counts from one over all epochs, `progress` is the share of the adult training.
        """
        if self.apoptosis is None or step % self.apoptosis.rule.interval:
            return False
        on = self._on()
        on = {name: on[name] & self._kept_channels(name) for name in on}
        died = self.apoptosis.look(self._probe(), on, progress)
        if died:
            self._apply_channels()
        return died

    def close(self, never_open: Mapping[str, Tensor]) -> bool:
        """Mask what gates never open at the end of a training; return whether masks changed.

        A site keeps at least one channel; one that no gate closes stays as it is.
        """
        before = self.network.channel_masks()
        for site in never_open:
            mask, closed = before[site], never_open[site].clone()
            if bool((closed | ~mask).all()):
                closed[mask.long().argmax()] = False
            self.closed[site] = closed
        self._apply_channels()
        after = self.network.channel_masks()
        return any(not torch.equal(after[site], before[site]) for site in never_open)

    def traces(self) -> dict[str, float]:
        """Return what is to be recorded of the masks after an epoch, by name."""
        traces = self.timetable.traces(self.silenced)
        traces |= {} if self.apoptosis is None else self.apoptosis.traces()
        return traces if self.gating is None else traces | self.gating.seen

    def state(self) -> dict[str, Tensor]:
        """Return what a checkpoint needs beside the network's own masks."""
        signs = [[sign == "1" for sign in row] for row in self.marks]
        pruned = {f"pruning.{name}": kept for name, kept in self.kept.items()}
        born = {f"birth_weights.{name}": weight for name, weight in self.birth_weights.items()}
        timetable = self.timetable.state()
        if timetable:
            born["timetable"] = torch.tensor(timetable, dtype=torch.float64)
        died = {} if self.apoptosis is None else self.apoptosis.state()
        lost = {f"apoptosis.{name}": tensor for name, tensor in died.items()}
        lost |= {f"closed.{site}": flags for site, flags in self.closed.items()}
        return {"epigenome.marks": torch.tensor(signs), **pruned, **born, **lost}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        signs = state["epigenome.marks"].tolist()
        self.marks = tuple("".join("1" if on else "0" for on in row) for row in signs)
        for name, kept in self.kept.items():
            self.kept[name] = state[f"pruning.{name}"].clone().to(kept.device)
            self.silenced[name] = int((~self.kept[name]).sum())
        for name, weight in self.birth_weights.items():
            weight.copy_(state[f"birth_weights.{name}"])
        if "timetable" in state:
            self.timetable.load(state["timetable"].tolist())
        if self.apoptosis is not None:
            self.apoptosis.load(_under("apoptosis.", state))
        device = self.batch.y.device
        self.closed = {site: flags.to(device) for site, flags in _under("closed.", state).items()}
        self._apply_pruning()
        self._apply_channels()

    @property
    def _by_channel(self) -> bool:
        return self.plan.granularity == "channel"

    def _probe(self) -> ActivationProbe:
        return ActivationProbe(self.network, self.batch, self.seed, self.birth_weights or None)

    def _on(self) -> dict[str, Tensor]:
        """Return which channels the marks leave on and are not lost, by site."""
        rows = epigenetic_marks.sites_by_row(self.marks, self.network.spec.sites)
        return {
            site.name: torch.tensor(
                channels_on(self.marks[row], site.channels), device=self.batch.y.device
            )
            & ~self._lost(site.name)
            for row, sites in rows.items()
            for site in sites
        }

    def _lost(self, site: str) -> Tensor:
        """Return which channels (C,) are gone for good, whatever marks and pruning say."""
        nothing = torch.zeros_like(self.network.masks[site])
        dead = nothing if self.apoptosis is None else self.apoptosis.dead[site]
        return dead | self.closed.get(site, nothing)

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
        else:
            self.network.set_weight_masks(self.kept)
            self.network.apply_weight_masks_()


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _norms(probe: ActivationProbe, site: str) -> list[float]:
    """Return the L2 norm of all weights that produce each channel of a site."""
    squares = [weight.double().square().flatten(1).sum(1) for weight in probe.producers(site)]
    return [float(value) for value in torch.stack(squares).sum(0).sqrt()]


def _activity(probe: ActivationProbe, site: str) -> list[float]:
    """Return the mean absolute activation of each channel of a site."""
    means = [
        per_channel(probe.outputs[name].detach().double().abs()) for name in probe.masked(site)
    ]
    return [float(value) for value in torch.stack(means).sum(0)]
