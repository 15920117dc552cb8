"""How far apart genomes are: by the genes that say so, else as numbers."""

from __future__ import annotations

import random

import numpy as np
import pytest

from evo.breeding.compatibility import distance_of, graphs
from genomes.genes.encoding import Encoding
from genomes.genes.gene import Choice, Record, Struct
from genomes.genes.genome import Genome, Space
from genomes.genes.topology import Topology
from tests.evo.toy import toy_world


def male(identity: str, **parameters: object) -> Genome:
    return Genome(identity, "male", Record(parameters=Record(parameters)))


def test_genes_that_offer_a_distance_decide() -> None:
    gene = Topology(2, 1)
    other = Struct({"graph": gene, "rate": Choice((1, 2))})
    space = Space({"parameters": other, "predictor": toy_world().space.chromosomes["predictor"]})
    values = [gene.sample(random.Random(seed)) for seed in range(2)]
    a, b = (male(str(seed), graph=value, rate=seed) for seed, value in enumerate(values, 1))
    assert distance_of(space)(a, b) == gene.distance(*values) > 0.0
    assert graphs(space) == ("parameters",)


def test_a_gene_is_asked_as_it_is_beside_its_siblings() -> None:
    gene = Topology(2, 1, weighted_when=Record(weights=("evolved",)))
    space = Space({"parameters": Struct({"weights": Choice(("a", "evolved")), "graph": gene})})
    values = [gene.sample(random.Random(seed)) for seed in range(2)]
    trained = [male("t", weights="a", graph=value) for value in values]
    evolved = [male("e", weights="evolved", graph=value) for value in values]
    assert distance_of(space)(*trained) == 0.0
    assert distance_of(space)(*evolved) == gene.distance(*values)


def test_other_spaces_are_measured_as_numbers() -> None:
    space = toy_world().space
    a, b = (space.sample(name, "male", random.Random(name)) for name in "ab")
    encoding = Encoding(Struct({"parameters": space.chromosomes["parameters"]}))
    expected = np.linalg.norm(encoding.vector(a.chromosomes) - encoding.vector(b.chromosomes))
    distance = distance_of(space)
    assert distance(a, b) == distance(b, a) == pytest.approx(expected)
    assert distance(a, a) == 0.0
    assert graphs(space) == ()
