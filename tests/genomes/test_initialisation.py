"""Initial weights: scale, determinism, independence of global random state."""

from __future__ import annotations

import math

import pytest
import torch

from genomes.initialisation import SCHEMES, initialise
from genomes.training import INITIALISATIONS


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
