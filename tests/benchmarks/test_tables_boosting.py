"""Tables beside boosting: how rows are cut again, what an interval says, that rivals learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t as student

from benchmarks.boosting.diamonds import ORDERS
from benchmarks.boosting.rivals import joined, lightgbm
from benchmarks.boosting.tables import cut_again
from benchmarks.tables_boosting import interval, row
from fitness.tasks import diabetes, wine


def test_rows_are_cut_anew_by_each_seed_and_none_is_lost() -> None:
    task = wine.load()
    cuts = [cut_again(task, seed) for seed in (0, 0, 1)]
    assert cuts[0].fingerprint() == cuts[1].fingerprint()
    assert cuts[0].fingerprint() != cuts[2].fingerprint()
    for cut in cuts:
        sizes = [len(split) for split in (cut.train, cut.validation, cut.test)]
        assert sizes == [114, 28, 36]
        assert np.bincount(cut.test.y).tolist() == [12, 14, 10]
        x, y = joined(cut)
        assert x.shape == (142, 13)
        assert len(y) == 142
    whole = np.sort(np.concatenate([joined(cuts[2])[0][:, 0], cuts[2].test.array[:, 0]]))
    every = [split.array[:, 0] for split in (task.train, task.validation, task.test)]
    assert whole == pytest.approx(np.sort(np.concatenate(every)))


def test_an_interval_of_splits_that_overlap_is_wider_than_students() -> None:
    mean, low, high = interval([0.01, 0.02, 0.06])
    assert mean == pytest.approx(0.03)
    deviation = math.sqrt((0.02**2 + 0.01**2 + 0.03**2) / 2)
    reach = student.ppf(0.975, 2) * deviation * math.sqrt(1 / 3 + 0.25)
    assert (low, high) == pytest.approx((0.03 - reach, 0.03 + reach))


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ((0.02, 0.021, 0.019), "better"),
        ((-0.02, -0.021, -0.019), "worse"),
        ((0.02, -0.02, 0.01), "within noise"),
        ((0.02,), "one split tells nothing"),
    ],
)
def test_a_verdict_follows_from_the_interval(differences: tuple[float, ...], verdict: str) -> None:
    found = [{"evo": 0.8 + d, "LightGBM": 0.8, "active": 50.0} for d in differences]
    assert row("wine", "accuracy", found).endswith(f"  {verdict}")


def test_orders_name_the_categories_of_diamonds() -> None:
    assert [len(order) for order in ORDERS.values()] == [5, 7, 8]


def test_a_tuned_rival_learns_what_is_to_be_learnt() -> None:
    pytest.importorskip("lightgbm")
    pytest.importorskip("optuna")
    assert lightgbm(cut_again(wine.load(), 0), trials=1, seed=0, folds=2) > 0.85
    assert lightgbm(cut_again(diabetes.load(), 0), trials=1, seed=0, folds=2) > 0.2
