"""Family neat: every value decodes to what its graph computes; layers are depths by function."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genomes.architectures import neat
from genomes.chromosomes.space import network_space
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.graph.normalization import Normalization
from genomes.graph.spec import Site
from genomes.networks.network import build

GRAPH = Record(
    neurons=(("na", "tanh"), ("nb", "relu"), ("nc", "tanh"), ("nd", "tanh")),
    connections=(
        ("b", "nb", 0.25, True),
        ("b", "o1", -1.0, True),
        ("i0", "na", 1.0, True),
        ("i1", "nb", 2.0, True),
        ("i2", "nc", 3.0, True),
        ("na", "nd", 4.0, True),
        ("i0", "nd", 5.0, True),
        ("nc", "o0", 6.0, True),
        ("nb", "o1", 7.0, True),
        ("nd", "o1", 8.0, True),
        ("i2", "o1", 9.0, True),
        ("i1", "o1", 9.0, False),
    ),
)


def values(weights: str = "evolved") -> Record:
    return Record(family="neat", weights=weights, topology=GRAPH)


@pytest.mark.parametrize("shape", [(13,), (1,), (1, 8, 8), (3, 2, 1)])
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_value_decodes_to_what_its_graph_computes(shape: tuple[int, ...], seed: int) -> None:
    genes, rng = neat.genes(Interface(shape, 3)), random.Random(seed)
    value = genes.crossover(genes.sample(rng), genes.sample(rng), rng)
    for _ in range(rng.randrange(40)):
        value = genes.mutate(value, rng)
    value = genes.check(value).replacing(weights="evolved")
    spec = neat.decode(value, Interface(shape, 3))
    assert spec.outputs == 3
    given = neat.weights(value, Interface(shape, 3))
    assert given is not None
    network = build(spec).double()
    with torch.no_grad():
        for node, tensors in given.items():
            for name, numbers in tensors.items():
                parameter = network.get_parameter(f"{node}.{name}")
                parameter.copy_(torch.tensor(numbers).view(parameter.shape))
    x = np.random.default_rng(seed % 1000).normal(size=(4, *shape))
    expected = genes.fields["topology"].wiring(value["topology"]).sums(x.reshape(4, -1))
    found = network(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_layers_are_depths_by_function_and_read_what_they_need() -> None:
    spec = neat.decode(values(), Interface((3,), 2))
    assert [(node.name, node.inputs) for node in spec.nodes if node.name in spec.tensors] == [
        ("depth0_relu", ("input",)),
        ("depth0_tanh", ("input",)),
        ("depth1_tanh", ("join0",)),
        ("logits", ("join3",)),
    ]
    assert spec.by_name["join0"].inputs == ("input", "depth0_tanh_mask")
    assert spec.by_name["depth0_tanh"].attributes["edges"] == ((0, 0), (1, 2))
    assert spec.by_name["depth1_tanh"].attributes["edges"] == ((0, 0), (0, 3))
    # the last layer reads inputs 0 to 2, nb, na, nc, nd
    assert spec.by_name["logits"].attributes["edges"] == ((0, 5), (1, 2), (1, 3), (1, 6))
    assert spec.sites == (
        Site("depth0.relu", 1, 0), Site("depth0.tanh", 2, 0), Site("depth1.tanh", 1, 1)
    )  # fmt: skip
    assert spec.dense_parameters() == (1 + 1) + (2 + 2) + (2 + 1) + (4 + 2)


def test_weights_are_stated_in_the_order_of_edges_where_they_evolve() -> None:
    assert neat.weights(values("trained"), Interface((3,), 2)) is None
    assert neat.weights(values(), Interface((3,), 2)) == {
        "depth0_relu": {"weight": (2.0,), "bias": (0.25,)},
        "depth0_tanh": {"weight": (1.0, 3.0), "bias": (0.0, 0.0)},
        "depth1_tanh": {"weight": (5.0, 4.0), "bias": (0.0,)},
        "logits": {"weight": (6.0, 9.0, 7.0, 8.0), "bias": (0.0, -1.0)},
    }


def test_founders_of_many_inputs_read_a_few_of_them() -> None:
    topology = neat.genes(Interface((2, 8, 8), 5)).fields["topology"]
    assert (topology.inputs, topology.outputs, topology.start) == (128, 5, neat.AT_FIRST)
    assert neat.genes(Interface((1, 8, 8), 5)).fields["topology"].start == 1.0


def test_a_founder_on_normalised_pixels_is_a_layer() -> None:
    genes = neat.genes(Interface((1, 2, 2), 3))
    spec = neat.decode(
        genes.sample(random.Random(0)), Interface((1, 2, 2), 3, Normalization((1.0,), (2.0,)))
    )
    assert [n.operation for n in spec.nodes] == ["input", "normalize", "flatten", "sparse_linear"]
    assert spec.dense_parameters() == 4 * 3 + 3


def test_weights_and_topology_can_be_pinned() -> None:
    space = network_space(family="neat", interface=Interface((3,), 2))
    pinned = space.pin({"architecture.weights": "evolved", "architecture.topology": GRAPH})
    rng = random.Random(0)
    genome = pinned.sample("m", "male", rng)
    changed = pinned.chromosomes["architecture"].mutate(genome.chromosomes["architecture"], rng)
    sound = neat.genes(Interface((3,), 2)).check(values())
    assert changed == genome.chromosomes["architecture"] == sound
    with pytest.raises(ValueError, match=r"cannot pin architecture\.topology: .*unknown ends"):
        network_space(family="neat", interface=Interface((2,), 2)).pin(
            {"architecture.topology": GRAPH}
        )
