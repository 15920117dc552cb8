"""Family cnn: every value decodes; blocks, skips, sites and strides are as the names say."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomes.architectures import cnn
from genomes.genes.gene import Record
from genomes.graph.inhibition import OFF
from genomes.graph.interface import Interface
from genomes.graph.normalization import Normalization
from genomes.graph.spec import NetworkSpec, Site

SHAPES = [(1, 8, 8), (3, 16, 16), (1, 28, 28), (1, 1, 1), (2, 1, 9), (1, 3, 2), (5, 2, 2)]


def stage(**changes: Any) -> Record:
    values = {
        "block": "conv", "depth": 1, "width": 6, "kernel": 3, "stride": 1,
        "normalisation": "batch", "activation": "relu", "pooling": "none", "expansion": 2,
        "inhibition": OFF,
    }  # fmt: skip
    return Record({**values, **changes})


def decode(*stages: Record, shape: tuple[int, ...] = (1, 8, 8), **changes: Any) -> NetworkSpec:
    values = {
        "family": "cnn", "stages": stages, "head": "global_average", "head_width": 0,
        "dropout": 0.0,
    }  # fmt: skip
    genes = cnn.genes(Interface(shape, 4))
    return cnn.decode(genes.check({**values, **changes}), Interface(shape, 4))


def operations(spec: NetworkSpec) -> list[str]:
    return [node.operation for node in spec.nodes]


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_value_decodes_and_its_ties_hold(shape: tuple[int, ...], seed: int) -> None:
    genes, rng = cnn.genes(Interface(shape, 4)), random.Random(seed)
    value = genes.mutate(genes.crossover(genes.sample(rng), genes.sample(rng), rng), rng)
    spec = cnn.decode(genes.check(value), Interface(shape, 4))
    assert spec.outputs == 4
    assert all(min(node.shape) >= 1 for node in spec.nodes)
    sited = {site.name for site in spec.sites}
    for node in spec.nodes[:-1]:
        if node.operation in ("conv", "linear"):
            assert spec.channels.site(node.name) in sited, node
    assert all(site.stage <= len(value["stages"]) for site in spec.sites)
    assert spec == cnn.decode(value, Interface(shape, 4))


def test_vectors_are_refused_with_advice() -> None:
    with pytest.raises(ValueError, match=r"shape \(13,\).*Choose family mlp"):
        cnn.genes(Interface((13,), 3))
    with pytest.raises(ValueError, match=r"shape \(2, 13\).*Choose family cnn1d or mlp"):
        cnn.genes(Interface((2, 13), 3))


def test_a_plain_stage() -> None:
    spec = decode(stage(depth=2, pooling="max"))
    one = ["conv", "batch_norm", "activation"]
    assert operations(spec) == [
        "input", *one, "mask", *one, "max_pool", "mask", "global_average_pool", "linear"
    ]  # fmt: skip
    assert spec.sites == (Site("stage0.block0", 6, 0), Site("stage0", 6, 0))
    assert spec.dense_parameters() == 54 + 12 + 324 + 12 + 28
    assert spec.nodes[-2].shape == (6,)


def test_without_normalisation_convolutions_have_biases() -> None:
    spec = decode(stage(normalisation="none"))
    assert spec.by_name["stage0_block0_conv"].attributes["bias"] is True
    assert "batch_norm" not in operations(spec)
    assert decode(stage()).by_name["stage0_block0_conv"].attributes["bias"] is False


def test_separable_blocks_mask_their_depthwise_part_by_the_site_of_their_input() -> None:
    spec = decode(stage(width=5), stage(block="separable", stride=2))
    depthwise = spec.by_name["stage1_block0_depthwise"]
    assert depthwise.shape == (5, 4, 4)
    assert spec.channels.site(depthwise.name) == "stage0"
    assert spec.by_name["stage1_block0_depthwise_mask"].attributes == {
        "site": "stage0",
        "stage": 0,
    }
    assert spec.channels.site("stage1_block0_pointwise") == "stage1"
    first = decode(stage(block="separable"))  # nothing masks the network's input
    assert first.channels.site("stage0_block0_depthwise") is None


def test_residual_blocks_add_their_input_and_project_it_where_it_differs() -> None:
    spec = decode(stage(block="residual", depth=2, stride=2))
    assert spec.by_name["stage0_block0_add"].inputs == (
        "stage0_block0_conv2_norm",
        "stage0_block0_project_norm",
    )
    assert spec.by_name["stage0_block0_project"].attributes["stride"] == 2
    assert spec.by_name["stage0_block1_add"].inputs == (
        "stage0_block1_conv2_norm",
        "stage0_block0_out_mask",
    )
    assert [site.name for site in spec.sites] == ["stage0.block0", "stage0", "stage0.block1"]
    assert spec.channels["stage0_block0_project"] == spec.channels["stage0_block1_conv2"]


def test_inverted_blocks_widen_and_add_their_input_where_shapes_allow() -> None:
    spec = decode(stage(block="inverted", depth=2, expansion=3, stride=2))
    assert spec.by_name["stage0_block0_expand"].shape == (18, 8, 8)
    assert spec.by_name["stage0_block0_depthwise"].shape == (18, 4, 4)
    assert "stage0_block0_add" not in spec.by_name
    assert spec.by_name["stage0_block1_add"].inputs == (
        "stage0_block1_project_norm",
        "stage0_block0_out_mask",
    )
    assert spec.by_name["stage0_block1_out_mask"].inputs == ("stage0_block1_add",)
    narrow = decode(stage(block="inverted", expansion=1))
    assert "stage0_block0_expand" not in narrow.by_name


def test_strides_pools_and_kernels_stop_at_one_pixel() -> None:
    deep = stage(stride=2, pooling="average", kernel=5)
    spec = decode(deep, deep, deep, deep, shape=(1, 8, 8))
    assert spec.by_name["stage1_block0_out_mask"].shape == (6, 1, 1)
    assert "stage2_block0_pool" not in spec.by_name
    assert spec.by_name["stage3_block0_conv"].attributes["kernel"] == 1
    assert spec.by_name["stage3_block0_conv"].attributes["stride"] == 1
    assert spec.by_name["stage1_block0_conv"].attributes["kernel"] == 3  # of two pixels
    line = decode(deep, shape=(1, 1, 9))
    assert line.by_name["stage0_block0_conv"].shape == (6, 1, 9)


def test_heads() -> None:
    plain = decode(stage(), head="flatten")
    assert plain.output.inputs == ("head_flatten",)
    assert plain.tensors["logits"]["weight"] == (4, 6 * 64)
    wide = decode(stage(activation="silu"), head_width=16, dropout=0.25)
    assert wide.sites[-1] == Site("head", 16, 1)
    assert [node.operation for node in wide.nodes[-5:]] == [
        "linear", "activation", "mask", "dropout", "linear"
    ]  # fmt: skip
    assert wide.by_name["head_activation"].attributes["function"] == "silu"
    assert "head_dropout" not in decode(stage(), dropout=0.04).by_name


def test_normalisation_comes_first_with_its_constants() -> None:
    values = Record(family="cnn", stages=(stage(),), head="flatten", head_width=0, dropout=0.0)
    spec = cnn.decode(values, Interface((1, 8, 8), 4, Normalization((0.5,), (0.25,))))
    assert spec.nodes[1].operation == "normalize"
    assert spec.nodes[1].attributes == {"mean": (0.5,), "std": (0.25,)}
    assert (
        spec.dense_parameters() == cnn.decode(values, Interface((1, 8, 8), 4)).dense_parameters()
    )
