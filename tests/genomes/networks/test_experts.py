"""Experts: only those that are chosen compute; their cost says how unequally busy they are."""

from __future__ import annotations

import pytest
import torch

from genomes.genes.gene import Record
from genomes.networks.experts import Experts
from genomes.networks.layers import make_layer

GENES = Record(out_channels=3, hidden=5, experts=4, chosen=2, function="tanh", balance=0.01)


@pytest.fixture
def experts() -> Experts:
    module = make_layer("experts", GENES, (6, 7), (3, 7)).double()
    assert isinstance(module, Experts)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(generator=generator)
    return module


def inputs() -> torch.Tensor:
    return torch.randn(2, 6, 7, generator=torch.Generator().manual_seed(2)).double()


def test_a_position_is_what_its_two_experts_say_weighed_by_their_scores(experts: Experts) -> None:
    x = inputs()
    found = experts.eval()(x)
    for example, place in ((0, 0), (1, 6)):
        column = x[example, :, place]
        scores = experts.weight @ column
        first, second = scores.argsort(descending=True)[:2].tolist()
        share = torch.sigmoid(scores[first] - scores[second])
        said = [
            experts.outer[e] @ torch.tanh(experts.inner[e] @ column + experts.inner_bias[e])
            + experts.outer_bias[e]
            for e in (first, second)
        ]
        expected = share * said[0] + (1 - share) * said[1]
        torch.testing.assert_close(found[example, :, place], expected)


def test_graphs_that_need_fixed_sizes_compute_the_same(
    experts: Experts, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = experts.eval()(inputs())
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    torch.testing.assert_close(experts(inputs()), found, rtol=1e-12, atol=1e-12)


def test_who_is_not_chosen_computes_nothing(experts: Experts) -> None:
    x = inputs().abs()
    with torch.no_grad():
        experts.weight[2] = -1e3
        experts.inner[2] = torch.nan
    found = experts(x)
    assert bool(found.isfinite().all())
    found.sum().backward()
    assert experts.inner.grad is not None
    assert not experts.inner.grad[2].any()


def test_what_is_paid_is_least_where_all_are_equally_busy(experts: Experts) -> None:
    def paid(rows: torch.Tensor) -> float:
        with torch.no_grad():
            experts.weight.copy_(rows)
        experts.train()(inputs())
        found = experts.surcharge(lambda outputs: outputs.sum())
        assert found is not None
        return found.item()

    assert experts.eval()(inputs()).shape == (2, 3, 7)
    assert experts.surcharge(lambda outputs: outputs.sum()) is None  # nothing was trained
    # Scores are equal, so shares of the router are a quarter each, whoever is sent anything.
    assert paid(torch.zeros(4, 6)) == pytest.approx(0.01)
    alone = torch.zeros(4, 6)
    alone[:2] = 1e6 * inputs().sum((0, 2)).sign()
    assert paid(alone) > 0.01
    assert experts.surcharge(lambda outputs: outputs.sum()) is None  # it is paid once
