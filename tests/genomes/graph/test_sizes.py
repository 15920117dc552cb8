"""Sizes told from the genes are those of the network that the genes decode to."""

from __future__ import annotations

import random

import pytest

from genomes.chromosomes.space import FAMILIES, bred_families, decode, sizes
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.graph.normalization import Normalization
from genomes.graph.sizes import Sizes
from tests.genomes.random_networks import interface_for

SHAPES = {
    "cnn": [(1, 8, 8), (3, 16, 16), (1, 28, 28), (1, 1, 1), (2, 1, 9), (1, 3, 2), (5, 2, 2)],
    "cnn1d": [(1, 8), (3, 100), (1, 1), (2, 2), (1, 9)],
    "modular": [(1, 8, 8), (3, 16, 16), (1, 1, 1), (2, 1, 9), (2, 9, 7), (2, 50)],
    "mlp": [(13,), (1,), (1, 8, 8)],
    "transformer": [(12,), (1,)],
    "gru": [(12,), (1,)],
}


@pytest.mark.parametrize("family", bred_families())
def test_sizes_are_those_of_the_decoded_network(family: str) -> None:
    rng = random.Random(0)
    for _ in range(60):
        for shape in SHAPES.get(family, [(1, 8, 8)]):
            plain = Normalization((0.5,) * shape[0], (2.0,) * shape[0])
            interface = interface_for(family, shape, rng.choice([None, plain]))
            values = FAMILIES.load(family).genes(interface).sample(rng)
            expressed = Record(architecture=values)
            assert sizes(expressed, interface) == Sizes.of(decode(expressed, interface)), values


def test_sizes_of_a_spec_are_what_it_counts() -> None:
    layer = Record(width=4, normalisation="batch", activation="relu")
    genes = Record(architecture=Record(family="mlp", layers=(layer,), dropout=0.0))
    assert sizes(genes, Interface((3,), 2)) == Sizes(
        parameters=3 * 4 + 2 * 4 + 4 * 2 + 2,
        flops=2 * 3 * 4 + 2 * 4 + 4 + (2 * 4 + 1) * 2,  # linear, norm, activation, logits
        activations=3 + 4 + 4 + 4 + 2,
    )
