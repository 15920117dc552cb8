"""Small literal graphs: which neurons act, how deep they lie, what they add up."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genomes.genes.gene import Record
from genomes.genes.wiring import FUNCTIONS, Neuron, acting, wire
from genomes.networks.layers import make_layer


def value(neurons: dict[str, str], *connections: tuple[str, str, float, bool]) -> Record:
    return Record(neurons=tuple(neurons.items()), connections=connections)


DIAMOND = value(
    {"nx": "relu", "ny": "tanh", "nz": "relu"},
    ("b", "nx", 0.5, True),
    ("i0", "nx", 2.0, True),
    ("nx", "ny", -1.0, True),
    ("i1", "ny", 3.0, True),
    ("ny", "o0", 4.0, True),
    ("nx", "o0", 1.0, True),
    ("i1", "nz", 1.0, True),  # leads nowhere
    ("i0", "o0", 9.0, False),
    ("b", "o1", -2.0, True),
)


def test_neurons_lie_as_deep_as_the_longest_way_to_them() -> None:
    wiring = wire(DIAMOND, 2, 2)
    assert wiring.hidden == (
        Neuron("nx", "relu", (("i0", 2.0),), 0.5, 1),
        Neuron("ny", "tanh", (("nx", -1.0), ("i1", 3.0)), 0.0, 2),
    )
    assert [neuron.depth for neuron in wiring.outputs] == [3, 1]
    assert wiring.outputs[1] == Neuron("o1", None, (), -2.0, 1)


def test_sums_follow_the_graph() -> None:
    x = np.array([[1.0, 1.0], [-1.0, 0.5]])
    first, second = 2.5, 0.0  # of nx: relu(2 x + 0.5)
    expected = [[first + 4 * np.tanh(3.0 - first), -2.0], [second + 4 * np.tanh(1.5), -2.0]]
    np.testing.assert_allclose(wire(DIAMOND, 2, 2).sums(x), expected)


def test_what_only_a_bias_reaches_or_nothing_reads_does_not_act() -> None:
    connections = (
        ("b", "nx", 1.0, True),
        ("nx", "o0", 1.0, True),
        ("i0", "ny", 1.0, True),
        ("i1", "o0", 1.0, True),
        ("i0", "o0", 1.0, False),
    )
    assert acting(connections, 2, 1) == {"i1", "o0"}
    assert acting((("b", "o0", 1.0, True),), 2, 1) == set()


def test_a_circle_is_refused() -> None:
    circle = value(
        {"nx": "relu", "ny": "relu"},
        ("i0", "nx", 1.0, True),
        ("nx", "ny", 1.0, True),
        ("ny", "nx", 1.0, True),
        ("ny", "o0", 1.0, True),
    )
    with pytest.raises(ValueError, match="in a circle through nx"):
        wire(circle, 1, 1)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_functions_equal_those_of_torch(name: str) -> None:
    x = np.linspace(-30.0, 30.0, 241)
    torch_function = make_layer("activation", Record(function=name), (1,), (1,))
    expected = torch_function(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(FUNCTIONS[name](x), expected, rtol=1e-9, atol=1e-12)
