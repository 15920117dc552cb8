import numpy as np
import pytest

from fitness.evaluation import Epoch
from fitness.prediction.features import Features
from fitness.prediction.guesses import Foreshadowing, first_guess
from fitness.prediction.history import History
from genomes.genes.gene import Record

SIZES, PARENTS, SHOWN = (1.0, 2.0, 3.0, 4.0), (0.4, 0.1, 0.3, 0.2), (0.9, 0.5, 0.7, 0.6)
EARLY = Foreshadowing(0, "metric_last", rises=True)


def history(sizes=SIZES, outcomes=("accuracy",)):
    return History(
        [
            Features(
                str(i), np.zeros(1), {"log_planned_parameters": size}, {"parents_mean": parents},
                (Epoch(0, 1.0, 1.0, shown, 1.0, 1.0),),
            )
            for i, (size, parents, shown) in enumerate(zip(sizes, PARENTS, SHOWN, strict=True))
        ],
        outcomes,
    )  # fmt: skip


def guessed(early=EARLY, males=None, **genes):
    known = Record(window=20, transform="none", **genes)
    return first_guess(known, early, 1, history())(males or history())


def order(values):
    return np.argsort(values).tolist()


def test_a_guess_is_what_the_control_says_that_is_the_anchor():
    assert guessed().tolist() == list(SHOWN)  # as of females who do not vary in it
    assert guessed(anchor="early").tolist() == list(SHOWN)
    assert order(guessed(anchor="plan")) == order(SIZES)
    assert order(guessed(anchor="parents")) == order(PARENTS)


def test_of_a_metric_that_falls_the_small_are_guessed_to_have_the_more():
    falls = Foreshadowing(0, "metric_last", rises=False)
    assert order(guessed(falls, anchor="plan")) == order(SIZES)[::-1]


def test_all_controls_together_say_the_mean_of_what_they_say():
    parts = [guessed(anchor=anchor) for anchor in ("plan", "parents")]
    shown = np.array(SHOWN)
    parts.append((shown - shown.mean()) / shown.std())
    assert guessed(anchor="all") == pytest.approx(np.mean(parts, axis=0))


def test_who_is_not_known_is_guessed_to_be_in_the_middle():
    unknown = history(sizes=(np.nan, 2.0, 3.0, 4.0))
    assert guessed(males=unknown, anchor="plan")[0] == 0.0
