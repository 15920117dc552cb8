import pytest
import torch
from torch import nn

from fitness.flat import FlatParameters
from fitness.recipe import OPTIMIZERS, SCHEDULES, Recipe
from genomes import training
from tests.fitness.tiny import expressed


def recipe(**changes: object) -> Recipe:
    return Recipe.from_genes(expressed()["training"].replacing(**changes))


def test_genes_name_what_exists() -> None:
    assert set(training.OPTIMIZERS) == set(OPTIMIZERS)
    assert set(training.SCHEDULES) == set(SCHEDULES)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_rise_in_the_warm_up_and_never_after(schedule: str) -> None:
    some = recipe(schedule=schedule, learning_rate=0.1)
    warm_up = SCHEDULES[schedule][1]
    rates = [some.learning_rate_at(step / 1000) for step in range(1000)]
    assert rates[0] == pytest.approx(0.001)
    assert max(rates) == pytest.approx(0.1, rel=0.01)
    turn = round(warm_up * 1000)
    assert rates[: turn + 1] == sorted(rates[: turn + 1])
    assert rates[turn:] == sorted(rates[turn:], reverse=True)
    assert min(rates) > 0


def test_literal_learning_rates() -> None:
    at = 0.05 + 0.95 * 0.6
    assert recipe(learning_rate=0.1, schedule="step").learning_rate_at(at) == pytest.approx(0.01)
    assert recipe(learning_rate=0.1, schedule="exponential").learning_rate_at(1.0) == (
        pytest.approx(0.001)
    )
    assert recipe(learning_rate=0.1, schedule="one-cycle").learning_rate_at(0.65) == (
        pytest.approx(0.05)
    )
    adamw = recipe(learning_rate=0.1, optimizer="adamw")
    assert adamw.learning_rate_at(0.05) == pytest.approx(0.01)  # a tenth


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_weights_decay_and_vectors_do_not(optimizer: str) -> None:
    network = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(1.0)
    parameters = FlatParameters(network)
    made = recipe(optimizer=optimizer, weight_decay=0.5).make_optimizer(parameters)
    assert [group["fused"] for group in made.param_groups] == [True, True]
    made.step()  # all gradients are zero
    weight, *vectors = network.parameters()
    assert bool((weight < 1.0).all())
    assert all(bool((vector == 1.0).all()) for vector in vectors)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="optimizer 'adam', expected one of sgd, adamw"):
        recipe(optimizer="adam")
    with pytest.raises(ValueError, match="schedule 'constant'"):
        recipe(schedule="constant")
