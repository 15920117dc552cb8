"""Initial weights: scale, determinism, independence of global random state."""

from __future__ import annotations

import math

import pytest
import torch

from genomes.architectures import cnn
from genomes.chromosomes import training_genes
from genomes.chromosomes.space import decode
from genomes.chromosomes.training_genes import INITIALISATIONS
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.graph.sketch import Sketch
from genomes.networks.initialisation import SCHEMES, SPREADS, Start, initialise, initialise_by_kind
from genomes.networks.network import build


def drawn(shape: tuple[int, ...], scheme: str, seed: int = 0) -> torch.Tensor:
    first, last = torch.zeros(shape), torch.zeros(10, 400)
    initialise([first, last], scheme, seed)
    return first


def test_the_gene_offers_exactly_the_schemes() -> None:
    assert set(INITIALISATIONS) == set(SCHEMES)
    with pytest.raises(ValueError, match="'zeros', expected one of kaiming"):
        initialise([], "zeros", 0)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_seed_alone_decides(scheme: str) -> None:
    torch.manual_seed(1)
    state = torch.get_rng_state()
    a = drawn((8, 4, 3, 3), scheme)
    assert torch.equal(state, torch.get_rng_state())
    torch.manual_seed(2)
    assert torch.equal(a, drawn((8, 4, 3, 3), scheme))
    assert not torch.equal(a, drawn((8, 4, 3, 3), scheme, seed=1))


@pytest.mark.parametrize(
    ("scheme", "deviation"),
    [
        ("kaiming", math.sqrt(2 / 450)),
        ("xavier", math.sqrt(2 / (450 + 900))),
        ("scaled-normal", math.sqrt(1 / 450)),
    ],
)
def test_deviations_follow_the_fans(scheme: str, deviation: float) -> None:
    weight = drawn((100, 50, 3, 3), scheme)
    assert weight.std().item() == pytest.approx(deviation, rel=0.02)
    assert abs(weight.mean().item()) < 0.05 * deviation


def test_orthogonal_rows_and_depthwise_filters_have_the_gain_as_length() -> None:
    weight = drawn((8, 4, 3, 3), "orthogonal").flatten(1)
    assert torch.allclose(weight @ weight.T, 2 * torch.eye(8), atol=1e-5)
    filters = drawn((64, 1, 3, 3), "orthogonal").flatten(1)
    assert torch.allclose(filters.norm(dim=1), torch.full((64,), math.sqrt(2)))


def test_the_logits_weight_gets_no_gain() -> None:
    hidden, logits = torch.zeros(400, 400), torch.zeros(400, 400)
    initialise([hidden, logits], "kaiming", 0)
    assert hidden.std().item() == pytest.approx(math.sqrt(2 / 400), rel=0.02)
    assert logits.std().item() == pytest.approx(math.sqrt(1 / 400), rel=0.02)


def started(start: Start, kind: str = "convolution") -> torch.Tensor:
    weight = torch.zeros(100, 50, 3, 3)
    initialise_by_kind([(kind, weight)], {kind: start}, seed=0)
    return weight


def test_the_genes_by_kind_offer_what_exists() -> None:
    assert set(training_genes.SPREADS) == set(SPREADS)
    with pytest.raises(ValueError, match="'zeros', expected one of kaiming"):
        Start("zeros", 1.0, None)
    with pytest.raises(ValueError, match="'wide', expected one of normal"):
        Start("kaiming", 1.0, "wide")


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize(
    ("family", "deviation"),
    [
        ("kaiming", math.sqrt(2 / 450)),
        ("xavier", math.sqrt(2 / (450 + 900))),
        ("scaled-normal", math.sqrt(1 / 450)),
    ],
)
def test_gain_scales_the_familys_deviation_in_any_spread(
    family: str, deviation: float, spread: str
) -> None:
    weight = started(Start(family, 0.5, spread))
    assert weight.std().item() == pytest.approx(0.5 * deviation, rel=0.02)
    assert abs(weight.mean().item()) < 0.05 * deviation


def test_spreads_differ_in_their_tails() -> None:
    """In deviations: a uniform ends at the root of three, a cut normal at 2 / 0.88 of its own."""
    ends = {
        spread: (weight.abs().max() / weight.std()).item()
        for spread in SPREADS
        for weight in [started(Start("kaiming", 1.0, spread))]
    }
    assert ends["uniform"] == pytest.approx(math.sqrt(3), rel=0.01)
    assert ends["truncated"] == pytest.approx(2 / 0.8796, rel=0.01)
    assert ends["normal"] > 3.5


def test_orthogonal_rows_have_the_gain_and_the_rectifiers_as_length() -> None:
    weight = started(Start("orthogonal", 3.0, None)).flatten(1)
    assert torch.allclose(weight @ weight.T, 18 * torch.eye(100), atol=1e-4)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_gain_of_one_without_a_spread_is_the_plain_scheme(scheme: str) -> None:
    plain = [torch.zeros(8, 4, 3, 3), torch.zeros(10, 400)]
    initialise(plain, scheme, seed=3)
    by_kind = [torch.zeros_like(weight) for weight in plain]
    starts = dict.fromkeys(("convolution", "head"), Start(scheme, 1.0, None))
    initialise_by_kind(list(zip(("convolution", "head"), by_kind, strict=True)), starts, seed=3)
    assert all(map(torch.equal, plain, by_kind))


def test_each_kind_of_layer_gets_its_own_start() -> None:
    """A separable convolution has a depthwise and a pointwise part; a head of two layers."""
    stage = cnn.TEXTBOOK[0]["stages"][0].replacing(block="separable", width=32)
    values = Record(family="cnn", stages=(stage,), head="flatten", head_width=64, dropout=0.0)
    spec = decode(Record(architecture=values), Interface((3, 16, 16), 10))
    gains = {"convolution": 0.5, "depthwise": 3.0, "linear": 1.0, "head": 0.3}
    starts = {kind: Start("scaled-normal", gain, "uniform") for kind, gain in gains.items()}
    network = build(spec, initialisation=starts, seed=1)
    largest = {
        name: parameter.abs().max().item() * math.sqrt(parameter[0].numel() / 3)
        for name, parameter in network.named_parameters()
        if parameter.ndim >= 2
    }  # in units of a uniform's end at a gain of one
    assert largest == {
        "stage0_block0_depthwise.weight": pytest.approx(3.0, rel=0.15),
        "stage0_block0_pointwise.weight": pytest.approx(0.5, rel=0.05),
        "head_linear.weight": pytest.approx(1.0, rel=0.05),
        "logits.weight": pytest.approx(0.3, rel=0.05),
    }
    with pytest.raises(ValueError, match="received 'layerwise'"):
        build(spec, initialisation="layerwise")


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_each_output_of_a_sparse_layer_has_a_fan_in_of_its_own(scheme: str) -> None:
    edges = tuple((o, i) for o, fan in ((0, 400), (2, 25)) for i in range(fan))
    sketch = Sketch((400,))
    x = sketch.add("hidden", "sparse_linear", "input", out_features=3, edges=edges, bias=True)
    x = sketch.add("relu", "activation", x, function="relu")
    sketch.add("logits", "sparse_linear", x, out_features=1, edges=((0, 0), (0, 2)), bias=True)
    network = build(sketch.finish(), initialisation=scheme, seed=1)
    weight = network.get_parameter("hidden.weight").detach()[0]
    wide, narrow = weight[:400].std(), weight[400:].std()
    assert float(narrow / wide) == pytest.approx(4.0, rel=0.4)
    assert bool((network.get_parameter("logits.weight") != 0.0).all())
    starts = dict.fromkeys(("linear", "head"), Start("kaiming", 1.0, "normal"))
    layerwise = build(sketch.finish(), initialisation=starts, seed=1)
    plain = build(sketch.finish(), initialisation="kaiming", seed=1)
    assert torch.equal(
        layerwise.get_parameter("hidden.weight"), plain.get_parameter("hidden.weight")
    )
