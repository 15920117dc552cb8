import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from fitness.training.flat import FlatParameters
from fitness.training.optimizers import OPTIMIZERS
from fitness.training.recipe import SCHEDULES, Recipe
from genomes.chromosomes import training_genes
from genomes.genes.gene import Record, freeze
from genomes.networks.initialisation import Start
from tests.fitness.tiny import expressed


def recipe(**changes: object) -> Recipe:
    return Recipe.from_genes(expressed()["training"].replacing(**changes))


def test_genes_name_what_exists() -> None:
    assert set(training_genes.OPTIMIZERS) == set(OPTIMIZERS)
    assert set(training_genes.SCHEDULES) == set(SCHEDULES)


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
    fused = optimizer in ("sgd", "adamw")  # torch has no fused form of the others
    assert [group.get("fused", False) for group in made.param_groups] == [fused, fused]
    made.step()  # all gradients are zero
    weight, *vectors = network.parameters()
    assert bool((weight < 1.0).all())
    assert all(bool((vector == 1.0).all()) for vector in vectors)


def test_a_bred_schedule_is_a_course_under_the_peak() -> None:
    course = freeze([{"function": "linear", "coefficient": 0.3, "shape": 0.0}])
    bred = recipe(schedule="bred", schedule_course=course, learning_rate=0.1, optimizer="adamw")
    assert [bred.learning_rate_at(p) for p in (0.0, 0.25, 1.0)] == pytest.approx(
        [0.01, 0.0075, 0.0]
    )


@given(st.integers(0, 2**32), st.floats(0.0, 1.0))
def test_drawn_recipes_keep_within_their_bounds(seed: int, progress: float) -> None:
    gene = training_genes.genes((16, 64), ("none", "shift"))
    drawn = Recipe.from_genes(gene.sample(random.Random(seed)))
    assert 0.0 <= drawn.learning_rate_at(progress) <= drawn.peak_learning_rate * (1 + 1e-12)
    assert drawn.batch_size_at(progress) in (8, 16, 32, 64)
    assert drawn.batch_size_at(progress) <= drawn.batch_size
    assert all(0.0 <= strength <= 1.0 for strength in drawn.strengths_at(progress).values())


def test_batches_are_halved_as_the_course_falls() -> None:
    course = freeze([{"function": "linear", "coefficient": 1.0, "shape": 0.0}])
    halving = recipe(batch_size=64, batch_halvings=2, batch_course=course)
    assert [halving.batch_size_at(p) for p in (0.0, 0.2, 0.3, 0.7, 0.8, 1.0)] == [
        64, 64, 32, 32, 16, 16
    ]  # fmt: skip
    small = recipe(batch_size=16, batch_halvings=2, batch_course=course)
    assert small.batch_size_at(1.0) == 8  # no smaller
    assert recipe(batch_size=4).batch_size_at(1.0) == 4  # a task's own size stays


def test_only_what_follows_a_course_has_a_strength() -> None:
    course = freeze([{"function": "step", "coefficient": 1.0, "shape": 0.5}])
    some = recipe(dropout_course=course)
    assert some.strengths_at(0.2) == {"dropout": 1.0}
    assert some.strengths_at(0.6) == {"dropout": pytest.approx(0.1)}
    assert recipe().strengths_at(0.6) == {}


def test_weights_start_by_one_scheme_or_by_kind() -> None:
    assert recipe(initialisation="xavier").starts == "xavier"
    genes = freeze({"head": {"family": "orthogonal", "gain": 0.5, "spread": None}})
    layerwise = recipe(initialisation="layerwise", initial_weights=genes)
    assert layerwise.starts == {"head": Start("orthogonal", 0.5, None)}


def test_recipes_from_before_there_were_courses_have_none() -> None:
    old = {
        "optimizer": "sgd", "learning_rate": 0.1, "weight_decay": 1e-4, "schedule": "cosine",
        "batch_size": 32, "initialisation": "kaiming", "label_smoothing": 0.0,
        "augmentation": "shift",
    }  # fmt: skip
    some = Recipe.from_genes(Record(old))
    assert some.batch_size_at(0.5) == 32
    assert some.strengths_at(0.5) == {}


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="optimizer 'adam', expected one of sgd, adamw"):
        recipe(optimizer="adam")
    with pytest.raises(ValueError, match="schedule 'constant'"):
        recipe(schedule="constant")
