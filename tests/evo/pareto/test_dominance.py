import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evo.pareto.dominance import (
    Axes,
    Axis,
    crowding,
    gains,
    hypervolume,
    knee,
    levels,
    nondominated,
    ranks,
    survivors,
    worthy,
)

ACCURACY = Axis("accuracy", "max", reference=0.1, ideal=1.0)
COUNT = Axis("parameters", "min", reference=10_000, ideal=1, scale="log")
losses = arrays(np.float64, st.tuples(st.integers(1, 25), st.just(3)), elements=st.floats(0, 1.2))


def test_losses_put_the_ideal_at_zero_and_the_reference_at_one():
    axes = Axes((ACCURACY, COUNT))
    rows = [{"accuracy": 1.0, "parameters": 1}, {"accuracy": 0.1, "parameters": 10_000}]
    np.testing.assert_allclose(axes.losses(rows), [[0, 0], [1, 1]], atol=1e-12)
    assert axes.losses([{"accuracy": 0.55, "parameters": 100}])[0] == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("axis", [ACCURACY, COUNT])
@pytest.mark.parametrize("loss", [0.0, 0.3, 1.0, 1.1])
def test_value_inverts_loss(axis, loss):
    assert axis.loss(axis.value(loss)) == pytest.approx(loss)


def test_an_ideal_worse_than_the_reference_is_refused():
    with pytest.raises(ValueError, match=r"ideal 0\.2 has to be better than the reference 0\.5"):
        Axis("accuracy", "max", reference=0.5, ideal=0.2)


def test_hypervolume_of_two_overlapping_boxes():
    points = np.array([[0.5, 0.0], [0.0, 0.5]])
    assert hypervolume(points) == pytest.approx(0.75)
    assert hypervolume(np.array([[0.2, 1.0]])) == 0.0  # on the reference: counts nothing
    assert hypervolume(np.empty((0, 2))) == 0.0


@given(losses, losses)
def test_gains_are_differences_of_hypervolumes(front, points):
    both = [np.vstack([front, point[None]]) for point in [*points, *front]]
    expected = [hypervolume(rows) - hypervolume(front) for rows in both]
    found = gains(front, np.vstack([points, front]))
    assert found.tolist() == pytest.approx(expected, abs=1e-12)
    assert found.min() >= 0.0
    assert not found[len(points) :].any()  # exactly none by those of the front


def test_ranks_put_what_lies_beyond_the_reference_last():
    points = np.array([[0.9, 0.9], [0.1, 1.5], [0.2, 0.2], [0.3, 0.1]])
    assert ranks(points, (points > 1.0).any(axis=1)).tolist() == [1, 2, 0, 0]
    assert ranks(points).tolist() == [1, 0, 0, 0]
    single = np.array([[0.3], [0.1], [0.3], [2.0]])
    assert ranks(single, single[:, 0] > 1.0).tolist() == [1, 0, 1, 2]


@given(losses)
def test_rank_zero_is_the_front_and_every_rank_is_dominated_by_the_one_before(points):
    beyond = (points > 1.0).any(axis=1)
    rank = ranks(points, beyond)
    if not beyond.all():
        front = nondominated(points[~beyond])
        np.testing.assert_array_equal(rank[~beyond] == 0, front)
    for part in (~beyond, beyond):
        for i in np.flatnonzero(part):
            better = rank[part] == rank[i] - 1
            if better.any():
                ahead = points[part][better]
                dominates = (ahead <= points[i]).all(1) & (ahead < points[i]).any(1)
                assert dominates.any()


def test_crowding_keeps_the_ends_and_prefers_gaps():
    points = np.array([[0.0, 1.0], [0.1, 0.9], [0.5, 0.5], [1.0, 0.0]])
    distance = crowding(points)
    assert np.isinf(distance[[0, 3]]).all()
    assert distance[2] > distance[1]


def test_survivors_take_whole_fronts_first_then_the_least_crowded():
    points = np.array([[0.0, 0.9], [0.1, 0.8], [0.9, 0.0], [0.95, 0.95], [0.5, 0.4]])
    assert sorted(survivors(points, 3)) == [0, 2, 4]
    assert sorted(survivors(points, 5)) == [0, 1, 2, 3, 4]
    assert survivors(np.empty((0, 2)), 3) == []


def test_knee_is_the_balanced_point():
    assert knee(np.array([[0.0, 1.0], [0.2, 0.2], [1.0, 0.0]])) == 1


def test_rows_beyond_the_reference_neither_stretch_the_range_nor_are_the_knee():
    losses = np.array([[0.1, 0.9], [0.2, 0.2], [0.9, 0.1], [8.0, 0.01]])
    assert worthy(losses).tolist() == [0, 1, 2]
    assert knee(losses) == 1
    assert worthy(np.array([[2.0, 0.1], [3.0, 0.2]])).tolist() == [0, 1]


@settings(deadline=None)
@given(losses)
def test_levels_list_the_rows_of_each_rank_in_order(points):
    rank = ranks(points)
    expected = [np.flatnonzero(rank == r).tolist() for r in sorted(set(rank.tolist()))]
    assert [rows.tolist() for rows in levels(points)] == expected


def test_losses_of_many_rows_follow_the_formula_row_by_row():
    axes = Axes((ACCURACY, COUNT))
    rows = [{"accuracy": i / 50, "parameters": i**3} for i in range(50)]
    expected = [
        [(i / 50 - 1.0) / -0.9, math.log(max(i**3, math.ulp(0.0))) / math.log(10_000)]
        for i in range(50)
    ]
    np.testing.assert_allclose(axes.losses(iter(rows)), expected, rtol=1e-14)
    assert axes.losses([]).shape == (0, 2)
    assert [COUNT.loss(row["parameters"]) for row in rows] == axes.losses(rows)[:, 1].tolist()
