"""Strangers punished failures by 1e18, gave generous references, and minimised down to 1e-10.

Who dominates whom was decided on losses scaled to the reference, in which such values become
equal or overflow; predictors ended in LinAlgError. Dominance is now decided on the values.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evo.pareto.dominance import LARGEST, Axes, Axis, crowding, gains, hypervolume, ranks
from fitness.data.bounds import bounded, bounds
from fitness.evaluation import Epoch
from fitness.prediction.features import Features
from fitness.prediction.history import History
from fitness.prediction.skill import weighted_kendall
from fitness.prediction.surrogate import Surrogate
from genomes.chromosomes.predictor import CURVE_TERMINALS
from tests.fitness.prediction.test_surrogate import GENES

finite = st.floats(allow_nan=False, allow_infinity=False)
Row = dict[str, float]
rows = st.lists(st.fixed_dictionaries({"a": finite, "b": finite}), min_size=1, max_size=12)
positive = st.floats(min_value=5e-324, max_value=LARGEST)


@st.composite
def axes(draw: st.DrawFn) -> Axes:
    """Return one linear axis and one that may be logarithmic, of any bounds."""
    low, high = sorted(draw(st.tuples(finite, finite).filter(lambda pair: pair[0] != pair[1])))
    small, large = sorted(draw(st.tuples(positive, positive).filter(lambda p: p[0] != p[1])))
    scale = draw(st.sampled_from(["linear", "log"]))
    return Axes((
        Axis("a", "max", reference=low, ideal=high),
        Axis("b", "min", reference=large, ideal=small, scale=scale),
    ))  # fmt: skip


def dominates(one: Row, other: Row) -> bool:
    """Tell by definition whether `one` is better: more of `a`, less of `b`."""
    no_worse = one["a"] >= other["a"] and one["b"] <= other["b"]
    return no_worse and (one["a"] > other["a"] or one["b"] < other["b"])


@given(axes(), rows)
def test_the_front_is_that_of_the_definition(given_axes: Axes, points: list[Row]) -> None:
    expected = [not any(dominates(other, one) for other in points) for one in points]
    assert given_axes.nondominated(points).tolist() == expected


@given(axes(), rows)
def test_ranks_peel_off_one_front_after_the_other(given_axes: Axes, points: list[Row]) -> None:
    left, expected = dict(enumerate(points)), {}
    for rank in range(len(points)):
        front = [i for i, one in left.items() if not any(dominates(o, one) for o in left.values())]
        expected |= dict.fromkeys(front, rank)
        left = {i: one for i, one in left.items() if i not in front}
    found = ranks(given_axes.signed(points))
    assert found.tolist() == [expected[i] for i in range(len(points))]


@given(axes(), rows)
def test_volumes_losses_and_distances_are_finite(given_axes: Axes, points: list[Row]) -> None:
    losses = given_axes.losses(points)
    assert np.isfinite(losses).all()
    assert 0.0 <= hypervolume(losses) <= 1.0
    assert 0.0 <= given_axes.volume(points) <= LARGEST
    assert (gains(losses[1:], losses[:1]) >= 0.0).all()
    assert not np.isnan(crowding(losses)).any()
    assert all(np.isfinite(axis.value(loss)) for axis in given_axes.axes for loss in (0.0, 9.0))
    assert sorted(given_axes.survivors(points, len(points))) == list(range(len(points)))


@given(axes(), rows)
def test_no_loss_reverses_an_order(given_axes: Axes, points: list[Row]) -> None:
    losses, signed = given_axes.losses(points), given_axes.signed(points)
    for column, values in zip(losses.T, signed.T, strict=True):
        ordered = column[np.argsort(values, kind="stable")]
        assert all(before <= after for before, after in pairwise(ordered.tolist()))


PENALISED = Axes((Axis("score", "min", reference=1e18, ideal=0.0),))
TINY = Axes((Axis("error", "min", reference=1.0, ideal=1e-3, scale="log"),))


def test_beside_a_penalty_good_points_stay_apart() -> None:
    found = PENALISED.nondominated([{"score": 1.0}, {"score": 2.0}, {"score": 1e18}])
    assert found.tolist() == [True, False, False]


@pytest.mark.parametrize("error", [1e-10, 0.0, -1.0])
def test_below_any_floor_of_a_log_scale_less_is_still_better(error: float) -> None:
    points = [{"error": 1e-7}, {"error": 1e-9}, {"error": error}]
    assert TINY.nondominated(points).tolist() == [False, False, True]
    assert TINY.survivors(points, 2) == [2, 1]
    assert TINY.hypervolume(points) == 1.0


def test_the_whole_range_of_numbers_is_a_scale() -> None:
    axis = Axis("score", "max", reference=-LARGEST, ideal=LARGEST)
    assert axis.losses([LARGEST, 0.0, -LARGEST]).tolist() == [0.0, 0.5, 1.0]
    assert axis.value(0.5) == 0.0


@settings(deadline=None)
@given(st.lists(finite, min_size=2, max_size=8))
def test_gains_beyond_two_objectives_are_finite(values: list[float]) -> None:
    axes = Axes(tuple(Axis(n, "min", reference=1e300, ideal=-1e300) for n in "abc"))
    points = [{"a": x, "b": -x, "c": x / 3.0} for x in values]
    losses = axes.losses(points)
    assert np.isfinite(gains(losses[:1], losses)).all()


KINDS = ("ridge", "gaussian-process", "forest", "nearest", "rank", "power-law", "expression")


def past(values: list[float], names: tuple[str, ...]) -> tuple[History, np.ndarray]:
    """Return males who showed such values in their curve and features, and ended with them."""
    rng = np.random.default_rng(0)
    feature_rows = [
        Features(
            str(i),
            rng.uniform(size=3),
            pedigree={"parents_mean": value},
            curve=(Epoch(1, abs(value), value, value, abs(value), 1.0),),
            shown={"norm": value},
        )
        for i, value in enumerate(values)
    ]
    return History(feature_rows, names), np.repeat(np.array(values)[:, None], len(names), axis=1)


@settings(deadline=None, max_examples=15)
@pytest.mark.parametrize("kind", KINDS)
@given(
    st.lists(finite, min_size=8, max_size=12),
    st.sampled_from(["none", "logit", "rank"]),
    st.sampled_from(["standard", "scores"]),
)
def test_predictors_survive_any_finite_objective(
    kind: str, values: list[float], transform: str, inputs: str
) -> None:
    archive, truths = past(values, ("score",))
    watched = dict.fromkeys(("reads_genome", "reads_pedigree", "reads_curve", "reads_shown"), True)
    genes = GENES.replacing(
        kind=kind, transform=transform, inputs=inputs, anchored=True, **watched
    )
    surrogate = Surrogate(genes.replacing(epochs_read=1), 0, ("score",))
    assert np.isfinite(surrogate.predict(archive)).all()
    surrogate.fit(archive, truths)
    assert np.isfinite(surrogate.predict(archive)).all()
    assert np.isfinite(surrogate.predict_candidates(archive)).all()
    assert -1.0 <= weighted_kendall(surrogate.predict(archive)[:, 0], truths[:, 0]) <= 1.0


def test_a_penalty_among_the_truths_hides_no_other_difference() -> None:
    values = np.linspace(0.0, 1.0, 40)
    archive, truths = past([*values, 1e18], ("score",))
    surrogate = Surrogate(
        GENES.replacing(kind="ridge", transform="none", epochs_read=1), 0, ("score",)
    )
    surrogate.fit(archive, truths)
    assert weighted_kendall(surrogate.predict(archive)[:40, 0], values) > 0.6


def test_a_metric_of_any_size_is_seen() -> None:
    archive, _ = past([2e7, 3e7, -5e9], ("score",))
    assert archive.curve(1)[:, CURVE_TERMINALS.index("metric_last")].tolist() == [2e7, 3e7, -5e9]


def test_tiny_values_on_a_log_scale_are_foretold() -> None:
    values = (10.0 ** -np.linspace(20.0, 90.0, 30)).tolist()
    archive, truths = past(values, ("error",))
    surrogate = Surrogate(
        GENES.replacing(kind="ridge", reads_genome=True), 0, ("error",), ("error",)
    )
    surrogate.fit(archive, truths)
    assert (surrogate.predict(archive) < 1e-12).all()


def test_bounds_leave_ordinary_values_alone_and_know_what_is_far() -> None:
    assert bounds(np.arange(5.0)) == (1.0 - 40.0, 3.0 + 40.0)
    assert bounds(np.array([1.0, 1.0, 1.0, 1.0, 9.0])) == (-1e100, 1e100)
    assert bounds(np.array([np.nan])) == (-1e100, 1e100)
    x = np.array([[0.0, np.nan], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [1e18, -np.inf]])
    assert bounded(x)[:, 0].tolist() == [0.0, 1.0, 2.0, 3.0, 43.0]
    assert np.isnan(bounded(x)[0, 1])
