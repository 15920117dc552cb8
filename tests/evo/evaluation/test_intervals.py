"""Intervals of metrics: Wilson's for shares, the bootstrap's for all else, within what can be."""

import math

import numpy as np
import pytest

from evo.evaluation.intervals import interval
from evo.export.by_group import Answers
from evo.pareto.statistics import wilson_interval
from fitness.data.task import Split
from fitness.metric import Metric, metric_names


def values(examples: int, noise: float) -> Answers:
    rng = np.random.default_rng(1)
    y = rng.normal(size=(examples, 1))
    x = np.zeros((examples, 1), np.float32)
    return Answers(y + noise * rng.normal(size=y.shape), Split(x, y))


def classes(y: list[int], found: list[int]) -> Answers:
    kept = np.eye(3)[found]
    return Answers(kept, Split(np.zeros((len(y), 1), np.float32), np.array(y)))


def test_a_share_of_examples_has_wilsons() -> None:
    answers = classes([0, 1, 2, 1], [0, 1, 2, 2])
    assert interval(Metric.load("accuracy"), answers, 0.75) == wilson_interval(3, 4)


def test_a_mean_has_about_the_interval_of_theory() -> None:
    answers, metric = values(2000, 0.5), Metric.load("mae")
    value = answers.value(metric)
    low, high = interval(metric, answers, value)
    deviation = np.abs(answers.kept - answers.split.y).std() / math.sqrt(2000)
    assert (high - low) / 2 == pytest.approx(1.96 * deviation, rel=0.25)
    assert (low + high) / 2 == pytest.approx(value)


def test_no_end_is_better_than_can_be() -> None:
    answers = values(30, 1e-6)
    for name in ("r2", "rmse"):
        metric = Metric.load(name)
        low, high = interval(metric, answers, answers.value(metric))
        assert high <= 1.0 if metric.rises else low >= 0.0


def test_it_is_the_same_again_and_narrower_for_more_examples() -> None:
    metric = Metric.load("r2")
    few, many = values(50, 0.5), values(2000, 0.5)
    ends = interval(metric, few, few.value(metric))
    assert ends == interval(metric, few, few.value(metric))
    low, high = interval(metric, many, many.value(metric))
    assert high - low < ends[1] - ends[0]


def test_what_cannot_be_measured_has_no_interval() -> None:
    answers = classes([0], [0])
    low, high = interval(Metric.load("cross_entropy"), answers, math.nan)
    assert math.isnan(low)
    assert math.isnan(high)


@pytest.mark.parametrize("name", metric_names("classes", with_groups=False))
def test_every_metric_of_classes_has_one(name: str) -> None:
    answers, metric = classes([0, 1, 2] * 20, [0, 1, 2, 0, 1, 1] * 10), Metric.load(name)
    value = answers.value(metric)
    low, high = interval(metric, answers, value)
    assert low <= value <= high
