"""Figures: all are drawn from tables alone, show what they claim, and come out the same twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from evo.findings.baselines import Baseline
from evo.pareto.statistics import wilson_interval
from evo.plots import (
    apoptosis,
    calibration,
    front,
    front_advance,
    hypervolume,
    objectives,
    pruning,
    skill,
)
from evo.plots.data import RunData, ratio_front
from evo.plots.drawing import save, save_figures, save_table
from evo.plots.figures import FIGURES, Drawing, drawable
from evo.plots.front_advance import generations_shown
from evo.plots.style import _stretch, _ticks, _unstretch, house_style, metric_axis
from evo.record.front_intervals import MetricChance
from fitness.metric import Metric

ACCURACY = Metric.load("accuracy")
OBJECTIVES = ("accuracy", "active_parameters")


def adults(rows: list[tuple[str, int, float, float, int, bool]]) -> pd.DataFrame:
    columns = ["genome", "generation", "accuracy", "active_ratio", "active_parameters", "on_front"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(ratio_front=ratio_front(table, ACCURACY))


def networks(name: str, adults: pd.DataFrame, generations: pd.DataFrame, **more: Any) -> RunData:
    """A run of networks by accuracy."""
    return RunData(name, adults, generations, metric=ACCURACY, objectives=OBJECTIVES, **more)


@pytest.fixture
def data() -> RunData:
    table = adults(
        [
            ("m001-000", 1, 0.90, 0.50, 4000, False),
            ("m001-001", 1, 0.30, 0.40, 900, False),
            ("m002-000", 2, 0.98, 0.40, 3000, True),
            ("m002-001", 2, 0.95, 0.10, 2000, True),
            ("m003-000", 3, 0.94, 0.20, 150, True),
        ]
    )
    summaries = pd.DataFrame(
        {
            "generation": [1, 2, 3],
            "hypervolume": [0.5, 0.7, 0.71],
            "epochs_spent": [60.0, 110.0, 180.0],
            "ensemble_skill": [None, 0.4, 0.6],
            "early_skill": [0.5, 0.5, -0.2],
            "plan_skill": [None, 0.3, 0.2],
            "ensemble_bias": [None, -0.01, 0.02],
            "ensemble_error": [None, 0.05, 0.03],
        }
    )
    curves = pd.DataFrame(
        {
            "genome": ["m002-001"] * 3 + ["m003-000"] * 3,
            "epoch": [1, 2, 3] * 2,
            "sparsity.0": [0.0, 0.25, 0.5, 0.1, 0.1, 0.2],
            "sparsity.1": [0.0, 0.1, 0.2] + [np.nan] * 3,
            "expression.0": [np.nan] * 3 + [0.2, 0.3, 1.4],
            "expression.1": [np.nan] * 3 + [0.0, 0.1, 0.2],
        }
    )
    columns = [
        "genome",
        "epoch",
        "units_healthy",
        "units_redundant",
        "units_harmful",
        "units_dead",
    ]
    rows = [
        ("m001-000", 1, 0.8, 0.1, 0.1, 0.0),
        ("m001-000", 2, 0.6, 0.1, 0.1, 0.1),
        ("m002-000", 1, 0.6, 0.3, 0.1, 0.0),
        ("m009-000", 1, 0.0, 0.0, 0.0, 1.0),  # did not grow up
    ]
    traces = pd.DataFrame(rows, columns=columns)
    both = pd.concat([curves, traces], ignore_index=True)
    return networks("digits-001", table, summaries, exported=("m002-001",), curves=both)


@pytest.fixture
def search() -> RunData:
    """A search of a user's function, one of whose objectives has an awkward name."""
    table = pd.DataFrame(
        {
            "genome": ["a", "007", "c"],
            "score": [0.1, 1 / 3, 0.9],
            "series": [5.0, 1.0, 2000.0],
            "on_front": [False, True, True],
        }
    )
    return RunData("mine", table, pd.DataFrame(), objectives=("score", "series"))


def regression(data: RunData, name: str, values: list[float], linear: float) -> RunData:
    """The same networks by another metric, beside what a linear model attains."""
    metric = Metric.load(name)
    table = data.adults.drop(columns="accuracy").assign(**{name: values})
    return replace(
        data,
        adults=table.assign(ratio_front=ratio_front(table, metric)),
        metric=metric,
        objectives=(name, "active_parameters"),
        baselines=(Baseline("ridge regression", 11, linear, metric=name),),
    )


@pytest.fixture
def r2(data: RunData) -> RunData:
    """R²: all are on the front, one of them far worse than the mean."""
    of_all = replace(data, adults=data.adults.assign(on_front=True))
    return regression(of_all, "r2", [0.75, -40.0, 0.9, 0.8, -0.25], 0.85)


@pytest.fixture
def rmse(data: RunData) -> RunData:
    return regression(data, "rmse", [60.0, 90.0, 52.5, 55.0, 58.0], 54.0)


def figure_of(figure: Drawing, data: RunData) -> Figure:
    table = figure.table(data)
    assert table is not None
    return figure.draw(table, data.name)


@pytest.fixture
def measured(data: RunData) -> RunData:
    """The same run, where the number of validation examples is known."""
    return replace(data, chance=MetricChance(ACCURACY, 100))


def test_leads_that_may_be_chance_are_hollow_and_every_interval_is_a_bar(
    measured: RunData, data: RunData
) -> None:
    table = front.table(measured)
    assert table is not None
    assert table["leads"].tolist()[2:] == [False, False, True]  # 98 % beside 94 % of 100
    assert table["leads"].isna().tolist() == [True, True, False, False, False]
    figure = front.draw(table, "digits-001")
    axes = figure.axes[0]
    (bars,) = [c for c in axes.collections if isinstance(c, LineCollection)]
    ends = [segment[:, 1].tolist() for segment in bars.get_segments()]
    assert ends == [list(wilson_interval(right, 100)) for right in (98, 95, 94)]
    marks = [c for c in axes.collections if len(c.get_offsets()) and c.get_zorder() == 3]
    hollow = {tuple(map(float, c.get_facecolor()[0, :3])) == (1.0, 1.0, 1.0): c for c in marks}
    assert hollow[True].get_offsets().tolist() == [[0.4, 0.98], [0.1, 0.95]]
    assert hollow[False].get_offsets().tolist() == [[0.2, 0.94]]
    low, high = axes.get_ylim()
    assert low < min(map(min, ends))
    assert high > max(map(max, ends))
    words = " ".join(text.get_text() for text in figure.legends[0].get_texts())
    assert "95 % interval" in words
    assert "beyond chance (2)" in words
    plain = " ".join(t.get_text() for t in figure_of(front, data).legends[0].get_texts())
    assert "interval" not in plain
    assert "chance" not in plain


def test_ratio_front_keeps_what_is_better_in_one_and_not_worse_in_the_other() -> None:
    table = pd.DataFrame(
        {"accuracy": [0.9, 0.9, 0.8, 0.95, 0.95], "active_ratio": [3, 2, 1, 4, 5]}
    )
    assert ratio_front(table, ACCURACY).tolist() == [False, True, True, True, False]


def test_ratio_front_knows_which_way_is_better() -> None:
    table = pd.DataFrame({"rmse": [5.0, 5.0, 6.0, 4.0, 4.0], "active_ratio": [3, 2, 1, 4, 5]})
    assert ratio_front(table, Metric.load("rmse")).tolist() == [False, True, True, True, False]


def test_every_figure_is_saved_as_png_svg_and_csv_and_the_same_again(
    data: RunData, tmp_path: Path
) -> None:
    files, again = save_figures(data, tmp_path / "1"), save_figures(data, tmp_path / "2")
    assert [f.name for f in files] == [f"{n}.{e}" for n in FIGURES for e in ("png", "svg", "csv")]
    assert all(f.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" for f in files if f.suffix == ".png")
    assert [f.read_bytes() for f in files] == [f.read_bytes() for f in again]


@pytest.mark.filterwarnings("error::UserWarning", "error::RuntimeWarning")
@pytest.mark.parametrize("run", ["data", "measured", "search", "r2", "rmse"])
def test_the_csv_beside_a_figure_draws_it_again(
    run: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    seen: RunData = request.getfixturevalue(run)
    names = []
    for name, drawing, table in drawable(seen):
        path = save_table(table, tmp_path / f"{name}.csv")
        read = pd.read_csv(path, dtype={"genome": str}, float_precision="round_trip")
        assert len(read) == len(table) > 0
        with house_style():
            (once,) = save(drawing.draw(table, seen.name), tmp_path / "once", ["svg"])
            (again,) = save(drawing.draw(read, seen.name), tmp_path / "again", ["svg"])
        assert again.read_bytes() == once.read_bytes()
        names.append(name)
    assert names == (["front"] if run == "search" else list(FIGURES))


def test_tables_hold_what_figures_show(data: RunData) -> None:
    found = {name: table for name, _, table in drawable(data)}
    assert found["front"]["series"].tolist() == [
        "dominated",
        "dominated",
        "front of accuracy and active ratio",
        "front of accuracy and active ratio",
        "front by other objectives",
    ]
    assert found["front"].set_index("genome")["exported"].to_dict()["m002-001"]
    assert found["front"]["exported"].sum() == 1
    advance = found["front_advance"]
    assert advance[advance["generation"] == 1]["accuracy"].tolist() == [0.3, 0.9]
    assert found["hypervolume"]["epochs_spent"].tolist() == [60.0, 110.0, 180.0]
    skills = found["skill"].groupby("series")["kendall_tau"].apply(list).to_dict()
    assert skills == {
        "predicted by early accuracy": [0.5, 0.5, -0.2],
        "predicted by size alone": [0.3, 0.2],
        "predicted by the ensemble of predictors": [0.4, 0.6],
    }
    assert found["calibration"]["bias_points"].tolist() == [-1.0, 2.0]
    assert found["calibration"]["root_mean_square_error_points"].tolist() == [5.0, 3.0]
    pruned = found["pruning"]
    assert pruned["series"].unique().tolist() == ["stage 0", "gene 0", "gene 1"]
    assert pruned["silenced_share"].dropna().tolist() == [0.1, 0.1, 0.2]
    dead = found["apoptosis"][found["apoptosis"]["series"] == "dead"]
    assert dead[["epoch", "share_of_channels", "networks"]].to_numpy().tolist() == [
        [1, 0.0, 2],
        [2, 0.1, 1],
    ]


@pytest.mark.parametrize(("run", "label"), [("r2", "R²"), ("rmse", "RMSE")])
def test_tables_call_columns_by_the_metric(
    run: str, label: str, request: pytest.FixtureRequest
) -> None:
    found = {name: table for name, _, table in drawable(request.getfixturevalue(run))}
    assert list(found["front"])[:4] == ["series", "genome", "active_ratio", run]
    assert f"front of {label} and active ratio" in set(found["front"]["series"])
    assert list(found["front_advance"]) == ["generation", "genome", "active_ratio", run]
    assert list(found["pruning"])[:2] == ["genome", run]
    assert found["calibration"]["bias"].tolist() == [-0.01, 0.02]  # in units of the metric
    assert f"predicted by early {label}" in set(found["skill"]["series"])
    assert not any("accuracy" in table for table in found.values())


def test_r2_is_drawn_on_a_linear_axis_without_what_is_far_worse_than_most(r2: RunData) -> None:
    figure = figure_of(front, r2)
    axes = figure.axes[0]
    low, high = axes.get_ylim()
    assert (axes.get_yscale(), axes.get_ylabel()) == ("linear", "validation R²")
    assert axes.get_title() == "digits-001: R² against active ratio"
    assert -0.5 < low < -0.25 < 0.9 < high < 1.1
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert said[:2] == [
        "front of R² and active ratio (2)",
        "on the run's front by other objectives (3, 1 of them outside the view)",
    ]
    assert "exported: m002-001 (0.8, 2,000 active)" in said
    assert "without a search: ridge regression (0.85, 11 parameters)" in said
    dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert [list(line.get_ydata()) for line in dashed] == [[0.85, 0.85]]


def test_of_rmse_the_lower_is_the_better(rmse: RunData) -> None:
    figure = figure_of(front, rmse)
    axes = figure.axes[0]
    assert axes.get_ylabel() == "validation RMSE (units of the target, lower is better)"
    steps = [line for line in axes.lines if line.get_linestyle() == "-"]
    assert [list(line.get_ydata()) for line in steps] == [[55.0, 52.5]]  # from small to large
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "other networks trained to the end (2, 2 of them outside the view)" in said
    advance = figure_of(front_advance, rmse)
    first, *_, last = advance.axes[0].lines
    assert list(first.get_ydata()) == [90.0, 60.0, 60.0]  # the steps go on to the right edge
    assert list(last.get_ydata()) == [55.0, 52.5, 52.5]
    assert advance.axes[0].get_ylabel() == axes.get_ylabel()
    assert figure_of(calibration, rmse).axes[0].get_ylabel() == "predicted minus true (RMSE)"
    assert figure_of(pruning, rmse).axes[0].get_title() == "m003-000, RMSE 58"


def test_a_baseline_above_the_view_is_said_to_be(rmse: RunData) -> None:
    trivial = replace(rmse, baselines=(Baseline("mean", 0, 77.0, metric="rmse"),))
    said = [text.get_text() for text in figure_of(front, trivial).legends[0].get_texts()]
    assert "without a search: mean (77, 0 parameters, above the view)" in said


@pytest.mark.parametrize(
    ("metric", "title", "scale"),
    [
        ("accuracy", "validation accuracy (%)", "function"),
        ("macro_f1", "validation macro F1 (%)", "function"),
        ("hamming_loss", "validation Hamming loss (%, lower is better)", "linear"),
        ("cross_entropy", "validation cross-entropy (nats, lower is better)", "linear"),
    ],
)
def test_an_axis_is_what_its_metric_says(metric: str, title: str, scale: str) -> None:
    axes = Figure().subplots()
    metric_axis(axes, Metric.load(metric), [0.25, 0.5])
    assert (axes.get_ylabel(), axes.get_yscale()) == (title, scale)
    low, high = axes.get_ylim()
    assert 0.2 < low < 0.25 < 0.5 < high < 0.6
    written = axes.yaxis.get_major_formatter()
    assert written(0.5) == ("50" if "%" in title else written(0.5))


def test_objectives_of_a_function_stay_apart_from_the_name_of_the_series(search: RunData) -> None:
    table = objectives.table(search)
    assert table is not None
    assert list(table) == ["drawn_as", "genome", "score", "series"]
    assert table["drawn_as"].tolist() == ["other fully trained", "front", "front"]
    places = objectives.draw(table, "mine").axes
    assert [len(dots.get_offsets()) for dots in places[0].collections] == [1, 2]


def test_front_shows_all_marks_and_counts_them(data: RunData) -> None:
    figure = figure_of(front, data)
    axes = figure.axes[0]
    drawn = [len(collection.get_offsets()) for collection in axes.collections]
    assert drawn == [2, 3, 1]  # the dominated, the front, the exported
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == [
        "front of accuracy and active ratio (2)",
        "on the run's front by other objectives (1)",
        "other networks trained to the end (2, 2 of them outside the view)",
        "exported: m002-001 (95.0 %, 2,000 active)",
    ]
    assert "validation accuracy (%)" in axes.get_ylabel()
    assert figure.axes[1].get_ylabel() == "active parameters"


def test_the_front_of_accuracy_and_ratio_is_drawn_where_the_ratio_is_no_objective() -> None:
    table = adults([
        ("m001-000", 1, 0.95, 0.5, 100, True),
        ("m001-001", 1, 0.95, 0.2, 900, False),  # larger, so not on the run's front
        ("m001-002", 1, 0.90, 0.6, 900, False),
    ])  # fmt: skip
    shown = front.table(networks("two objectives", table, pd.DataFrame()))
    assert shown is not None
    assert dict(zip(shown["genome"], shown["series"], strict=True)) == {
        "m001-000": "front by other objectives",
        "m001-001": "front of accuracy and active ratio",
        "m001-002": "dominated",
    }


@pytest.mark.parametrize(("accuracy", "place"), [(0.955, ""), (0.5, ", below the view")])
def test_front_shows_what_the_task_gives_without_a_search(
    data: RunData, accuracy: float, place: str
) -> None:
    linear = Baseline("logistic regression", 650, accuracy)
    with_line = replace(data, baselines=(Baseline("largest class", 0, 0.1), linear))
    table = front.table(with_line)
    assert table is not None
    last = table.iloc[-1]
    assert (last["series"], last["genome"]) == ("baseline", "logistic regression")
    assert (last["accuracy"], last["active_parameters"]) == (accuracy, 650)
    figure = front.draw(table, "x")
    dashed = [line for line in figure.axes[0].lines if line.get_linestyle() == "--"]
    assert [list(line.get_ydata()) for line in dashed] == [[accuracy, accuracy]]
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    expected = f"({100 * accuracy:.1f} %, 650 parameters{place})"
    assert f"without a search: logistic regression {expected}" in said
    without = front.draw(table[table["series"] != "baseline"], "x")
    assert figure.axes[0].get_ylim() == without.axes[0].get_ylim()  # it does not stretch the axis


def test_front_of_one_network_can_be_drawn(data: RunData, tmp_path: Path) -> None:
    alone = adults([("m001-000", 1, 1.0, 1.0, 10, True)])
    files = save_figures(networks("one", alone, data.generations), tmp_path / "plain")
    assert {f.stem for f in files} == set(FIGURES) - {"pruning", "apoptosis"}
    one = networks("one", alone, data.generations, curves=data.curves)
    files = save_figures(one, tmp_path)  # he was not pruned
    assert {f.stem for f in files} == set(FIGURES) - {"pruning"}


def test_advance_draws_what_was_known_at_each_generation(data: RunData) -> None:
    assert data.ratio_front_at(1, ACCURACY)["genome"].tolist() == ["m001-001", "m001-000"]
    assert data.ratio_front_at(3, ACCURACY)["genome"].tolist() == ["m002-001", "m002-000"]
    figure = figure_of(front_advance, data)
    assert [line.get_label() for line in figure.axes[0].lines] == [
        "generation 1",
        "generation 2",
        "generation 3",
    ]


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [(1, 1, [1]), (1, 5, [1, 2, 3, 4, 5]), (1, 50, [1, 3, 7, 19, 50]), (2, 4, [2, 3, 4])],
)
def test_generations_shown_end_with_the_last(first: int, last: int, shown: list[int]) -> None:
    assert generations_shown(first, last) == shown


def test_hypervolume_runs_over_epochs(data: RunData) -> None:
    figure = figure_of(hypervolume, data)
    line = figure.axes[0].lines[0]
    assert list(line.get_xdata()) == [60.0, 110.0, 180.0]
    assert list(line.get_ydata()) == [0.5, 0.7, 0.71]
    assert figure.axes[0].get_xlabel() == "epochs of training spent"


def test_skill_shows_the_ensemble_the_controls_and_the_zero_line(data: RunData) -> None:
    figure = figure_of(skill, data)
    labels = {line.get_label(): list(line.get_ydata()) for line in figure.axes[0].lines}
    assert labels["predicted by the ensemble of predictors"] == [
        0.4,
        0.6,
    ]  # unknown at first, not zero
    assert labels["predicted by early accuracy"] == [0.5, 0.5, -0.2]
    assert labels["predicted by size alone"] == [0.3, 0.2]
    styles = [line.get_linestyle() for line in figure.axes[0].lines[1:]]
    assert styles == ["--", ":", "-"]
    low, high = figure.axes[0].get_ylim()
    assert low < -0.2 < 0.6 < high


def test_calibration_shows_bias_in_points_of_accuracy(data: RunData) -> None:
    figure = figure_of(calibration, data)
    labels = {line.get_label(): list(line.get_ydata()) for line in figure.axes[0].lines}
    assert labels["bias"] == [-1.0, 2.0]
    assert "points" in figure.axes[0].get_ylabel()


def test_pruning_shows_sparsity_above_expression_of_those_who_have_a_network(
    data: RunData,
) -> None:
    figure = figure_of(pruning, data)
    top, bottom = figure.axes
    assert top.get_title() == "m003-000, accuracy 94.0 %"
    assert [list(line.get_ydata()) for line in top.lines] == [[0.1, 0.1, 0.2]]
    drawn = {line.get_label(): list(line.get_ydata()) for line in bottom.lines}
    assert drawn["gene 0"] == [0.2, 0.3, 1.4]
    assert drawn["gene 1"] == [0.0, 0.1, 0.2]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["stage 0", "gene 0", "gene 1"]


def test_pruning_by_curves_has_one_row(data: RunData) -> None:
    plain = data.curves.drop(columns=["expression.0", "expression.1"])
    figure = figure_of(pruning, replace(data, curves=plain))
    titles = [axes.get_title()[:8] for axes in figure.axes]
    assert titles == ["m002-001", "m003-000"]  # by active ratio
    assert [len(axes.lines) for axes in figure.axes] == [2, 1]
    unpruned = plain.assign(**{"sparsity.0": 0.0, "sparsity.1": 0.0})
    assert pruning.table(replace(data, curves=unpruned)) is None


def test_without_data_there_are_no_figures(tmp_path: Path) -> None:
    empty = networks("empty", adults([]), pd.DataFrame())
    assert save_figures(empty, tmp_path) == []


def test_accuracy_scale_is_monotone_and_has_an_inverse() -> None:
    shares = np.linspace(0, 1, 101)
    assert (np.diff(_stretch(shares)) > 0).all()
    np.testing.assert_allclose(_unstretch(_stretch(shares)), shares, atol=1e-12)


def test_ticks_keep_their_distance() -> None:
    assert _ticks(0.9, 1.0) == [1.0, 0.995, 0.99, 0.98, 0.97, 0.95, 0.9]
    assert _ticks(0.0, 1.0)[-1] == 0.2


def test_apoptosis_shows_the_mean_shares_of_adults_that_had_it(data: RunData) -> None:
    figure = figure_of(apoptosis, data)
    axes = figure.axes[0]
    tops = [layer.get_paths()[0].vertices[:, 1].max() for layer in axes.collections]
    # At the first epoch the means are 0.7, 0.2, 0.1, 0, at the second one 0.6, 0.1, 0.1, 0.1.
    assert tops == pytest.approx([0.7, 0.9, 1.0, 1.0, 1.0])
    assert "in 2 networks" in axes.get_title()
    nobody = data.curves[data.curves["genome"] == "m009-000"]
    assert apoptosis.table(networks("x", data.adults, data.generations, curves=nobody)) is None
    assert apoptosis.table(networks("x", data.adults, data.generations)) is None
