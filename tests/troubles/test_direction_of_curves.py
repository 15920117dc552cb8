"""Strangers asked for the smallest loss, and promotion took the networks that learnt least.

The learning curve of a network is its accuracy, whatever the objectives are; that of a function is
its main objective. Which way is better was read off the first objective in both cases.
"""

from __future__ import annotations

import numpy as np
import pytest

from evo.breeding.audit import Audit, last_metric
from evo.breeding.promotion import choose_by_early_efficiency, mating_weights
from evo.pareto.dominance import Axes
from evo.pareto.open_axes import AxisPlan, OpenAxes
from evo.problems.network_problem import make_axes
from evo.strategy import Individual
from fitness.evaluation import Epoch, Evaluation
from fitness.metric import Metric
from fitness.objective import Objective
from fitness.prediction.features import Features, foreshadowed
from fitness.prediction.history import History
from fitness.prediction.skill import weighted_kendall
from fitness.prediction.surrogate import Surrogate
from genomes.genes.gene import Record
from genomes.genes.genome import Genome
from tests.fitness.prediction.test_surrogate import GENES

REFERENCES = {"accuracy": 0.1, "validation_loss": 2.3, "active_parameters": 1e4, "flops": 1e6}
OBJECTIVES = [
    ("accuracy", "active_parameters"),
    ("validation_loss", "active_parameters"),
    ("active_parameters", "validation_loss"),
    ("validation_loss", "accuracy"),
    ("active_parameters", "flops"),
]


def network_axes(names: tuple[str, ...]) -> Axes:
    return make_axes([Objective.load(name) for name in names], REFERENCES, Metric.load("accuracy"))


def network(identity: str, accuracy: float, loss: float) -> Individual:
    """Return a network that has kept what it showed in its first epoch."""
    curve = (Epoch(1, loss, loss, accuracy, 1.0, 1.0),)
    objectives = {
        "accuracy": accuracy,
        "validation_loss": loss,
        "active_parameters": 100.0,
        "flops": 1e3,
    }
    costs = {"training_flops": 1e6}
    young = Evaluation("j", identity, "k", 0, 1, "ok", curve=curve, costs=costs)
    adult = Evaluation("a", identity, "k", 1, 8, "ok", objectives=objectives)
    genome = Genome(identity, "male", Record())
    return Individual(genome, {}, youth=(young,), adult=adult, expected=objectives)


GOOD, BAD = network("good", 0.9, 0.3), network("bad", 0.4, 1.8)


@pytest.mark.parametrize("names", OBJECTIVES)
def test_the_more_accurate_when_young_is_preferred_whatever_the_objectives(
    names: tuple[str, ...],
) -> None:
    sign = network_axes(names).metric_sign
    assert choose_by_early_efficiency([BAD, GOOD], 1, sign) == [1]
    assert mating_weights("early-efficiency", [BAD, GOOD], sign) == [0.5, 1.0]


@pytest.mark.parametrize("names", OBJECTIVES[:4])
def test_early_accuracy_is_audited_as_the_good_sign_it_is(names: tuple[str, ...]) -> None:
    weights = {"good": 1.0, "bad": 1.0}
    early = {male.genome.id: last_metric(male) for male in (GOOD, BAD)}
    figures = Audit(network_axes(names)).hold([GOOD, BAD], set(weights), weights, [], early)
    assert figures["early_skill"] == figures["ensemble_skill"] == 1.0


def test_a_functions_curve_is_its_main_objective() -> None:
    error, size = AxisPlan("error", "min"), AxisPlan("size", "min")
    assert OpenAxes((error, size)).metric_sign == -1.0
    assert OpenAxes((size, AxisPlan("accuracy", "max"))).metric_sign == 1.0


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (OBJECTIVES[0], (0, "metric_last")),
        (OBJECTIVES[1], (0, "validation_loss_last")),
        (OBJECTIVES[2], (1, "validation_loss_last")),
        (OBJECTIVES[3], (1, "metric_last")),
        (OBJECTIVES[4], None),
    ],
)
def test_what_a_networks_curve_shows_early(
    names: tuple[str, ...], expected: tuple[int, str] | None
) -> None:
    assert foreshadowed(names, "accuracy") == expected


def juveniles(seed: int, count: int, names: tuple[str, ...]) -> tuple[History, np.ndarray]:
    """Return networks whose loss falls by a third from youth on, and whose genes tell nothing."""
    rng = np.random.default_rng(seed)
    early = rng.uniform(0.5, 2.0, size=count)
    feature_rows = [
        Features(
            f"{seed}/{i}",
            rng.uniform(size=20),
            curve=(Epoch(1, loss, loss, float(np.exp(-loss)), 1.0, 1.0),),
        )
        for i, loss in enumerate(early)
    ]
    parameters = rng.uniform(100.0, 1000.0, size=count)
    columns = {"validation_loss": early * 2.0 / 3.0, "active_parameters": parameters}
    return History(feature_rows, names), np.column_stack([columns[name] for name in names])


@pytest.mark.parametrize("names", OBJECTIVES[1:3])
def test_without_any_truth_the_loss_of_the_last_epoch_is_foretold(names: tuple[str, ...]) -> None:
    young, _ = juveniles(1, 5, names)
    surrogate = Surrogate(GENES.replacing(epochs_read=1), 0, names, metric="accuracy")
    seen = [features.curve[0].validation_loss for features in young.feature_rows]
    assert surrogate.predict(young)[:, names.index("validation_loss")] == pytest.approx(seen)


@pytest.mark.parametrize("names", OBJECTIVES[1:3])
def test_with_few_truths_anchored_females_foretell_the_order_of_losses(
    names: tuple[str, ...],
) -> None:
    known, truths = juveniles(2, 8, names)
    others, other_truths = juveniles(3, 60, names)
    genes = GENES.replacing(epochs_read=1, anchored=True, kind="ridge", ridge_penalty=100.0)
    surrogate = Surrogate(genes, 0, names, metric="accuracy")
    surrogate.fit_juvenile(known, truths)
    k = names.index("validation_loss")
    assert weighted_kendall(surrogate.predict(others)[:, k], other_truths[:, k]) > 0.7
