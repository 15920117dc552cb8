"""What all kinds of modules lay out with: names, sites, stages, vectors."""

from __future__ import annotations

import random

from genomes.chromosomes.epigenome import MAXIMUM_STAGES
from genomes.graph.sketch import Sketch
from genomes.layout.module_layout import Module, NetworkSketch, Stream
from tests.genomes.modules_at_work import A, decode, module, placed


def at_work(
    kind: str = "conv", shape: tuple[int, ...] = (2, 8, 6), head: str = "flatten"
) -> Module:
    return Module(NetworkSketch(Sketch(shape), head), placed(A, "input", kind))


def test_stages_count_modules_that_have_a_site_and_the_last_is_shared() -> None:
    spec = decode(*[module("conv"), module("pooling")] * 6, shape=(1, 64, 64), head_width=16)
    found = [site.stage for site in spec.sites]
    assert found == [0, 1, 2, 3, 4, 4, 5]
    assert max(found) == MAXIMUM_STAGES - 1
    assert [site.name.split(".")[0] for site in spec.sites[:-1]] == [
        f"stage{n}" for n in found[:-1]
    ]
    short = decode(module("conv"), module("residual"), head_width=16)
    assert [site.stage for site in short.sites] == [0, 1, 2]


def test_nodes_are_named_for_their_module_and_role() -> None:
    one = at_work()
    stream = one.closed(one.mix("conv", "input", 5, kernel=3))
    assert [node.name for node in one.plan.sketch.nodes[1:]] == [
        f"{A}_conv", f"{A}_conv_norm", f"{A}_out_activation", f"{A}_out_mask"
    ]  # fmt: skip
    assert stream == Stream(f"{A}_out_mask", f"stage0.{A}")
    assert one.plan.sketch.nodes[-1].attributes == {"site": f"stage0.{A}", "stage": 0}


def test_kernels_and_strides_fit_what_is_left_of_an_image() -> None:
    one = at_work(shape=(1, 1, 2))
    name = one.mix("conv", "input", 4, kernel=5)
    assert one.plan.sketch.nodes[1].attributes["kernel"] == 3
    assert one.shape(name) == (4, 1, 2)
    assert one.stride("input") == 1
    strided = Module(one.plan, one.genes.replacing(stride=2))
    assert strided.stride("input") == 1
    assert Module(at_work().plan, one.genes.replacing(stride=2)).stride("input") == 2


def test_vectors_are_mixed_by_linear_layers_and_left_alone_by_depthwise_ones() -> None:
    one = at_work(shape=(7,))
    assert one.shape(one.mix("conv", "input", 4, kernel=3)) == (4,)
    assert one.plan.sketch.nodes[1].operation == "linear"
    assert one.depthwise("depthwise", "input", None) == "input"


def test_the_head_says_how_images_become_vectors() -> None:
    flat, mean = at_work(head="flatten"), at_work(head="global_average")
    image = Stream("input", "stage0.x")
    assert flat.plan.vector("v", image) == Stream("v_flatten", "stage0.x", loose=True)
    assert flat.shape("v_flatten") == (96,)
    assert mean.plan.vector("v", image) == Stream("v_pool", "stage0.x")
    assert mean.plan.vector("w", Stream("v_pool", None)) == Stream("v_pool", None)


def test_shortcuts_need_channels_of_one_site_and_all_pixels() -> None:
    one = at_work()
    assert one.continues(Stream("input", "stage0.x"))
    assert not one.continues(Stream("input", None))
    assert not one.continues(Stream("input", "stage0.x", loose=True))
    assert not Module(one.plan, one.genes.replacing(stride=2)).continues(Stream("input", "s"))


def test_only_loose_streams_are_projected() -> None:
    one = at_work()
    whole = Stream("input", "stage0.x")
    assert one.tight(whole) == whole
    projected = one.tight(whole._replace(loose=True))
    assert projected == Stream(f"{A}_project_mask", f"stage0.{A}.project")
    assert one.shape(projected.node) == (6, 8, 6)


def test_without_normalisation_layers_have_biases() -> None:
    rng = random.Random(0)
    for kind in ("conv", "separable", "residual", "inverted"):
        spec = decode(module("conv"), module(kind, normalisation="none", width=rng.randint(4, 9)))
        last = spec.nodes[-3]
        weighted = [
            node
            for node in spec.nodes
            if node.name[:8] == last.name[:8] and node.operation in ("conv", "depthwise")
        ]
        assert weighted
        assert all(node.attributes["bias"] for node in weighted)
