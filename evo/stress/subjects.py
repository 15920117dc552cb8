"""The networks that are put under the same stress: an export, and others of its run.

They are chosen by the run's record, never by test data. A network that is trained here starts from
the same weights, sees the data in the same order and trains as long as the run's adults did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from evo.errors import BadInput
from evo.export.export_network import evaluator_of, trained_network
from evo.export.exported import plain_network
from evo.export.rebuilding import examples_at_once
from evo.files.paths import shown
from evo.findings.choice import Measured, roles
from evo.findings.front_table import axes_of_run, stored_front
from evo.record.lookup import find_adult
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.running.parts import Parts
from evo.settings.config import RunConfig, load_toml, metric_of
from evo.stress.stress_data import StressData
from evo.sweeps.networks import UNPRUNED, paired_job, pruned, textbook_genome
from fitness.evaluators.network import NetworkEvaluator
from fitness.stress.input_facts import Array
from fitness.training.inheritance import from_scratch
from genomes.genes.genome import Genome
from genomes.networks.network import Network

EXPORTED = "exported"
BATCH = 500


@dataclass(frozen=True)
class Subject:
    """A network in use, by a name for tables and figures."""

    name: str
    network: Network

    @property
    def parameters(self) -> int:
        """How many parameters it has, as it is handed over."""
        return self.network.spec.dense_parameters()

    @property
    def at_once(self) -> int:
        """How many examples it can be given at once, gradients or none."""
        return examples_at_once(self.network.spec)

    def outputs(self, x: Array) -> Array:
        """Return what it gives for inputs (N, ...), in the units of the target."""
        with torch.inference_mode():
            parts = torch.split(torch.tensor(x), min(BATCH, self.at_once))
            return torch.cat([self.network(part) for part in parts]).numpy()


def of_run(
    folder: RunFolder, exported: str, data: StressData, *, train: bool = False
) -> list[Subject]:
    """Return the most accurate network of a run's front and the largest, if they are others.

    `exported` is the genome of the export. With `train` also its network without pruning, and the
    first textbook network of its family. Raises `BadInput` for a run of other data.
    """
    config = load_toml(folder.config)
    if config.task_fingerprint != data.fingerprint:
        raise BadInput(
            f"--run {shown(folder.path)}: its data are not those of this test; give the run that "
            "the export is of, with its task and options"
        )
    evaluator = evaluator_of(config)
    with Store.open(folder.database, read_only=True) as store:
        adults = {name: find_adult(store, genome) for name, genome in _named(folder, store)}
        shown_as = {name: one for name, one in adults.items() if one.genome.id != exported}
        found = [
            Subject(
                f"{name} {one.genome.id}",
                plain_network(trained_network(folder, evaluator, one), evaluator.task.target),
            )
            for name, one in shown_as.items()
        ]
        genome = find_adult(store, exported).genome if train else None
    return found + (_trained(config, evaluator, genome) if genome else [])


def _named(folder: RunFolder, store: Store) -> list[tuple[str, str]]:
    """Return the genomes that an export is compared with, under what they are in the run."""
    front = stored_front(folder, store)
    if not front:
        raise BadInput(f"the front of {shown(folder.path)} is empty, there is nothing to compare")
    measured = Measured.of(store, metric_of(load_toml(folder.config)))
    best = str(roles(front, axes_of_run(folder, store), measured)["best"]["genome"])
    kept = [
        (objectives["active_parameters"], genome)
        for genome, _, job, objectives, _ in store.adults()
        if store.find_checkpoint(job)
    ]
    largest = max(kept)[1] if kept else best
    return [("best", best), *([] if largest == best else [("largest", largest)])]


def _trained(config: RunConfig, evaluator: NetworkEvaluator, genome: Genome) -> list[Subject]:
    problem = Parts.of(config, evaluator.task).problem
    wanted = {
        "unpruned": pruned(from_scratch(genome), UNPRUNED, 0.0, None),
        "textbook": textbook_genome(1, problem.space),
    }
    found = []
    for name, one in wanted.items():
        outcome = evaluator.evaluate(paired_job(problem, one, 0))
        if outcome.checkpoint is None:
            raise BadInput(f"the {name} network could not be trained: {outcome.reason}")
        trained = evaluator.network(one.expressed(), outcome.checkpoint)
        found.append(Subject(name, plain_network(trained, evaluator.task.target)))
    return found


def genome_of_card(card: Mapping[str, object], exported: Path, run: RunFolder) -> str:
    """Return the genome that a card names; raises `BadInput` if it names none, or another run."""
    genome = card.get("genome")
    if not isinstance(genome, str):
        raise BadInput(f"{shown(exported / 'card.json')} names no genome, which --run needs")
    if (named := card.get("run")) != run.name:
        raise BadInput(
            f"--run {run.name}: {shown(exported)} is of run {named}, by its card; give that one"
        )
    return genome
