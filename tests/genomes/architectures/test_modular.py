"""Family modular: every value decodes; heads, textbook networks, inherited weights."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genomes.architectures import modular
from genomes.chromosomes.epigenome import MAXIMUM_STAGES
from genomes.genes.encoding import Encoding
from genomes.genes.gene import Record, freeze
from genomes.genes.module_edits import OUTPUT, chain, split
from genomes.graph.interface import Interface
from genomes.graph.morphism_history import counterparts
from genomes.graph.morphism_plan import inherited_share
from genomes.graph.normalization import Normalization
from genomes.graph.sizes import Sizes
from genomes.graph.spec import NetworkSpec
from genomes.networks.inherit import inherit_weights
from genomes.networks.network import build
from tests.genomes.modules_at_work import A, B, C, decode, module, operations, placed
from tests.genomes.random_networks import random_inputs

SHAPES = [(1, 8, 8), (3, 16, 16), (1, 28, 28), (1, 1, 1), (2, 1, 9), (1, 3, 2), (2, 9, 7)]
SEQUENCES = [(1, 1), (3, 40)]


def random_value(rng: random.Random, shape: tuple[int, ...] = (1, 8, 8)) -> Record:
    genes = modular.genes(Interface(shape, 4))
    a, b = genes.sample(rng), genes.sample(rng)
    for _ in range(rng.randrange(20)):
        a, b = genes.mutate(a, rng), genes.mutate(b, rng)
    return genes.crossover(a, b, rng)


@pytest.mark.parametrize("shape", SHAPES + SEQUENCES)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_value_decodes_and_its_ties_hold(shape: tuple[int, ...], seed: int) -> None:
    rng = random.Random(seed)
    value = random_value(rng, shape)
    assert modular.genes(Interface(shape, 4)).check(freeze(json.loads(json.dumps(value)))) == value
    spec = modular.decode(value, Interface(shape, 4))
    assert spec.outputs == 4
    assert all(min(node.shape) >= 1 for node in spec.nodes)
    assert all(site.stage < MAXIMUM_STAGES for site in spec.sites)
    sited = {site.name for site in spec.sites}
    for node in spec.nodes[:-1]:
        is_inputs = spec.channels[node.name].group == spec.channels["input"].group
        if node.operation in ("conv", "linear") and not is_inputs:
            assert spec.channels.site(node.name) in sited, node
    assert spec == modular.decode(value, Interface(shape, 4))


def test_nothing_is_laid_out_that_does_not_lead_to_the_logits() -> None:
    for seed in range(60):
        value = random_value(random.Random(seed))
        sketch = modular._sketched(value, Interface((1, 8, 8), 4))
        assert len(sketch.nodes) == len(sketch.finish().nodes)


def test_vectors_are_refused_with_advice() -> None:
    with pytest.raises(ValueError, match=r"shape \(13,\).*Choose family mlp"):
        modular.genes(Interface((13,), 3))


def test_sequences_have_wider_windows_and_strides_and_images_keep_theirs() -> None:
    def options(shape: tuple[int, ...], name: str) -> tuple[int, ...]:
        fields = modular.genes(Interface(shape, 4)).fields["modules"].gene.fields
        return tuple(fields[name].gene.options)

    assert options((2, 40), "kernel") == (3, 5, 9, 15, 31)
    assert options((2, 40), "stride") == (1, 2, 4)
    assert (options((1, 8, 8), "kernel"), options((1, 8, 8), "stride")) == ((3, 5), (1, 2))


def test_modules_over_sequences() -> None:
    spec = decode(module("conv", kernel=9, stride=4), module("pooling"), shape=(2, 40))
    assert spec.tensors[spec.nodes[1].name]["weight"] == (6, 2, 9)
    assert [node.shape for node in spec.nodes[-3:]] == [(6, 5), (6,), (4,)]


def test_a_chain_with_a_head() -> None:
    spec = decode(module("conv"), module("pooling"), head_width=16, dropout=0.25)
    one = ["conv", "batch_norm", "activation", "mask"]
    assert operations(spec) == [
        "input", *one, "max_pool", "global_average_pool",
        "linear", "activation", "mask", "dropout", "linear",
    ]  # fmt: skip
    assert spec.sites[-1] == ("head", 16, 1)
    assert spec.dense_parameters() == 9 * 6 + 12 + 7 * 16 + 17 * 4
    flat = decode(module("conv", width=5), head="flatten")
    assert flat.tensors["logits"]["weight"] == (4, 5 * 64)
    assert "head_flatten" not in decode(module("dense"), head="flatten").by_name


def test_normalisation_comes_first_for_all_that_read_the_input() -> None:
    spec = decode(
        placed(A, "input", "conv"),
        placed(B, f"{A} input", "conv"),
        normalization=Normalization((0.5,), (0.25,)),
    )
    assert spec.by_name["normalize"].attributes == {"mean": (0.5,), "std": (0.25,)}
    assert [n.name for n in spec.nodes if "input" in n.inputs] == ["normalize"]
    assert len([n.name for n in spec.nodes if "normalize" in n.inputs]) == 2


@pytest.mark.parametrize("number", range(len(modular.TEXTBOOK)))
def test_textbook_networks_are_within_the_limits_of_digits(number: int) -> None:
    from fitness.tasks.digits import load

    limits = load().defaults
    values = modular.genes(Interface((1, 8, 8), 10)).check(
        {"family": "modular", **modular.TEXTBOOK[number]}
    )
    found = Sizes.of(
        modular.decode(values, Interface((1, 8, 8), 10, Normalization((8.0,), (4.0,))))
    )
    assert found.parameters <= limits.max_parameters
    assert found.flops <= limits.max_flops
    assert found.activations <= limits.max_activations


def test_encodings_are_finite_and_of_one_length() -> None:
    encoding = Encoding(modular.genes(Interface((1, 8, 8), 4)))
    rows = [encoding.vector(random_value(random.Random(seed))) for seed in range(60)]
    table = np.stack(rows)
    assert table.shape == (60, len(encoding.names))
    assert np.isfinite(table).all()
    assert len(set(encoding.names)) == len(encoding.names)
    assert {"modules.edges", "modules.depth", "modules.length"} <= set(encoding.names)


def test_the_graph_is_encoded_by_its_edges_and_its_depth() -> None:
    genes = modular.genes(Interface((1, 8, 8), 4))
    encoding = Encoding(genes)
    a, b, c = placed(A, "input", "conv"), placed(B, "input", "conv"), placed(C, f"{A} {B}", "conv")
    values = genes.sample(random.Random(0)).replacing(
        modules=genes.fields["modules"].check((a, b, c))
    )
    row = dict(zip(encoding.names, encoding.vector(values), strict=True))
    assert row["modules.edges"] == 4 / (12 * 3)
    assert row["modules.depth"] == 2 / 12
    assert row["modules.length"] == 2 / 11


# -- inheritance ---------------------------------------------------------------------------------


def outputs(spec: NetworkSpec, network: torch.nn.Module) -> torch.Tensor:
    x = random_inputs(spec, 5, torch.Generator().manual_seed(0))
    with torch.no_grad():
        found: torch.Tensor = network(x)
    return found


def heir(parent: NetworkSpec, child: NetworkSpec) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what a parent and the child who inherits from him compute."""
    father = build(parent, seed=1).double()
    father.train()(random_inputs(parent, 8, torch.Generator().manual_seed(2)))
    son = build(child, seed=2).double()
    inherit_weights(son, parent, father.state_dict(), noise=0.0)
    return outputs(parent, father.eval()), outputs(child, son.eval())


def test_modules_are_aligned_by_their_markings_wherever_they_stand() -> None:
    modules = chain([module("conv", width=8), module("conv", width=8)])
    first, second = (m["id"] for m in modules)
    grown = split(modules, "input", first, module("conv", width=5))
    found = counterparts(decode(*modules), decode(*grown))
    assert found[f"{first}_conv"] == f"{first}_conv"
    assert found[f"{second}_conv"] == f"{second}_conv"
    assert f"{grown[0]['id']}_conv" not in found
    assert inherited_share(decode(*modules), decode(*grown)) > 0.5  # all but what reads the new


def test_a_child_with_a_new_residual_module_computes_what_its_parent_did() -> None:
    before = chain([module("conv", width=8), module("conv", width=8)])
    after = split(before, before[0]["id"], before[1]["id"], module("residual", width=4))
    parent, child = decode(*before), decode(*after)
    theirs, ours = heir(parent, child)
    torch.testing.assert_close(ours, theirs, rtol=0.0, atol=1e-9)


def test_a_new_convolution_starts_as_the_identity_behind_a_rectifier() -> None:
    before = chain([module("conv", width=8)])
    after = split(before, before[0]["id"], OUTPUT, module("conv", width=8))
    theirs, ours = heir(decode(*before), decode(*after))
    torch.testing.assert_close(ours, theirs, rtol=0.0, atol=1e-9)
