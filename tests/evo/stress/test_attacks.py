"""Attacks on linear models, where the best one is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from evo.stress.attack_table import Distance
from evo.stress.attacks import ATTACKS, Ball, loss_of, losses_and_gradient
from fitness.stress.input_facts import facts_of
from fitness.targets.classes import Classes
from fitness.targets.values import Values

WEIGHT = torch.tensor([[1.0, -2.0, 0.5], [0.0, 1.0, -1.0]])
X = torch.tensor([[5.0, 5.0, 5.0], [4.0, 6.0, 5.0]])
Y = torch.tensor([0, 1])


def linear(x: Tensor) -> Tensor:
    return x @ WEIGHT.T


def ball(epsilon: float, low: float = 0.0, high: float = 10.0) -> Ball:
    return Ball(torch.tensor(epsilon), torch.tensor(low), torch.tensor(high))


def attacked(name: str, epsilon: float, low: float = 0.0, high: float = 10.0) -> Tensor:
    loss, draw = loss_of(linear, Classes(2)), torch.Generator().manual_seed(0)
    return ATTACKS[name](loss, X, Y, ball(epsilon, low, high), draw)


def test_fgsm_on_a_linear_model_is_the_closed_form() -> None:
    # The loss of class 0 rises along the weights of class 1 minus those of class 0.
    worse = (WEIGHT[1] - WEIGHT[0]).sign()
    expected = torch.stack([X[0] + 0.25 * worse, X[1] - 0.25 * worse])
    assert torch.equal(attacked("FGSM", 0.25), expected)


def test_pgd_finds_what_fgsm_finds_where_that_is_best() -> None:
    assert torch.allclose(attacked("PGD", 0.25), attacked("FGSM", 0.25))


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks_stay_in_the_ball_and_in_the_range(name: str) -> None:
    found = attacked(name, 0.5, low=4.8, high=5.2)
    assert float((found - X).abs().max()) <= 0.5 + 1e-6
    inside = (X >= 4.8) & (X <= 5.2)
    assert bool(((found >= 4.8 - 1e-6) & (found <= 5.2 + 1e-6))[inside].all())


def test_an_input_beyond_the_range_may_stay_where_it_is() -> None:
    around = ball(0.5, low=4.5, high=5.5).around(X, X)
    assert torch.equal(around, X)


def test_drawn_signs_move_every_value_by_epsilon() -> None:
    assert torch.allclose((attacked("random signs", 0.5) - X).abs(), torch.full((2, 3), 0.5))


def test_the_loss_of_values_is_that_of_training() -> None:
    target = Values(mean=(10.0,), deviation=(2.0,))
    loss = loss_of(lambda x: x, target)
    losses, gradient = losses_and_gradient(loss, torch.tensor([[14.0]]), torch.tensor([[0.0]]))
    assert losses.tolist() == [4.0]  # two deviations, squared
    assert gradient.tolist() == [[2.0]]  # 2 * 2 / 2


def test_epsilons_are_shares_of_each_channel_or_in_the_inputs_units() -> None:
    x = np.stack([np.linspace(0, 1, 12), np.linspace(0, 100, 12)])[None]
    usual = Distance.all_of((), facts_of(x))
    assert usual[0].epsilon.tolist() == [[0.01], [1.0]]
    (own,) = Distance.all_of((2.0,), facts_of(x))
    assert own.share == 0.02
    assert own.epsilon.tolist() == [[2.0], [2.0]]
