"""Family mlp: every value decodes, for vectors and for images."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomes.architectures import mlp
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.graph.normalization import Normalization
from genomes.graph.spec import Site

LAYER = Record(width=8, normalisation="batch", activation="tanh")


@pytest.mark.parametrize("shape", [(13,), (1,), (1, 8, 8), (3, 2, 1), (2, 9)])
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_value_decodes(shape: tuple[int, ...], seed: int) -> None:
    genes, rng = mlp.genes(Interface(shape, 3)), random.Random(seed)
    value = genes.mutate(genes.crossover(genes.sample(rng), genes.sample(rng), rng), rng)
    spec = mlp.decode(genes.check(value), Interface(shape, 3))
    assert spec.outputs == 3
    assert len(spec.sites) == len(value["layers"])


def test_layers_in_order() -> None:
    values = Record(
        family="mlp", layers=(LAYER, LAYER.replacing(width=5, normalisation="none")), dropout=0.2
    )
    spec = mlp.decode(values, Interface((13,), 3))
    assert [node.operation for node in spec.nodes] == [
        "input", "linear", "batch_norm", "activation", "mask", "dropout",
        "linear", "activation", "mask", "dropout", "linear",
    ]  # fmt: skip
    assert spec.sites == (Site("stage0", 8, 0), Site("stage1", 5, 1))
    assert spec.dense_parameters() == 13 * 8 + 16 + (8 + 1) * 5 + (5 + 1) * 3


def test_without_layers_it_is_logistic_regression_on_flattened_pixels() -> None:
    values = Record(family="mlp", layers=(), dropout=0.5)
    spec = mlp.decode(values, Interface((1, 8, 8), 10, Normalization((1.0,), (2.0,))))
    assert [node.operation for node in spec.nodes] == ["input", "normalize", "flatten", "linear"]
    assert spec.dense_parameters() == 650


def test_sequences_are_flattened_too() -> None:
    values = Record(family="mlp", layers=(), dropout=0.0)
    spec = mlp.decode(values, Interface((2, 9), 3, Normalization((1.0, 0.0), (2.0, 1.0))))
    assert [node.shape for node in spec.nodes] == [(2, 9), (2, 9), (18,), (3,)]
