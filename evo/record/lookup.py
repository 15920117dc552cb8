"""Finds an individual of a run by its id, or says which id is near; and its trained weights."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from evo.errors import BadInput
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from fitness.training.chosen_teacher import ChosenTeacher
from genomes.genes.genome import Genome

THE_GIVEN = "the given network"  # as a teacher


@dataclass(frozen=True)
class Adult:
    """A network of the run that was trained to the end."""

    genome: Genome
    generation: int
    job: str
    objectives: dict[str, float]
    costs: dict[str, float]


def find_genome(store: Store, identity: str) -> Genome:
    """Return the genome; raise `BadInput` with the nearest id, without listing hundreds."""
    found = store.find_genome(identity)
    if found is not None:
        return found
    near = difflib.get_close_matches(identity, [genome.id for genome in store.genomes()], n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise BadInput(f"unknown genome {identity!r}.{hint} pareto.csv lists those on the front.")


def find_adult(store: Store, identity: str) -> Adult:
    """Look up a fully trained network; raise `BadInput` that says why there is none."""
    found = find_genome(store, identity)
    if found.sex == "female":
        raise BadInput(f"{identity} is a predictor (female), not a network")
    trial = store.find_trial(identity, "adult")
    evaluation = store.find_evaluation(trial.evaluation) if trial else None
    if trial is None or evaluation is None:
        raise BadInput(f"{identity} was not trained to the end, so there are no weights of it")
    if evaluation.status != "ok":
        raise BadInput(f"the training of {identity} {evaluation.status}: {evaluation.reason}")
    figures = dict(evaluation.objectives), dict(evaluation.costs)
    return Adult(found, trial.generation, trial.evaluation, *figures)


def teacher_of(store: Store, genome: Genome) -> str:
    """Return the id of the network that taught one of a run; empty if nobody did.

    Nobody is born to the network that was given: what its answers cost tells who it taught.
    """
    chosen = ChosenTeacher.of(genome.birth)
    if chosen is None:
        found = (store.find_evaluation(trial.evaluation) for trial in store.trials_of(genome.id))
        taught = any(one is not None and "teaching_flops" in one.costs for one in found)
        return THE_GIVEN if taught else ""
    evaluation = store.find_evaluation(chosen.job)
    return "" if evaluation is None else evaluation.genome


def weights_of_adult(folder: RunFolder, adult: Adult) -> bytes:
    """Return the checkpoint of a fully trained network; raise `BadInput` if it was not kept."""
    checkpoint = folder.checkpoints.read(adult.job)
    if checkpoint is None:
        raise BadInput(
            f"the weights of {adult.genome.id} were not kept; those of the front and of living "
            "networks are. Choose one of pareto.csv."
        )
    return checkpoint
