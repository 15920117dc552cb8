"""Lateral inhibition: its numbers, its exact shrinking, and that without it all is as it was."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genomes.chromosomes.gate_genes import with_gates
from genomes.chromosomes.mechanism_registry import switching_off
from genomes.chromosomes.space import FAMILIES, decode, network_space, sizes
from genomes.genes.encoding import Encoding
from genomes.genes.gene import Gene, ListOf, Record, Struct, Value
from genomes.graph.inhibition import (
    CHANNELS,
    DIVISIVE,
    KINDS,
    OFF,
    POSITIONS,
    SUBTRACTIVE,
    between_channels,
    between_positions,
    cut_places,
    gaussian,
)
from genomes.graph.interface import Interface
from genomes.graph.liveness import trace
from genomes.graph.masks import Masks
from genomes.graph.sizes import Sizes
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.networks.layers import make_layer
from genomes.networks.network import Network, build
from genomes.networks.shrinking import shrink
from tests.genomes.random_networks import (
    CLASSES,
    check_exact,
    lively_network,
    mask_at_random,
    random_architecture,
    random_inputs,
)

DIVIDING = Record(kind=DIVISIVE, over=CHANNELS, width=1.0, strength=0.5, ratio=None, places=())
DOG = DIVIDING.replacing(kind=SUBTRACTIVE, ratio=2.0)
GATES = Record(gate="contextual", gate_threshold=0.5, gate_blend=0.5, gate_memory=2)


def module(attributes: Record, *shape: int) -> torch.nn.Module:
    return make_layer("inhibit", attributes, shape, shape).double()


# -- numbers --------------------------------------------------------------------------------------


def test_a_gaussian_adds_up_to_one_and_ends_after_two_widths() -> None:
    weights = [gaussian(offset, 1.5) for offset in range(-4, 5)]
    assert sum(weights) == pytest.approx(1.0)
    assert weights[0] == weights[-1] == 0.0
    assert weights[1] > 0.0
    assert weights[5] / weights[4] == pytest.approx(math.exp(-0.5 / 1.5**2))


def test_divisive_inhibition_by_hand() -> None:
    x = torch.tensor([[3.0, 0.0, -2.0, 0.0, 0.0, 1.0]], dtype=torch.float64)
    k = [gaussian(offset, 1.0) for offset in range(3)]
    first = 3.0 / (1.0 + 0.5 * (k[0] * 3 + k[2] * 2))
    third = -2.0 / (1.0 + 0.5 * (k[0] * 2 + k[2] * 3))
    last = 1.0 / (1.0 + 0.5 * k[0])  # three places from the third
    expected = torch.tensor([[first, 0.0, third, 0.0, 0.0, last]], dtype=torch.float64)
    torch.testing.assert_close(module(DIVIDING, 6)(x), expected, rtol=1e-6, atol=0.0)


def test_difference_of_gaussians_by_hand_over_channels_and_positions() -> None:
    k = [gaussian(d, 1.0) for d in range(6)]
    wide = [gaussian(d, 2.0) for d in range(6)]
    x = torch.zeros(1, 6, dtype=torch.float64)
    x[0, 1] = 2.0
    expected = [2.0 * ((d == 0) + 0.5 * (k[d] - wide[d])) for d in (1, 0, 1, 2, 3, 4)]
    assert module(DOG, 6)(x)[0].tolist() == pytest.approx(expected)
    assert expected[1] > 2.0 > 0.0 > expected[3]  # spurred itself, its neighbours damped
    image = torch.zeros(1, 2, 5, 4, dtype=torch.float64)
    image[0, 1, 2, 1] = 2.0
    found = module(DOG.replacing(over=POSITIONS), 2, 5, 4)(image)
    assert found[0, 0].abs().sum() == 0.0
    assert found[0, 1, 3, 3].item() == pytest.approx(k[1] * k[2] - wide[1] * wide[2])


@pytest.mark.parametrize("over", [CHANNELS, POSITIONS])
@pytest.mark.parametrize("size", [0.0, 1.0, 1e12, 3e38])
def test_divisive_inhibition_is_bounded_and_its_gradient_finite(over: str, size: float) -> None:
    attributes = DIVIDING.replacing(over=over, strength=5.0)
    inhibit = make_layer("inhibit", attributes, (3, 2, 2), (3, 2, 2))
    x = (
        size * torch.tensor([1.0, -1.0, 0.5]).view(1, 3, 1, 1).repeat(1, 1, 2, 2)
    ).requires_grad_()
    y = inhibit(x)
    y.sum().backward()
    own = gaussian(0, 1.0) if over == CHANNELS else gaussian(0, 1.0) ** 2
    assert y.detach().abs().max() <= 1.0 / (5.0 * own) + 1e-6
    assert x.grad is not None
    assert bool(x.grad.isfinite().all())


def test_channels_keep_their_distance_when_others_go() -> None:
    places = cut_places((), [True, False, True, True, False])
    assert places == (0, 2, 3)
    whole, part = between_channels(DOG, 5), between_channels(DOG.replacing(places=places), 3)
    assert part == [[whole[a][b] for b in places] for a in places]
    assert cut_places(places, [False, True, True]) == ()  # side by side: as at first
    assert cut_places(places, [True, False, True]) == (0, 3)


def test_a_window_is_symmetric() -> None:
    window = np.array(between_positions(DOG, 9, 2)).reshape(9, 9)
    assert (window == window.T).all()
    assert (window == window[::-1]).all()
    assert window.sum() == pytest.approx(1.0)  # what is alike everywhere stays as it is
    line = np.array(between_positions(DOG, 9, 1))
    assert (line == line[::-1]).all()
    assert line.sum() == pytest.approx(1.0)


# -- networks -------------------------------------------------------------------------------------


def with_inhibition(rng: random.Random, family: str) -> NetworkSpec:
    """Decode a random architecture, every stage of which has inhibition; half have gates."""
    genome, shape = random_architecture(rng, family)
    values = genome.chromosomes["architecture"]
    part = "layers" if family == "mlp" else "stages"
    struct = (
        FAMILIES.load(family)
        .genes(Interface(shape, CLASSES))
        .fields[part]
        .gene.fields["inhibition"]
    )
    genes = []
    while len(genes) < len(values[part]):
        found = struct.sample(rng)
        genes += [found] if found != OFF else []
    changed = tuple(g.replacing(inhibition=i) for g, i in zip(values[part], genes, strict=True))
    expressed = Record(architecture=values.replacing(**{part: changed}))
    spec = decode(expressed, Interface(shape, CLASSES))
    assert sizes(expressed, Interface(shape, CLASSES)) == Sizes.of(spec)
    return with_gates(spec, GATES) if spec.sites and rng.random() < 0.5 else spec


@pytest.mark.parametrize("family", ["cnn", "cnn1d", "mlp"])
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_shrinking_is_exact(family: str, seed: int) -> None:
    rng = random.Random(seed)
    network = lively_network(rng, with_inhibition(rng, family))
    mask_at_random(network, rng)
    x = random_inputs(network.spec, 3, torch.Generator().manual_seed(seed))
    check_exact(network, shrink(network), x, seed)
    assert NetworkSpec.from_json(network.spec.to_json()) == network.spec


def chain(attributes: Record) -> Network:
    """Two inputs, seven channels that inhibit each other, two logits."""
    sketch = Sketch((2,))
    x = sketch.add("hidden", "linear", "input", out_features=7, bias=True)
    x = sketch.add("mask", "mask", x, site="stage0", stage=0)
    genes = Record({name: value for name, value in attributes.items() if name != "places"})
    x = sketch.inhibit("hidden", x, genes, "stage0", 0)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    return build(sketch.finish(), seed=0).double().eval()


@pytest.mark.parametrize("attributes", [DIVIDING, DOG])
def test_a_masked_channel_neither_damps_others_nor_comes_alive(attributes: Record) -> None:
    network = chain(attributes)
    mask = torch.tensor([True, True, False, True, True, True, True])
    network.set_channel_masks({"stage0": mask})
    x = random_inputs(network.spec, 3, torch.Generator().manual_seed(0))
    before = network(x)
    with torch.no_grad():
        network.get_parameter("hidden.weight")[2] += 100.0
    assert torch.equal(network(x), before)
    with torch.no_grad():
        network.get_parameter("logits.weight")[:, 2] += 100.0
    assert torch.equal(network(x), before)


def test_a_channel_that_only_its_neighbours_read_lives() -> None:
    network = chain(DIVIDING)  # felt two channels away
    read = np.zeros((2, 7), dtype=np.bool_)
    read[:, 0] = True
    liveness = trace(network.spec, Masks({}, {"logits": read}))
    (kept,) = liveness.kept().values()
    assert kept.tolist() == [True] * 3 + [False] * 4
    masked = np.array([True, True, False, True, True, True, True])
    (kept,) = trace(network.spec, Masks({"stage0": masked}, {"logits": read})).kept().values()
    assert kept.tolist() == [True, True] + [False] * 5


def test_only_the_subtractive_kind_over_channels_is_masked_again() -> None:
    for attributes, masks in ((DIVIDING, 1), (DOG, 2)):
        spec = chain(attributes).spec
        assert sum(node.operation == "mask" for node in spec.nodes) == masks


# -- switched off ---------------------------------------------------------------------------------


def lacking(gene: Gene) -> Gene:
    """Return genes as they were before there was inhibition."""
    if isinstance(gene, ListOf):
        return ListOf(lacking(gene.gene), gene.minimum, gene.maximum)
    if isinstance(gene, Struct):
        return Struct({n: lacking(g) for n, g in gene.fields.items() if n != "inhibition"})
    return gene


def stripped(value: Value) -> Value:
    if isinstance(value, dict):
        return Record({n: stripped(inner) for n, inner in value.items() if n != "inhibition"})
    return tuple(map(stripped, value)) if isinstance(value, tuple) else value


@pytest.mark.parametrize("family", ["cnn", "mlp"])
def test_switched_off_every_draw_is_the_one_it_was(family: str) -> None:
    space = network_space(family=family, interface=Interface((1, 8, 8), 10))
    off = switching_off(["none"])
    now = space.pin(off).chromosomes["architecture"]
    before = lacking(now)
    rngs = random.Random(3), random.Random(3)
    drawn = [
        [gene.sample(rng) for _ in range(6)] for gene, rng in zip((now, before), rngs, strict=True)
    ]
    for _ in range(60):
        for values, gene, rng in zip(drawn, (now, before), rngs, strict=True):
            values.append(gene.mutate(gene.crossover(values[-1], values[-5], rng), rng))
    assert [stripped(value) for value in drawn[0]] == drawn[1]
    assert rngs[0].getstate() == rngs[1].getstate()
    assert len(set(drawn[1])) > 40
    assert any(one != two for one, two in pairwise(drawn[1]))
    part = "stages" if family == "cnn" else "layers"
    assert all(item["inhibition"] == OFF for value in drawn[0] for item in value[part])
    assert Encoding(now).names == Encoding(before).names


@pytest.mark.parametrize("family", ["cnn", "mlp"])
def test_switched_off_the_network_is_the_one_it_was(family: str) -> None:
    space = network_space(family=family, interface=Interface((1, 8, 8), 10))
    off = switching_off(["none"])
    for seed in range(20):
        genes = space.pin(off).chromosomes["architecture"].sample(random.Random(seed))
        spec = decode(Record(architecture=genes), Interface((1, 8, 8), 10))
        assert spec == decode(Record(architecture=stripped(genes)), Interface((1, 8, 8), 10))
        assert "inhibit" not in {node.operation for node in spec.nodes}


def test_every_kind_is_drawn_where_it_may_act() -> None:
    space = network_space(family="cnn", interface=Interface((1, 8, 8), 10))
    genes = space.chromosomes["architecture"]
    rng = random.Random(1)
    found = {
        (stage["inhibition"]["kind"], stage["inhibition"]["over"])
        for _ in range(60)
        for stage in genes.sample(rng)["stages"]
    }
    assert found == {("none", None), *((kind, o) for kind in KINDS for o in (CHANNELS, POSITIONS))}
