"""Kinds of modules: contracts over all of them, and what each lays out."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest

from genomes.architectures import modular
from genomes.genes.genome import Space
from genomes.graph.interface import Interface
from genomes.graph.spec import NetworkSpec
from genomes.layout.module_layout import MODULES, Module, Stream
from tests.genomes.modules_at_work import A, B, C, decode, module, operations, placed

CLOSED = ["batch_norm", "activation", "mask"]
STEM = placed(A, "input", "conv", width=8)


def behind_a_stem(kind: str, shape: tuple[int, ...] = (1, 8, 8), **genes: object) -> NetworkSpec:
    return decode(STEM, placed(B, A, kind, **genes), shape=shape)


# -- contracts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MODULES.names())
def test_a_kind_says_which_genes_act_and_how_often_it_is_drawn(kind: str) -> None:
    file = MODULES.load(kind)
    genes = modular.genes(Interface((1, 8, 8), 4)).fields["modules"].gene
    optional = set(genes.fields) - {"kind", "normalisation", "activation", "inhibition", "join"}
    assert set(file.GENES) <= optional
    assert file.WEIGHT > 0
    assert file.__doc__
    assert kind in genes.fields["kind"].options


@pytest.mark.parametrize("kind", MODULES.names())
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 7, 5), (1, 1, 1), (2, 1, 9)])
@pytest.mark.parametrize("head", ["flatten", "global_average"])
def test_a_kind_works_behind_images_vectors_joins_and_itself(
    kind: str, shape: tuple[int, ...], head: str
) -> None:
    for before in ("conv", "dense", "pooling", kind):
        for join in ("add", "concatenate"):
            spec = decode(
                placed(A, "input", before),
                placed(B, f"input {A}", kind, join=join),
                placed(C, B, kind, normalisation="layer"),
                shape=shape,
                head=head,
            )
            spec.channels  # noqa: B018  (ties are checked when traced)
            sited = {site.name for site in spec.sites}
            for node in spec.nodes[:-1]:
                scales = node.operation == "linear" and node.name.endswith("_scale")
                to_input = spec.channels[node.name].group == spec.channels["input"].group
                if node.operation in ("conv", "linear") and not to_input:
                    assert spec.channels.site(node.name) in sited or scales, node


@pytest.mark.parametrize("kind", MODULES.names())
def test_a_kind_can_be_pinned_and_switched_off(kind: str) -> None:
    space = Space({"architecture": modular.genes(Interface((1, 8, 8), 4))})
    only = space.pin({"architecture.modules.kind": kind}).chromosomes["architecture"]
    others = [name for name in MODULES.names() if name != kind]
    without = space.pin({"architecture.modules.kind": others}).chromosomes["architecture"]
    for genes, allowed in ((only, {kind}), (without, set(others))):
        rng = random.Random(kind)
        value = genes.sample(rng)
        for _ in range(30):
            value = genes.mutate(genes.crossover(value, genes.sample(rng), rng), rng)
            assert {m["kind"] for m in value["modules"]} <= allowed


def test_a_plugin_adds_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    def lay_out(module: Module, x: Stream) -> Stream:
        return module.closed(module.mix("mine", x.node, 5))

    monkeypatch.setattr(MODULES, "_added", {})
    MODULES.register("mine", SimpleNamespace(GENES=("width",), WEIGHT=1.0, lay_out=lay_out))
    only = Space({"architecture": modular.genes(Interface((1, 8, 8), 4))}).pin(
        {"architecture.modules.kind": "mine"}
    )
    value = only.chromosomes["architecture"].sample(random.Random(0))
    spec = modular.decode(value, Interface((1, 8, 8), 4))
    mine = [node for node in spec.nodes if node.name.endswith("_mine")]
    assert len(mine) == len(value["modules"]) > 1


# -- each kind -----------------------------------------------------------------------------------


def test_conv() -> None:
    spec = behind_a_stem("conv", stride=2)
    assert operations(spec, B) == ["conv", *CLOSED]
    assert spec.by_name[f"{B}_conv"].shape == (6, 4, 4)
    assert operations(behind_a_stem("conv", shape=(1, 1, 1)), B) == ["conv", *CLOSED]


def test_dense_makes_a_vector_which_convolutions_read_as_such() -> None:
    spec = decode(STEM, placed(B, A, "dense"), placed(C, B, "conv"), head="flatten")
    assert operations(spec, B) == ["flatten", "linear", *CLOSED]
    assert spec.tensors[f"{B}_linear"]["weight"] == (6, 8 * 64)
    assert operations(spec, C) == ["linear", *CLOSED]
    assert [node.operation for node in spec.nodes[-2:]] == ["mask", "linear"]


def test_separable() -> None:
    spec = behind_a_stem("separable", stride=2)
    assert operations(spec, B) == ["depthwise", *CLOSED, "conv", *CLOSED]
    assert spec.channels.site(f"{B}_depthwise") == f"stage0.{A}"
    assert spec.by_name[f"{B}_depthwise"].shape == (8, 4, 4)
    assert spec.channels.site(f"{B}_pointwise") == f"stage1.{B}"


def test_a_residual_module_keeps_channels_and_site_of_what_it_can_add() -> None:
    spec = behind_a_stem("residual", width=4)
    block = ["conv", *CLOSED, "conv", "batch_norm"]
    assert operations(spec, B) == [*block, "add", "activation", "mask"]
    assert spec.by_name[f"{B}_add"].inputs == (f"{B}_conv2_norm", f"{A}_out_mask")
    assert spec.by_name[f"{B}_conv1"].shape == (4, 8, 8)
    assert spec.by_name[f"{B}_out_mask"].attributes == {"site": f"stage0.{A}", "stage": 0}
    assert [site.name for site in spec.sites] == [f"stage0.{A}", f"stage1.{B}.inner"]
    projected = behind_a_stem("residual", width=4, stride=2)
    assert projected.by_name[f"{B}_project"].attributes["stride"] == 2
    assert projected.by_name[f"{B}_out_mask"].attributes["site"] == f"stage1.{B}"
    assert projected.by_name[f"{B}_add"].shape == (4, 4, 4)


def test_an_inverted_bottleneck_widens_in_between() -> None:
    spec = behind_a_stem("inverted", expansion=3, width=5)
    assert operations(spec, B) == ["conv", *CLOSED, "depthwise", *CLOSED, "conv", "batch_norm",
                                   "add", "mask"]  # fmt: skip
    assert spec.by_name[f"{B}_depthwise"].shape == (15, 8, 8)
    assert spec.by_name[f"{B}_add"].inputs == (f"{B}_project_norm", f"{A}_out_mask")
    strided = behind_a_stem("inverted", expansion=3, width=5, stride=2)
    assert strided.by_name[f"{B}_out_mask"].shape == (5, 4, 4)
    assert f"{B}_add" not in strided.by_name


def test_excitation_scales_the_channels_of_its_input() -> None:
    spec = behind_a_stem("excite", reduction=4)
    assert operations(spec, B) == [
        "global_average_pool", "linear", "activation", "mask", "linear", "excite"
    ]  # fmt: skip
    assert spec.by_name[f"{B}_squeeze"].shape == (2,)
    assert spec.by_name[f"{B}_excite"].inputs == (f"{A}_out_mask", f"{B}_scale")
    assert spec.channels.site(f"{B}_scale") == f"stage0.{A}"
    assert spec.channels.site(f"{B}_squeeze") == f"stage1.{B}.squeeze"


def test_pooling_halves_what_has_two_rows_and_columns() -> None:
    spec = behind_a_stem("pooling", pooling="average", shape=(1, 5, 4))
    assert operations(spec, B) == ["average_pool"]
    assert spec.by_name[f"{B}_pool"].shape == (8, 2, 2)
    assert operations(behind_a_stem("pooling", shape=(1, 1, 9)), B) == []
    vector = decode(module("dense"), module("pooling"))
    assert "max_pool" not in operations(vector)
