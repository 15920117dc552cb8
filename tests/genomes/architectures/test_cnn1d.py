"""Family cnn1d: the stages of cnn over sequences; wide windows, and strides that stop in time."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitness.data.task import USUAL, USUAL_SIZE
from genomes.architectures import cnn1d
from genomes.chromosomes.space import sizes
from genomes.genes.gene import Record
from genomes.graph.inhibition import OFF
from genomes.graph.interface import Interface
from genomes.graph.spec import NetworkSpec, Site

SHAPES = [(1, 8), (3, 100), (1, 1), (2, 2), (1, 9)]


def stage(**changes: Any) -> Record:
    values = {
        "block": "conv", "depth": 1, "width": 6, "kernel": 9, "stride": 1,
        "normalisation": "batch", "activation": "relu", "pooling": "none", "expansion": 2,
        "inhibition": OFF,
    }  # fmt: skip
    return Record({**values, **changes})


def decode(*stages: Record, shape: tuple[int, ...] = (2, 100), **changes: Any) -> NetworkSpec:
    values = {
        "family": "cnn1d", "stages": stages, "head": "global_average", "head_width": 0,
        "dropout": 0.0,
    }  # fmt: skip
    genes = cnn1d.genes(Interface(shape, 4))
    return cnn1d.decode(genes.check({**values, **changes}), Interface(shape, 4))


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_value_decodes_and_what_is_convolved_has_a_site(
    shape: tuple[int, ...], seed: int
) -> None:
    genes, rng = cnn1d.genes(Interface(shape, 4)), random.Random(seed)
    value = genes.mutate(genes.crossover(genes.sample(rng), genes.sample(rng), rng), rng)
    spec = cnn1d.decode(genes.check(value), Interface(shape, 4))
    assert spec.outputs == 4
    assert all(min(node.shape) >= 1 for node in spec.nodes)
    sited = {site.name for site in spec.sites}
    for node in spec.nodes[:-1]:
        if node.operation in ("conv", "linear"):
            assert spec.channels.site(node.name) in sited, node


@pytest.mark.parametrize(("shape", "better"), [((13,), "mlp"), ((1, 8, 8), "cnn")])
def test_other_inputs_are_refused_with_advice(shape: tuple[int, ...], better: str) -> None:
    with pytest.raises(ValueError, match=rf"needs \(channels, length\). Choose family {better}\."):
        cnn1d.genes(Interface(shape, 3))


def test_a_plain_stage_by_hand() -> None:
    spec = decode(stage(depth=2, stride=4, pooling="max"))
    assert [node.shape for node in spec.nodes if node.operation in ("conv", "max_pool")] == [
        (6, 25), (6, 25), (6, 12)
    ]  # fmt: skip
    assert spec.tensors["stage0_block0_conv"]["weight"] == (6, 2, 9)
    assert spec.sites == (Site("stage0.block0", 6, 0), Site("stage0", 6, 0))
    assert spec.dense_parameters() == 6 * 2 * 9 + 12 + 6 * 6 * 9 + 12 + 28
    assert spec.nodes[-2].shape == (6,)


def test_windows_strides_and_pools_stop_at_one_position() -> None:
    deep = stage(stride=4, pooling="average", kernel=31)
    spec = decode(deep, deep, deep, shape=(1, 10))
    assert spec.by_name["stage0_block0_conv"].attributes["kernel"] == 19  # more meets padding only
    assert spec.by_name["stage0_block0_out_mask"].shape == (6, 1)
    assert spec.by_name["stage1_block0_conv"].attributes["kernel"] == 1
    assert spec.by_name["stage1_block0_conv"].attributes["stride"] == 1
    assert "stage1_block0_pool" not in spec.by_name


@pytest.mark.parametrize("length", [100, 784, 16000])
@pytest.mark.parametrize("channels", [1, 9])
def test_textbook_networks_without_places_keep_to_the_usual_limits(
    channels: int, length: int
) -> None:
    interface, growth = Interface((channels, length), 10), max(1.0, length / USUAL_SIZE)
    for genes in cnn1d.TEXTBOOK:
        found = sizes(Record(architecture=genes.replacing(family="cnn1d")), interface)
        assert found.flops <= growth * USUAL.max_flops
        assert found.activations <= growth * USUAL.max_activations
        assert genes["head"] == "flatten" or found.parameters <= USUAL.max_parameters
