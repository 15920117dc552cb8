"""Networks of a sweep: what pruning by each curve does to a genome, and paired seeds."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from evo.errors import BadInput
from evo.sweeps.grid import curve_names
from evo.sweeps.networks import UNPRUNED, USUAL, pruned, textbook_genome
from fitness.silencing.pruning_plan import PruningPlan
from genomes.chromosomes import regulation_genes
from genomes.chromosomes.space import network_space
from genomes.genes.genome import Genome, Space
from genomes.graph.interface import Interface


@pytest.fixture
def space() -> Space:
    interface = Interface(input_shape=(8,), outputs=3)
    return network_space(family="mlp", interface=interface).pin(USUAL)


def plan(genome: Genome) -> PruningPlan:
    return PruningPlan.from_genes(genome.chromosomes["pruning"])


def test_a_textbook_network_is_the_same_each_time(space: Space) -> None:
    genome = textbook_genome(1, space)
    assert genome == textbook_genome(1, space)
    assert genome != textbook_genome(2, space)
    assert plan(genome).criterion == "magnitude"
    with pytest.raises(BadInput, match="received --textbook 5, expected 1 to 4"):
        textbook_genome(5, space)


@pytest.mark.parametrize("curve", [UNPRUNED, *curve_names()])
def test_every_curve_makes_a_plan_that_keeps_the_rest(curve: str, space: Space) -> None:
    genome = textbook_genome(1, space)
    found = pruned(genome, curve, 0.99, None)
    assert set(plan(found).final_sparsity) == {0.99}
    assert plan(found).granularity == "weight"
    others = {n: x for n, x in genome.chromosomes.items() if n != "pruning"}
    assert others == {n: x for n, x in found.chromosomes.items() if n != "pruning"}


def test_one_shot_cuts_all_in_the_middle_and_linear_bit_by_bit(space: Space) -> None:
    genome = textbook_genome(1, space)
    shot, linear = (plan(pruned(genome, curve, 0.9, None)) for curve in ("one-shot", "linear"))
    assert [shot.silenced(0, 1000, at) for at in (0.49, 0.5, 1.0)] == [0, 900, 900]
    assert [linear.silenced(0, 1000, at) for at in (0.2, 0.5, 0.8)] == [0, 450, 900]


def test_a_gene_network_is_the_genomes_own_if_it_has_one(space: Space) -> None:
    genome = textbook_genome(1, space)
    assert plan(pruned(genome, "gene-network", 0.5, None)).regulation == regulation_genes.TEXTBOOK
    own = regulation_genes.genes().sample(random.Random(3))
    pruning = genome.chromosomes["pruning"].replacing(regulation=own)
    bred = replace(genome, chromosomes=genome.chromosomes.replacing(pruning=pruning))
    assert plan(pruned(bred, "gene-network", 0.5, "channel")).regulation == own


def test_the_granularity_may_be_another(space: Space) -> None:
    assert (
        plan(pruned(textbook_genome(1, space), "cubic", 0.5, "channel")).granularity == "channel"
    )
