"""Forecasts: numbers of trainings by hand and against what strategies ask for; costs; budgets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evo.running.forecast import Forecast, Sample, forecast
from evo.strategy import STRATEGIES, Settings, expect, make_strategy
from fitness.evaluation import Evaluation
from tests.evo.toy import evaluate, toy_world

SETTINGS = Settings(
    population=8, females=4, sons=10, daughters=2, brood=3, promoted_share=0.2, audit_share=0.25,
    stages=(2, 10),
)  # fmt: skip
SAMPLE = Sample(epoch_seconds=(1.0, 3.0), checkpoint_bytes=(1_000,), peak_bytes=5e8)


def test_trainings_epochs_and_seconds_are_added_up() -> None:
    # First 8 juveniles, 4 promoted, 1 of 4 audited; then twice 10, 2, 2 of 8. 2 s an epoch.
    found = forecast(SAMPLE, "gendered", SETTINGS, generations=3, workers=2)
    assert (found.juveniles, found.adults, found.audited) == (28, 8, 5)
    assert found.epochs == 28 * 2 + 13 * 8
    assert found.epochs_in_full == 280
    assert found.juvenile_seconds == 28 * 2 * 2.0
    assert found.adult_seconds == 8 * 8 * 2.0
    assert found.audit_seconds == 5 * 8 * 2.0
    assert found.worker_seconds == 2.0 * found.epochs
    low, middle, high = found.wall_seconds
    assert found.worker_seconds / 4 < low <= middle <= high
    assert found.memory_bytes == 1e9


def test_one_worker_takes_what_the_trainings_take() -> None:
    sample = replace(SAMPLE, epoch_seconds=(2.0,))
    found = forecast(sample, "gendered", SETTINGS, generations=3, workers=1)
    assert found.wall_seconds == pytest.approx((found.worker_seconds,) * 3)
    assert found.busy_share == pytest.approx(1.0)


def test_a_budget_ends_it() -> None:
    found = forecast(SAMPLE, "gendered", SETTINGS, generations=9, workers=1, budget_epochs=57)
    assert found.generations == 2  # 56 epochs in the first


def test_json_leads_back() -> None:
    found = forecast(SAMPLE, "nsga2", SETTINGS, generations=2, workers=3)
    assert Forecast.from_json(found.to_json()) == found
    assert found.juveniles == 0


def test_nothing_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="no training"):
        Sample((), (), 0.0)


@pytest.mark.parametrize("name", sorted(STRATEGIES.names()))
def test_strategies_ask_for_what_is_expected(name: str) -> None:
    """Within a third: local search takes rounds, and shares of few are rounded."""
    context = toy_world(3, population=12, sons=12, brood=3)
    strategy = make_strategy(name, context)
    asked = {"juvenile": 0, "adult": 0}
    expected = {"juvenile": 0.0, "adult": 0.0}
    for number in range(1, 7):
        found = expect(name, context.settings, number)
        expected["juvenile"] += found.juveniles
        expected["adult"] += found.promoted + found.audited
        course = strategy.generation(number)
        trials = next(course)
        while True:
            answers: list[Evaluation] = []
            for trial in trials:
                asked[trial.stage] += 1
                key = trial.genome.short_hash()
                answers.append(evaluate(trial.genome, key, trial.from_epoch, trial.to_epoch))
            try:
                trials = course.send(answers)
            except StopIteration:
                break
    for stage, number_asked in asked.items():
        assert number_asked == pytest.approx(expected[stage], rel=0.34)


def test_a_ladder_is_added_up_stage_by_stage() -> None:
    # First 8 juveniles, of whom 6 and then 4 go on; then twice 10, 5 and 2. 2 s an epoch.
    ladder = replace(SETTINGS, stages=(1, 3, 10), audit_share=0.0, promoted_share=0.25)
    found = forecast(SAMPLE, "gendered", ladder, generations=3, workers=2)
    assert (found.juveniles, found.further, found.adults) == (28, 16, 8)
    assert found.epochs == 28 * 1 + 16 * 2 + 8 * 7
    assert found.further_seconds == 16 * 2 * 2.0
    assert found.worker_seconds == 2.0 * found.epochs


def test_who_has_no_youth_is_trained_from_the_start() -> None:
    found = forecast(SAMPLE, "nsga2", SETTINGS, generations=2, workers=1)
    assert found.epochs == found.epochs_in_full == 2 * 8 * 10
    assert found.worker_seconds == 2.0 * found.epochs
