"""The figures of a sweep draw its table, and say what is out of view."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from matplotlib.axes import Axes

from evo.sweeps.figures import draw_curve, draw_difference, draw_figures
from evo.sweeps.grid import Grid
from evo.sweeps.statistics import points
from evo.sweeps.tables import point_table, training_table
from fitness.metric import Metric
from tests.evo.sweeps.test_verdict import trainings

R2 = Metric.load("r2")
ROWS = trainings((0.3, 0.0, 70), (0.6, -0.1, 40), (0.9, -9.0, 10))


def table(seeds: int = 5) -> pd.DataFrame:
    return point_table(points(Grid((0.3, 0.6, 0.9), ("linear",), seeds), ROWS), R2)


def notes(place: Axes) -> list[str]:
    return [text.get_text() for text in place.texts]


def test_the_table_has_a_row_a_point_and_both_splits() -> None:
    found = table()
    assert list(found["pruned_share"]) == pytest.approx([0.0, 0.3, 0.6, 0.9])
    assert found["validation_r2"][0] == pytest.approx(0.8)
    assert found["test_difference"][2] == pytest.approx(-0.0999)
    assert found["test_p_holm"][2] < 0.001
    assert len(training_table(ROWS)) == 20


def test_the_curve_is_drawn_over_both_beside_the_unpruned() -> None:
    figure = draw_curve(table(), R2, "s")
    assert len(figure.axes) == 4
    labels = [place.get_xlabel() for place in figure.axes]
    assert labels == 2 * ["active parameters", "parameters pruned (%)"]
    assert [place.get_ylabel() for place in figure.axes[::2]] == ["validation R²", "test R²"]
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    assert list(lines["linear"].get_xdata()) == [70.0, 40.0, 10.0]  # type: ignore[arg-type]
    assert "unpruned" in lines


def test_what_lies_far_off_is_out_of_view_and_told() -> None:
    figure = draw_difference(table(), R2, "s")
    low, high = figure.axes[0].get_ylim()
    assert -0.15 < low < -0.1 < 0.0 < high < 0.1
    assert notes(figure.axes[0]) == ["1 point beyond the view"]


def test_one_seed_has_no_noise_and_all_is_in_view() -> None:
    figure = draw_difference(table(seeds=1), R2, "s")
    low, high = figure.axes[0].get_ylim()
    assert low < -9.0 < 0.0 < high
    assert notes(figure.axes[0]) == []


def test_the_files_are_the_same_each_time(tmp_path: Path) -> None:
    found = points(Grid((0.3,), ("linear",), 5), ROWS)
    files = draw_figures(found, R2, tmp_path)
    assert [path.name for path in files] == [
        "pruning_curve.png", "pruning_curve.svg", "difference.png", "difference.svg",
        "pruning_curve.csv",
    ]  # fmt: skip
    before = [path.read_bytes() for path in files]
    assert [path.read_bytes() for path in draw_figures(found, R2, tmp_path)] == before
