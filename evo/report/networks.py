"""A panel for each member of the front: what it is, how it learnt, what was predicted."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from evo.files.atomic_file import RecordError
from evo.files.paths import run_argument
from evo.report.lineage import Ancestry
from evo.report.source import Source
from evo.settings.config import RunConfig
from evo.settings.task_reference import task_reference
from evo.strategy import ADULT
from evo.text.function_drawing import draw_functions
from evo.text.gene_lines import gene_lines
from evo.text.network_drawing import draw_network
from fitness.evaluation import Evaluation
from genomes.chromosomes.predictor import is_control
from genomes.genes.genome import Genome
from genomes.genes.registry import UnknownName

MASKS = "model.masks."  # of channels, in checkpoints; "__" stands for "." in the site's name
CHROMOSOMES = ("parameters", "architecture", "epigenome", "training")  # besides pruning
DIGITS = 4  # of curves, which are only drawn

Draw = Callable[[Genome], str]


@dataclass(frozen=True)
class MaskedSite:
    """Channels that are masked together: how many there are, and how many are on at the end."""

    name: str
    channels: int
    kept: int

    @property
    def stage(self) -> int | None:
        """The number of the stage it belongs to, None for a site that is in none."""
        found = re.match(r"stage(\d+)", self.name)
        return int(found[1]) if found else None


@dataclass
class MemberPanel:
    """What is known of one member of the front."""

    genome: Genome
    lineage: list[str]
    command: str
    drawing: str = ""
    trainings: list[Evaluation] = field(default_factory=list)
    sites: list[MaskedSite] = field(default_factory=list)
    predicted: dict[str, dict[str, Any]] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """Return the panel as plain data."""
        costs: dict[str, float] = {}
        for evaluation in self.trainings:
            for name, value in evaluation.costs.items():
                together = max if name == "peak_bytes" else float.__add__
                costs[name] = together(costs.get(name, 0.0), float(value))
        return {
            "parents": list(self.genome.parents),
            "lineage": "\n".join(self.lineage),
            "command": self.command,
            "drawing": self.drawing,
            "pruning": self._written("pruning"),
            "genes": self._written(*CHROMOSOMES),
            "sites": [[site.name, site.channels, site.kept] for site in self.sites],
            "costs": costs,
            "curve": _curve(self.trainings),
            "predicted": self.predicted,
        }

    def _written(self, *names: str) -> str:
        genes = self.genome.chromosomes
        lines = [line for n in names if n in genes for line in gene_lines(n, genes[n])]
        return "\n".join(lines).strip("\n")


def members(source: Source) -> dict[str, MemberPanel]:
    """Return a panel for every member of the front that is recorded."""
    lineage, draw = Ancestry(source), _drawer(source.config)
    run = run_argument(source.folder.path)
    found: dict[str, MemberPanel] = {}
    asked = "WHERE id IN (SELECT value FROM json_each(?))"
    for (text,) in source.of_front(f"SELECT json FROM genomes {asked}"):
        genome = Genome.from_json(json.loads(text))
        command = f"evo export {run} --genome {shlex.quote(genome.id)}" if source.config else ""
        lines = lineage.lines(genome.id)
        found[genome.id] = MemberPanel(genome, lines, command, draw(genome))
    _add_trainings(source, found)
    _add_predicted(source, found)
    return found


def _drawer(config: RunConfig | None) -> Draw:
    """Return what draws a network, or says why it cannot be drawn."""
    if config is None:
        return lambda genome: ""
    from fitness.data.fit_normalization import interface_of
    from genomes.chromosomes.space import decode

    try:
        task = task_reference(config).load()
        interface = interface_of(task)
    except (ValueError, OSError) as error:
        why = f"Not drawn: the task of the run cannot be loaded here ({error})."
        return lambda genome: why

    def draw(genome: Genome) -> str:
        try:
            spec = decode(genome.expressed(), interface)
            return "\n".join(filter(None, (draw_network(spec), draw_functions(spec))))
        except (UnknownName, ValueError, KeyError) as error:
            return f"Not drawn: its genes cannot be decoded here ({error})."

    return draw


def _add_trainings(source: Source, found: Mapping[str, MemberPanel]) -> None:
    asked = "SELECT genome, stage, evaluation FROM trials WHERE genome IN "
    trials = list(source.of_front(f"{asked}(SELECT value FROM json_each(?)) ORDER BY rowid"))
    jobs = [job for genome, _, job in trials if genome in found]
    evaluations = source.store.find_evaluations(jobs)
    for genome, stage, job in trials:
        if genome in found and job in evaluations:
            found[genome].trainings.append(evaluations[job])
            if stage == ADULT and source.config:
                found[genome].sites = _sites(source, job)


def _sites(source: Source, job: str) -> list[MaskedSite]:
    """Count the channels that the checkpoint's masks leave on; none if it is gone or damaged."""
    try:
        tensors = load(source.folder.checkpoints.read(job) or b"")
    except (RecordError, ValueError, SafetensorError):
        return []
    return [
        MaskedSite(
            name.removeprefix(MASKS).replace("__", "."), mask.size, int(np.count_nonzero(mask))
        )
        for name, mask in sorted(tensors.items())
        if name.startswith(MASKS) and mask.size
    ]


def _add_predicted(source: Source, found: Mapping[str, MemberPanel]) -> None:
    """Add what the ensemble and each female predicted of what curves show, by stage."""
    asked = "SELECT female, male, stage, predicted FROM predictions WHERE male IN "
    wanted = f"{asked}(SELECT value FROM json_each(?)) ORDER BY rowid"
    for female, male, stage, text in source.of_front(wanted):
        value = json.loads(text).get(source.metric)
        if male not in found or not isinstance(value, int | float):
            continue
        told = found[male].predicted.setdefault(stage, {"ensemble": None, "females": []})
        if female == "ensemble":
            told["ensemble"] = float(value)
        elif not is_control(female):
            told["females"].append(_short(value))


def _curve(trainings: Sequence[Evaluation]) -> dict[str, Any]:
    """Return the columns of the learning curve over all stages, and its sparsity by stage."""
    epochs = [epoch for evaluation in trainings for epoch in evaluation.curve]
    names = ("metric", "train_loss", "validation_loss", "active_ratio")
    traced = sorted({n for e in epochs for n in e.traces if n.startswith("sparsity.")})
    return {
        "epoch": [epoch.epoch for epoch in epochs],
        **{name: _column(getattr(epoch, name) for epoch in epochs) for name in names},
        "sparsity": {
            name.removeprefix("sparsity."): _column(epoch.traces.get(name) for epoch in epochs)
            for name in traced
        },
    }


def _column(values: Iterable[float | None]) -> list[float | None]:
    return [None if value is None else _short(value) for value in values]


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
