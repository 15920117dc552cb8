"""Cuts of columns that tell of a target: where it jumps, the largest jump first."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.tree import DecisionTreeRegressor

from fitness.data.inputs.telling_cuts import MOST_CUTS
from fitness.data.inputs.telling_cuts import telling_cuts as scaled_cuts
from genomes.graph.normalization import Normalization

X = np.linspace(-1.0, 1.0, 401)[:, None]


def telling_cuts(x: np.ndarray, y: np.ndarray) -> tuple[tuple[float, ...], ...]:
    """Return cuts of numbers that are scaled already."""
    count = x.shape[1]
    return scaled_cuts(x, Normalization((0.0,) * count, (1.0,) * count), y)


def steps(x: np.ndarray) -> np.ndarray:
    """Rise by 1 at -0.5 and by 5 at 0.25."""
    found: np.ndarray = ((x > -0.5) + 5.0 * (x > 0.25)).astype(np.float32)
    return found


def test_the_largest_jump_of_values_comes_first() -> None:
    (cuts,) = telling_cuts(X, steps(X))
    assert cuts == pytest.approx((0.2525, -0.4975), abs=0.006)


def test_cuts_are_in_units_of_the_scale() -> None:
    (cuts,) = scaled_cuts(3.0 + 10.0 * X, Normalization((3.0,), (10.0,)), steps(X))
    assert cuts == pytest.approx((0.2525, -0.4975), abs=0.006)


def test_classes_are_told_apart() -> None:
    (cuts,) = telling_cuts(X, np.digitize(X[:, 0], (-0.2, 0.6)))
    assert sorted(cuts) == pytest.approx([-0.2, 0.6], abs=0.006)


def test_each_column_has_its_own_and_noise_hardly_splits_few_rows() -> None:
    constant = np.zeros_like(X)
    cuts = telling_cuts(np.concatenate([X, constant, -X], axis=1), steps(X))
    assert cuts[1] == ()
    assert cuts[2] == pytest.approx([-cut for cut in cuts[0]], abs=0.006)
    assert telling_cuts(X[:15], steps(X[:15])) == ((),)


def test_missing_numbers_do_not_count_and_what_is_far_away_is_bent_to_float32() -> None:
    x = X.copy()
    x[::3] = np.nan
    x[1] = 1e300
    (cuts,) = telling_cuts(x, steps(X))
    assert cuts[0] == pytest.approx(0.25, abs=0.02)
    assert np.isfinite(cuts).all()
    assert telling_cuts(np.full_like(X, np.nan), steps(X)) == ((),)


def test_the_first_cuts_are_those_of_a_smaller_tree() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3000, 1))
    y = np.sin(4 * x) + rng.normal(size=x.shape) / 4
    (cuts,) = telling_cuts(x, y)
    assert len(cuts) == MOST_CUTS
    for leaves in (3, 8, 20):
        tree = DecisionTreeRegressor(max_leaf_nodes=leaves, min_samples_leaf=8, random_state=0)
        found = tree.fit(x, y).tree_
        wanted = sorted(found.threshold[found.children_left >= 0])
        assert sorted(cuts[: leaves - 1]) == pytest.approx(wanted, rel=1e-4)


def test_of_large_tables_a_part_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "fitness.data.inputs.telling_cuts"
    monkeypatch.setattr(f"{module}.MOST_NUMBERS", 200)
    monkeypatch.setattr(f"{module}.LEAST_ROWS", 100)
    (part,) = telling_cuts(X, steps(X))
    assert part == telling_cuts(X[::2], steps(X[::2]))[0]
