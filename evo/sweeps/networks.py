"""The network of a sweep, and what becomes of it at a sparsity by a curve.

The pruning chromosome is replaced, not pinned: the gene of the final sparsity ends below what a
sweep asks for, and one cut or a literal gene network are no values of the curve's gene.
"""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np

from evo.errors import BadInput
from evo.files.bounded import read_text
from evo.files.paths import shown
from evo.problems.network_problem import NetworkProblem
from evo.record.lookup import find_genome
from evo.record.store import Store
from evo.sweeps.grid import GENE_NETWORK, ONE_SHOT
from fitness.evaluation import Job
from fitness.training.inheritance import from_scratch
from genomes.chromosomes import regulation_genes
from genomes.chromosomes.space import textbook, textbook_networks
from genomes.genes.genome import Genome, Space

UNPRUNED = "unpruned"  # the curve of the reference, whose sparsity is zero
# How pruning is laid out unless the genome or a pin says otherwise.
USUAL = {
    "pruning.start": 0.2,
    "pruning.end": 0.8,
    "pruning.criterion": "magnitude",
    "pruning.granularity": "weight",
}
SWEPT = ("pruning.final_sparsity", "pruning.schedule", "pruning.curve")  # no pin decides these


def textbook_genome(number: int, space: Space) -> Genome:
    """Return the family's textbook network of this number, from 1; what it leaves open is drawn.

    That draw is the same for every seed. Raises `BadInput` for a number that there is not.
    """
    drawn = space.sample("textbook", "male", random.Random(0))
    family = str(drawn.chromosomes["architecture"]["family"])
    known = len(textbook_networks(space.chromosomes["architecture"]))
    if not 1 <= number <= known:
        raise BadInput(
            f"received --textbook {number}, expected 1 to {known}: so many has family {family}"
        )
    chromosomes = textbook(number - 1, drawn.chromosomes, space)
    return Genome(f"{family}-textbook-{number}", "male", chromosomes)


def read_genome(path: Path) -> Genome:
    """Return the genome of a file, `genome.json` of a sweep; raises `BadInput`."""
    try:
        found = Genome.from_json(json.loads(read_text(path)))
    except FileNotFoundError:
        raise BadInput(
            f"there is no file {shown(path)}, expected the genome.json of a sweep"
        ) from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"{shown(path)} holds no genome: {error}") from None
    return _male(found)


def genome_of_run(database: Path, identity: str) -> Genome:
    """Return a male of a run as if he had inherited no weights; raises `BadInput`."""
    with Store.open(database, read_only=True) as store:
        return _male(find_genome(store, identity))


def _male(genome: Genome) -> Genome:
    if genome.sex == "female":
        raise BadInput(f"{genome.id} is a female: she is a predictor, not a network")
    return from_scratch(genome)


def pruned(genome: Genome, curve: str, sparsity: float, granularity: str | None) -> Genome:
    """Return the genome with another pruning chromosome; `granularity` None keeps its own.

    One cut falls in the middle between the genome's start and end. Its own gene network, if it
    has one, else the literal one drives the curve `gene-network`.
    """
    genes = genome.chromosomes["pruning"]
    changes = {
        "final_sparsity": (sparsity,) * len(genes["final_sparsity"]),
        "granularity": granularity or genes["granularity"],
        "schedule": "curve",
        "curve": curve,
        "regulation": None,
    }
    if curve == UNPRUNED:
        changes |= {"curve": "linear"}  # of nothing
    elif curve == ONE_SHOT:
        middle = (genes["start"] + genes["end"]) / 2
        changes |= {"curve": "linear", "start": middle, "end": middle}
    elif curve == GENE_NETWORK:
        own = genes.get("regulation") or regulation_genes.TEXTBOOK
        changes |= {"schedule": GENE_NETWORK, "curve": None, "regulation": own}
    chromosomes = genome.chromosomes.replacing(pruning=genes.replacing(**changes))
    return replace(genome, chromosomes=chromosomes)


def paired_job(problem: NetworkProblem, genome: Genome, replicate: int) -> Job:
    """Word the training of a genome whose seed depends on the replicate alone.

    So trainings of one replicate begin with the same weights and see the data in the same order:
    they differ by what is pruned.
    """
    job = problem.job(genome, 0, problem.adult_epochs, replicate=replicate)
    words = np.random.SeedSequence([problem.seed, replicate]).generate_state(2).tolist()
    return replace(job, seed=words[0] << 31 | words[1] >> 1)
