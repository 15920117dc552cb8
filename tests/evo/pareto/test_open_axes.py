"""Open axes: what the first adults fix, and what a user's own figures keep."""

from __future__ import annotations

import numpy as np
import pytest

from evo.pareto.open_axes import AxisPlan, OpenAxes

ADULTS = [
    {"accuracy": 0.6, "size": 1000.0},
    {"accuracy": 0.8, "size": 100.0},
    {"accuracy": 0.7, "size": 10.0},
]
OPEN = (AxisPlan("accuracy", "max"), AxisPlan("size", "min", "log"))


def bounds(axes: OpenAxes) -> list[float]:
    return [x for axis in axes.axes for x in (axis.reference, axis.ideal)]


def test_adults_set_the_worst_as_reference_and_an_ideal_beyond_the_best() -> None:
    axes = OpenAxes(OPEN)
    assert axes.settle(ADULTS, final=True)
    assert bounds(axes) == pytest.approx([0.6, 1.0, 1000.0, 0.1])
    assert axes.losses([{"accuracy": 0.8, "size": 10.0}])[0] == pytest.approx([0.5, 0.5])


def test_juveniles_stand_in_until_adults_are_known() -> None:
    axes = OpenAxes(OPEN)
    assert not axes.settle([{"accuracy": 0.2, "size": 50.0}], final=False)
    assert not axes.settle([], final=True)
    assert axes.settle(ADULTS, final=True)
    assert not axes.settle([{"accuracy": 0.0, "size": 1e9}], final=True)
    assert bounds(axes) == pytest.approx([0.6, 1.0, 1000.0, 0.1])


def test_one_bad_draw_sets_no_scale() -> None:
    axes = OpenAxes((AxisPlan("accuracy", "max"),))
    good = [{"accuracy": 0.90 + 0.01 * i} for i in range(8)]
    axes.settle([*good, {"accuracy": 0.1}], final=True)
    assert axes.axes[0].reference == pytest.approx(0.9)


def test_only_a_reference_that_was_given_ranks_what_lies_beyond_it_last() -> None:
    rows = [{"accuracy": 0.2, "size": 1.0}, *ADULTS]
    for given, last in ((None, []), (0.5, [0])):
        axes = OpenAxes(
            (AxisPlan("accuracy", "max", reference=given), AxisPlan("size", "min", "log"))
        )
        axes.settle(ADULTS, final=True)
        assert np.flatnonzero(axes.beyond(axes.signed(rows))).tolist() == last
        assert (0 in axes.survivors(rows, 3)) == (given is None)


def test_any_finite_adults_leave_sound_axes() -> None:
    for values in ([1e308, -1e308, 0.0], [1e308] * 3, [-1e308, 5.0]):
        axes = OpenAxes((AxisPlan("score", "max"), AxisPlan("other", "min")))
        axes.settle([{"score": x, "other": x} for x in values], final=True)
        assert np.isfinite(bounds(axes)).all()
        assert np.isfinite(axes.losses([{"score": x, "other": x} for x in values])).all()


def test_before_anything_is_known_the_value_predicted_for_the_unknown_is_halfway() -> None:
    losses = OpenAxes(OPEN).losses([{"accuracy": 0.5, "size": 0.5}])
    assert losses[0] == pytest.approx([0.5, 0.5])


def test_what_is_given_stays() -> None:
    axes = OpenAxes(
        (
            AxisPlan("accuracy", "max", reference=0.1, ideal=1.0),
            AxisPlan("size", "min", "log", reference=1e5),
        )
    )
    axes.settle(ADULTS, final=True)
    assert bounds(axes) == pytest.approx([0.1, 1.0, 1e5, 1e-3])


@pytest.mark.parametrize("reference", [None, 0.9])
def test_adults_that_are_alike_or_beyond_the_reference_leave_sound_axes(
    reference: float | None,
) -> None:
    axes = OpenAxes((AxisPlan("accuracy", "max", reference=reference),))
    axes.settle([{"accuracy": 0.5}, {"accuracy": 0.5}], final=True)
    (axis,) = axes.axes
    assert axis.reference == (reference or 0.5)
    assert axis.ideal > axis.reference


def test_adults_that_are_ideal_already_leave_sound_axes() -> None:
    axes = OpenAxes((AxisPlan("error", "min", ideal=0.0),))
    axes.settle([{"error": 0.0}], final=True)
    assert axes.axes[0].reference == 1.0


def test_a_restored_scale_is_the_same() -> None:
    axes, again = OpenAxes(OPEN), OpenAxes(OPEN)
    axes.settle(ADULTS, final=True)
    again.restore(axes.state())
    assert again.axes == axes.axes
    assert not again.settle([{"accuracy": 0.0, "size": 1e9}], final=True)


def test_the_volume_in_own_units_does_not_depend_on_the_ideal() -> None:
    def volume(ideal: float) -> float:
        plans = (
            AxisPlan("accuracy", "max", reference=0.5, ideal=ideal),
            AxisPlan("size", "min", "log", reference=1000.0, ideal=1.0),
        )
        axes = OpenAxes(plans)
        axes.settle(ADULTS, final=True)
        return axes.volume([*ADULTS, {"accuracy": 0.99, "size": 2000.0}])

    # 0.8 within two decades to 100, and 0.7 for another one
    assert volume(1.0) == pytest.approx(volume(0.75)) == pytest.approx(0.3 * 1 + 0.2 * 1)
