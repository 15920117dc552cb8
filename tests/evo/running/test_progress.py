"""Pace: the time left is that of the limit that is reached first."""

import pytest

from evo.running.progress import Pace
from evo.settings.config import build


def told(pace: Pace, seconds_each: float, epochs_each: float, generations: int) -> Pace:
    for number in range(generations):
        summary = {"generation": number + 1, "epochs_spent": epochs_each * (number + 1)}
        pace.tell(summary, seconds_each * (number + 1))
    return pace


def test_nothing_is_known_before_the_first_generation() -> None:
    assert Pace.of(build({"generations": 10}), 0.0).seconds_left(5.0) is None


def test_generations_left_times_their_mean_length() -> None:
    pace = told(Pace.of(build({"generations": 10}), 0.0), 3.0, 50, 4)
    assert pace.done == 4
    assert pace.seconds_left(12.0) == pytest.approx(18.0)
    assert pace.seconds_left(13.5) == pytest.approx(16.5)
    assert pace.seconds_left(99.0) == 0.0


@pytest.mark.parametrize(
    ("limits", "seconds"), [({"budget_epochs": 300}, 6.0), ({"max_minutes": 0.25}, 3.0)]
)
def test_the_first_limit_counts(limits: dict[str, float], seconds: float) -> None:
    pace = told(Pace.of(build({"generations": 100, **limits}), 0.0), 3.0, 50, 4)
    assert pace.seconds_left(12.0) == pytest.approx(seconds)


def test_a_new_total_wins_over_the_config() -> None:
    pace = told(Pace.of(build({"generations": 4}), 0.0, generations=6), 1.0, 50, 4)
    assert pace.seconds_left(4.0) == pytest.approx(2.0)
