"""Gates in a spec: where they stand, what they count, and that shrinking knows of them."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from genomes.chromosomes.gate_genes import EMBEDDING, is_gated, with_gates
from genomes.chromosomes.space import decode, network_space, sizes
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.graph.liveness import trace
from genomes.graph.masks import Masks
from genomes.graph.sizes import Sizes
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.networks.gate import Gate
from genomes.networks.network import Network, build
from genomes.networks.shrinking import masks_of, shrink
from tests.genomes.random_networks import check_exact, mask_at_random, random_inputs, random_spec

GENES = Record(gate="contextual", gate_threshold=0.5, gate_blend=0.5, gate_memory=2)


def plain() -> NetworkSpec:
    """Four, then three features, masked; two classes."""
    sketch = Sketch((5,))
    x = sketch.add("first", "linear", "input", out_features=4, bias=True)
    x = sketch.add("first_mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("second", "linear", x, out_features=3, bias=False)
    x = sketch.add("second_mask", "mask", x, site="stage1", stage=1)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    return sketch.finish()


def random_gated(seed: int, family: str) -> Network:
    """Build a random network with gates that open to some inputs, in float64."""
    rng = random.Random(seed)
    network = build(with_gates(random_spec(rng, family), GENES), seed=seed).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, Gate):
                tensors = (module.context, module.history, module.bias, module.past)
                for tensor in (*tensors, module.patterns):
                    tensor.normal_(generator=generator)
        network.train()(random_inputs(network.spec, 4, generator))
    return network.eval()


def test_gates_stand_behind_masks_and_read_what_their_stage_gets() -> None:
    spec = with_gates(plain(), GENES)
    assert [(n.name, n.operation, n.inputs) for n in spec.nodes] == [
        ("input", "input", ()),
        ("gate0", "gate", ("input",)),
        ("first", "linear", ("input",)),
        ("first_mask", "mask", ("first",)),
        ("first_gated", "gated", ("first_mask", "gate0")),
        ("gate1", "gate", ("first_gated",)),
        ("second", "linear", ("first_gated",)),
        ("second_mask", "mask", ("second",)),
        ("second_gated", "gated", ("second_mask", "gate1")),
        ("logits", "linear", ("second_gated",)),
    ]
    assert spec.by_name["gate1"].attributes["marks"] == 3
    assert [site.name for site in spec.sites] == ["stage0", "stage1"]
    assert NetworkSpec.from_json(spec.to_json()) == spec
    gates = EMBEDDING * (5 + 4) + (2 * EMBEDDING + 1) * (4 + 3)
    assert spec.dense_parameters() == plain().dense_parameters() + gates


def test_all_sites_of_a_stage_obey_its_gate() -> None:
    genes = {"family": "cnn", "stages": [], "head": "flatten", "head_width": 0, "dropout": 0.0}
    stage = {
        "block": "residual", "depth": 2, "width": 12, "kernel": 3, "stride": 1,
        "normalisation": "batch", "activation": "relu", "pooling": "none", "expansion": 2,
    }  # fmt: skip
    expressed = Record(architecture=Record(genes, stages=(Record(stage),)), epigenome=GENES)
    spec = decode(expressed, Interface((1, 8, 8), 10))
    masks = [node.name for node in spec.nodes if node.operation == "mask"]
    gated = [node for node in spec.nodes if node.operation == "gated"]
    assert [node.inputs for node in gated] == [(name, "gate0") for name in masks]
    assert len(gated) == 4
    assert gated[0].attributes["runs"] == (2, 1, 2, 1, 2, 1, 2, 1)


def test_off_is_the_very_same_network_and_sizes_count_gates() -> None:
    space = network_space(family="cnn", interface=Interface((1, 8, 8), 10))
    for seed in range(5):
        genes = space.sample("m", "male", random.Random(seed)).chromosomes
        on = genes.replacing(epigenome=genes["epigenome"].replacing(**GENES))
        off = genes.replacing(epigenome=genes["epigenome"].replacing(gate="none"))
        bare = decode(Record(architecture=genes["architecture"]), Interface((1, 8, 8), 10))
        assert decode(off, Interface((1, 8, 8), 10)) == bare
        assert sizes(on, Interface((1, 8, 8), 10)) == Sizes.of(
            decode(on, Interface((1, 8, 8), 10))
        )
        assert (
            sizes(on, Interface((1, 8, 8), 10)).parameters
            > sizes(off, Interface((1, 8, 8), 10)).parameters
        )
    assert not is_gated(Record())  # of an earlier version


def test_active_parameters_of_one_input_by_hand() -> None:
    spec = with_gates(plain(), GENES)
    gate0, gate1 = EMBEDDING * 5 + 9 * 4, EMBEDDING * 4 + 9 * 3
    everything = trace(spec, Masks({}, {})).active_parameters()
    assert everything == spec.dense_parameters() == 24 + 12 + 8 + gate0 + gate1
    marks = {
        "gate0": np.array([True, True, False, False]),
        "gate1": np.array([True, False, False]),
    }
    # 2 of 4 features are open, then 1 of 3. The first layer's other features are not read, but the
    # gates are asked all the same; the second gate reads two features.
    ungated = 2 * 6 + 2 + (2 + 2)
    one = trace(spec, Masks({}, {}, marks)).active_parameters()
    assert one == ungated + gate0 + (EMBEDDING * 2 + 9 * 3)


@pytest.mark.parametrize("family", ["cnn", "cnn1d", "mlp", "modular", "neat"])
def test_shrinking_is_exact_with_gates_and_masks(family: str) -> None:
    closed = 0
    for seed in range(60):
        network = random_gated(seed, family)
        mask_at_random(network, random.Random(seed))
        small = shrink(network)
        x = random_inputs(network.spec, 5, torch.Generator().manual_seed(seed))
        counted = check_exact(network, small, x, seed)
        marks = {
            node.name: np.random.default_rng(seed).random(node.shape[0]) < 0.5
            for node in network.spec.nodes
            if node.operation == "gate"
        }
        masks = masks_of(network)
        one = trace(network.spec, Masks(masks.channels, masks.weights, marks)).active_parameters()
        assert one <= counted.active, seed
        closed += one < counted.active
    assert closed > (15 if family == "neat" else 30)  # of which many have no hidden neurons


def test_an_output_depends_on_its_own_input_alone() -> None:
    for seed in range(10):
        network = random_gated(seed, "cnn")
        x = random_inputs(network.spec, 6, torch.Generator().manual_seed(seed))
        with torch.no_grad():
            together = network(x)
            alone = torch.cat([network(x[i : i + 1]) for i in range(6)])
            mixed = network(x.flip(0)).flip(0)
        torch.testing.assert_close(alone, together, rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(mixed, together, rtol=1e-9, atol=1e-9)
