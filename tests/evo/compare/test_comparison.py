"""Comparisons of runs built by hand: groups, figures at a common budget, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import evo
from evo.compare.comparison import attained, compare, volumes
from evo.compare.figures import draw_all, draw_fronts, draw_volumes, save_all
from evo.compare.files import default_folder, pair_table, reserve, write
from evo.compare.groups import find_groups
from evo.compare.page import group_cells, page
from evo.compare.runs import read
from evo.compare.tables import front_table, volume_table
from evo.errors import BadInput
from evo.plots.drawing import save
from evo.plots.style import house_style
from evo.record.run_lock import locked
from evo.record.store import Store
from fitness.metric import Metric
from tests.evo.recorded_runs import REFERENCE, Step, write_run

A, B, C = (0.9, 0.5, 1000.0), (0.8, 0.2, 300.0), (0.95, 0.6, 2000.0)


def steps(*volumes: float, each: float = 100.0) -> list[Step]:
    """Return one generation a volume, after `each` epochs; adults A, B, C in turn."""
    found = enumerate(volumes)
    return [((n + 1) * each, volume, (A, B, C)[n % 3]) for n, volume in found]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Two ways of inheriting, three seeds each, in folders of their own."""
    for seed in range(3):
        ends = 0.5 + 0.01 * seed
        write_run(tmp_path / "all" / f"a{seed}", steps(0.3, ends), seed=seed, inherit="all")
        write_run(tmp_path / "m" / f"m{seed}", steps(0.2, 0.4, 0.9), seed=seed, inherit="marks")
    return tmp_path


# -- groups ---------------------------------------------------------------------------------------


def test_runs_that_differ_in_their_seed_alone_form_a_group(results: Path) -> None:
    groups = find_groups(["m", str(results / "all")], results)
    assert [group.name for group in groups] == ["inherit=marks", "inherit=all"]
    assert [[run.name for run in group.runs] for group in groups] == [
        ["m0", "m1", "m2"],
        ["a0", "a1", "a2"],
    ]


def test_limits_and_places_do_not_make_groups(tmp_path: Path) -> None:
    write_run(tmp_path / "one", steps(0.1), seed=1, generations=3, results="here", runner="serial")
    write_run(tmp_path / "two", steps(0.1), seed=2, generations=9, results="there", name="two")
    (group,) = find_groups(["one", "two"], tmp_path)
    assert group.name == "digits"
    assert len(group.runs) == 2


def test_groups_are_told_by_all_that_differs(tmp_path: Path) -> None:
    pins = {"training.optimizer": "adamw"}
    write_run(tmp_path / "one", steps(0.1), pins=pins, mechanisms=("marks", "pruning"))
    write_run(tmp_path / "two", steps(0.1), mechanisms=("marks",))
    assert [group.name for group in find_groups(["one", "two"], tmp_path)] == [
        "mechanisms=marks+pruning, training.optimizer=adamw",
        "mechanisms=marks, training.optimizer=free",
    ]


def test_a_name_makes_one_group_and_what_else_differs_is_said(results: Path) -> None:
    groups = find_groups(["mine=all", "mine=m"], results)
    assert [(group.name, len(group.runs)) for group in groups] == [("mine", 6)]
    notes = compare(groups).notes
    assert "The runs of mine differ in more than the seed: inherit." in notes


def test_a_folder_may_have_a_name_with_an_equals_sign(tmp_path: Path) -> None:
    write_run(tmp_path / "x=1", steps(0.1))
    (group,) = find_groups(["x=1"], tmp_path)
    assert group.runs[0].name == "x=1"


def test_one_history_does_not_count_twice(results: Path) -> None:
    with pytest.raises(BadInput, match="named twice"):
        find_groups(["all", "all/a1"], results)
    write_run(results / "again", steps(0.3), seed=1, inherit="all", generations=7)
    with pytest.raises(BadInput, match=r"again has the settings and the seed \(1\) of .*a1"):
        find_groups(["all", "again"], results)


def test_an_empty_folder_is_refused(results: Path) -> None:
    (results / "empty").mkdir()
    with pytest.raises(BadInput, match="neither a run nor a folder of runs"):
        find_groups(["empty"], results)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"task": "fashion-mnist"}, "their tasks differ: digits there, fashion-mnist here"),
        ({"task_fingerprint": "f2"}, "their data differ: f1 there, f2 here"),
        ({"objectives": ("accuracy", "active_ratio")}, "their objectives differ: accuracy"),
        (
            {"reference_point": {**REFERENCE, "accuracy": 0.6}},
            r"reference points differ: 0\.5\+1\.1\+10000 there, 0\.6\+1\.1\+10000 here",
        ),
    ],
)
def test_hypervolumes_that_do_not_compare_are_refused(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    write_run(tmp_path / "one", steps(0.1))
    write_run(tmp_path / "two", steps(0.1), seed=1, **settings)
    with pytest.raises(BadInput, match=message):
        find_groups(["one", "two"], tmp_path)


def test_runs_of_different_metrics_are_refused(tmp_path: Path) -> None:
    write_run(tmp_path / "one", steps(0.1), metric="r2", trivial=0.0)
    write_run(tmp_path / "two", steps(0.1), metric="rmse", trivial=77.0)
    with pytest.raises(BadInput, match="their metrics differ: r2 there, rmse here"):
        find_groups(["one", "two"], tmp_path)


def test_a_run_of_an_earlier_version_had_accuracy(tmp_path: Path) -> None:
    write_run(tmp_path / "earlier", steps(0.1), seed=1)
    write_run(tmp_path / "now", steps(0.1), seed=2, metric="accuracy")
    (group,) = find_groups(["earlier", "now"], tmp_path)
    assert (group.name, len(group.runs)) == ("digits", 2)


def test_a_run_without_a_generation_is_refused(tmp_path: Path) -> None:
    write_run(tmp_path / "new", [])
    with pytest.raises(BadInput, match="no finished generation yet"):
        find_groups(["new"], tmp_path)


# -- figures --------------------------------------------------------------------------------------


def test_runs_are_taken_at_the_epochs_that_all_have_spent(results: Path) -> None:
    marks, everything = find_groups(["m", "all"], results)
    found = compare([everything, marks])
    assert found.epochs == 200.0  # where the third generation of the others was not over yet
    assert found.values(everything, "hypervolume") == [0.5, 0.51, 0.52]
    assert found.values(marks, "hypervolume") == [0.4, 0.4, 0.4]
    assert found.quartiles(everything, "hypervolume") == pytest.approx((0.505, 0.51, 0.515))
    assert found.values(marks, "flops") == [2e8, 2e8, 2e8]
    assert found.values(marks, "seconds") == [100.0, 100.0, 100.0]
    assert found.values(marks, "best") == [0.8, 0.8, 0.8]
    assert found.scores[-1].epochs_in_all == 300.0
    (pair,) = found.pairs
    assert (pair.ours, pair.theirs) == ("inherit=all", "inherit=marks")
    assert pair.difference == pytest.approx(0.11)
    assert pair.a12 == 1.0
    assert pair.p == pair.corrected == pytest.approx(0.1)
    assert pair.d == pytest.approx(0.11 / math.sqrt(2e-4 / 4))
    assert not pair.enough


def test_too_few_runs_are_said_to_be_so(results: Path) -> None:
    (note,) = compare(find_groups(["m", "all"], results)).notes
    assert note.startswith("Too few runs to conclude anything: the smallest group has 3;")
    assert note.endswith("With 3 against 3 even the clearest difference cannot have a two-sided "
                         "p below 0.1.")  # fmt: skip
    (note,) = compare(find_groups(["m/m0", "all/a0"], results)).notes
    assert "One run against one cannot separate" in note
    pair = compare(find_groups(["m/m0", "all/a0"], results)).pairs[0]
    assert math.isnan(pair.p)
    assert math.isnan(pair.d)


def test_five_runs_a_group_pass_without_a_warning(tmp_path: Path) -> None:
    for seed in range(5):
        write_run(tmp_path / f"a{seed}", steps(0.3 + seed / 100), seed=seed, inherit="all")
        write_run(tmp_path / f"m{seed}", steps(0.2 + seed / 100), seed=seed, inherit="marks")
    found = compare(find_groups([str(tmp_path)], tmp_path / "none"))
    assert found.notes == ()
    assert found.pairs[0].enough
    assert found.pairs[0].p == pytest.approx(2 / 252)


def test_p_values_of_three_groups_are_corrected(results: Path) -> None:
    for seed in range(3):
        write_run(results / "n" / f"n{seed}", steps(0.1, 0.1), seed=seed, inherit="none")
    pairs = compare(find_groups(["m", "all", "n"], results)).pairs
    assert [(pair.ours, pair.theirs) for pair in pairs] == [
        ("inherit=marks", "inherit=all"),
        ("inherit=marks", "inherit=none"),
        ("inherit=all", "inherit=none"),
    ]
    assert [pair.p for pair in pairs] == pytest.approx([0.1] * 3)
    assert [pair.corrected for pair in pairs] == pytest.approx([0.3] * 3)


def test_a_run_that_is_still_going_is_named(results: Path) -> None:
    with locked(results / "all" / "a1" / "lock"):
        notes = compare(find_groups(["all"], results)).notes
    assert notes[0] == "Still going: a1. Taken at the epochs that all have spent so far."
    assert notes[1].startswith("All runs differ in their seed alone")


def test_runs_of_very_different_length_are_pointed_out(tmp_path: Path) -> None:
    write_run(tmp_path / "short", steps(0.1), seed=1)
    write_run(tmp_path / "long", steps(0.1, 0.2), seed=2)
    notes = compare(find_groups([str(tmp_path)], tmp_path)).notes
    assert notes[0] == (
        "short has spent 100 epochs and long 200: what came after the shorter one's end is left "
        "out."
    )


def test_runs_without_a_common_generation_are_refused(results: Path) -> None:
    write_run(results / "slow", steps(0.1, each=500.0), seed=9, inherit="all")
    with pytest.raises(BadInput, match=r"has spent 200 epochs, in which .*slow had no generation"):
        compare(find_groups(["all", "slow"], results))


def test_a_run_holds_its_volume_between_generations(tmp_path: Path) -> None:
    write_run(tmp_path / "one", steps(0.1, 0.5, each=100.0), seed=1)
    write_run(tmp_path / "two", steps(0.3, 0.3, each=120.0), seed=2)
    (group,) = find_groups([str(tmp_path)], tmp_path)
    table = volumes(group)
    assert table["epochs"].tolist() == [120.0, 200.0]  # from where both began to where one ended
    assert table["median"].tolist() == pytest.approx([0.2, 0.4])
    assert table["lower"].tolist() == pytest.approx([0.15, 0.35])


def test_the_median_surface_is_what_half_of_the_runs_attained(tmp_path: Path) -> None:
    fronts = [
        [(0.9, 0.5, 1000.0), (0.8, 0.2, 300.0)],
        [(0.95, 0.6, 900.0), (0.7, 0.1, 300.0)],
        [(0.85, 0.55, 500.0), (0.6, 0.05, 300.0)],
    ]
    for seed, front in enumerate(fronts):
        adults = [(100.0 * n, 0.1, adult) for n, adult in enumerate(front, start=1)]
        write_run(tmp_path / f"r{seed}", adults, seed=seed)
    (group,) = find_groups([str(tmp_path)], tmp_path)
    accuracy, ratio, _ = group.runs[0].axes.axes
    corners = attained(group, (ratio, accuracy), 200.0).tolist()
    # At least two of three have 0.6 for a ratio of 0.1, 0.7 for 0.2, 0.85 for 0.55, 0.9 for 0.6.
    assert corners == [[0.1, 0.6], [0.2, 0.7], [0.55, 0.85], [0.6, 0.9]]
    early = attained(group, (ratio, accuracy), 100.0).tolist()
    assert early == [[0.55, 0.85], [0.6, 0.9]]


def test_whoever_has_no_adult_attains_nothing(tmp_path: Path) -> None:
    write_run(tmp_path / "one", steps(0.1), seed=1)
    for seed in (2, 3):
        folder = write_run(tmp_path / f"none{seed}", steps(0.0), seed=seed)
        with Store.open(folder.database) as store:
            store.forget_after(0)
            empty = {"hypervolume": None, "best_metric": None, "front_size": 0}
            store.add_generation(1, {"generation": 1, "epochs_spent": 100.0, **empty})
    (group,) = find_groups([str(tmp_path)], tmp_path)
    accuracy, ratio, _ = group.runs[0].axes.axes
    assert attained(group, (ratio, accuracy), 100.0).tolist() == []
    found = compare([group])
    assert found.values(group, "hypervolume") == [0.0, 0.0, 0.1]
    best = found.values(group, "best")
    assert math.isnan(best[0])
    assert best[2] == 0.9
    assert "–" in group_cells(found)[1][0]
    write(found, tmp_path)


@pytest.mark.filterwarnings("error::UserWarning", "error::RuntimeWarning")
@pytest.mark.parametrize(
    ("metric", "trivial", "adults", "best", "title"),
    [
        ("rmse", 77.0, [(60.0, 0.2, 300.0), (52.5, 0.6, 900.0)], "52.5",
         "validation RMSE (units of the target, lower is better)"),
        ("r2", 0.0, [(-0.5, 0.2, 300.0), (0.625, 0.6, 900.0)], "0.625", "validation R²"),
    ],
)  # fmt: skip
def test_groups_are_compared_by_their_own_metric(
    tmp_path: Path,
    metric: str,
    trivial: float,
    adults: list[tuple[float, float, float]],
    best: str,
    title: str,
) -> None:
    for seed, inherit in ((1, "all"), (2, "marks")):
        steps = [(100.0 * n, 0.1 * n, adult) for n, adult in enumerate(adults, start=1)]
        settings = {"metric": metric, "seed": seed, "inherit": inherit}
        write_run(tmp_path / f"r{seed}", steps, trivial, **settings)
    found = compare(find_groups([str(tmp_path)], tmp_path))
    heads, rows = group_cells(found)
    assert heads[4] == f"best {Metric.load(metric).label}"
    assert [row[4] for row in rows] == [best, best]
    fronts = front_table(found)
    assert set(fronts["main"]) == {metric}
    ratio = fronts[(fronts["objective"] == "active_ratio") & (fronts["run"] == "r1")]
    assert sorted(ratio["attained"]) == sorted(adult[0] for adult in adults)  # neither dominates
    panel = draw_all(found)["fronts"].axes[0]
    assert panel.get_ylabel() == title
    low, high = panel.get_ylim()
    within = [value for value, *_ in adults if value > 0]  # a negative R² is beyond the reference
    assert low < min(within) <= max(within) < high
    assert low > -0.5


def test_the_main_objective_is_the_metric_wherever_it_stands(tmp_path: Path) -> None:
    names = ("active_ratio", "accuracy")
    points = {name: REFERENCE[name] for name in names}
    folder = write_run(tmp_path / "one", steps(0.1), objectives=names, reference_point=points)
    assert read(folder).axes.main.name == "accuracy"


# -- searches of a user's function ----------------------------------------------------------------


def train(parameters: Any, epochs: int, seed: int, checkpoint: Any) -> evo.Outcome:
    return evo.Outcome({"score": parameters["x"], "cost": 1.0 + parameters["x"] ** 2})


def search(results: Path, seed: int, **given: Any) -> None:
    """Search a function for two generations."""
    evo.search(
        {"x": evo.Real(0.0, 1.0)}, train, objectives={"score": "max", "cost": "min"}, epochs=1,
        generations=2, population=4, strategy="random", seed=seed, results=results,
        name=f"r{seed}", **given,
    )  # fmt: skip


def test_searches_of_a_function_compare_if_their_scale_was_given(tmp_path: Path) -> None:
    scale = {"reference": {"score": 0.0, "cost": 3.0}, "ideal": {"score": 1.0, "cost": 1.0}}
    for seed in range(2):
        search(tmp_path, seed, **scale)
    (group,) = find_groups([str(tmp_path)], tmp_path)
    found = compare([group])
    assert group.name.endswith("test_comparison.train")
    assert found.main.name == "score"
    for run, volume in zip(group.runs, found.values(group, "hypervolume"), strict=True):
        points = run.points(("score", "cost"), found.epochs)
        rows = [{"score": score, "cost": cost} for score, cost in points.tolist()]
        assert volume == pytest.approx(run.axes.hypervolume(rows))
    assert set(draw_all(found)) == {"hypervolume", "fronts"}


def test_searches_that_learnt_their_scale_are_refused(tmp_path: Path) -> None:
    search(tmp_path, 0, reference={"score": 0.0, "cost": 3.0})
    with pytest.raises(BadInput, match=r"scale of score in .*r0 was learnt.* give evo.search"):
        find_groups(["r0"], tmp_path)


def test_a_single_objective_has_no_front(tmp_path: Path) -> None:
    only = {"objectives": ("accuracy",), "reference_point": {"accuracy": 0.5}}
    write_run(tmp_path / "one", steps(0.1), **only)
    found = compare(find_groups(["one"], tmp_path))
    assert set(draw_all(found)) == {"hypervolume"}


# -- what is written ------------------------------------------------------------------------------


def test_volumes_show_a_line_a_group_and_where_all_are_compared(results: Path) -> None:
    found = compare(find_groups(["m", "all"], results))
    figure = draw_volumes(found, volume_table(found))
    place = figure.axes[0]
    lines = {str(line.get_label()): line for line in place.lines}
    assert list(lines["inherit=marks (3 runs)"].get_ydata()) == pytest.approx([0.2, 0.4, 0.9])
    assert list(lines["inherit=all (3 runs)"].get_xdata()) == [100.0, 200.0]
    assert [text.get_text() for text in place.texts] == ["compared at 200"]
    assert len(place.collections) == 2  # the quartiles


def test_fronts_show_every_run_and_the_surface_of_its_group(results: Path) -> None:
    found = compare(find_groups(["m/m0", "all"], results))
    figure = draw_fronts(found, front_table(found))
    left, right = figure.axes
    assert (left.get_xlabel(), right.get_xlabel()) == ("active ratio", "active parameters")
    assert [len(dots.get_offsets()) for dots in left.collections] == [2, 2, 2, 2]
    assert [str(line.get_label()) for line in left.lines] == [
        "inherit=marks (1 run)",
        "inherit=all (3 runs)",
    ]
    # From B over A to where the reference point ends: what costs more is attained as well.
    assert left.lines[0].get_xydata().tolist() == [[0.2, 0.8], [0.5, 0.9], [1.1, 0.9]]
    assert right.get_xscale() == "log"


def test_all_is_written_once_and_says_the_same(results: Path) -> None:
    groups = find_groups(["m", "all"], results)
    found = compare(groups)
    folder = default_folder(groups, results)
    assert folder.name == "compare-inherit=marks-vs-inherit=all"
    reserve(folder, overwrite=False)
    files = write(found, folder)
    assert [file.name for file in files] == [
        "compare.html", "hypervolume.png", "hypervolume.svg", "hypervolume.csv", "fronts.png",
        "fronts.svg", "fronts.csv", "runs.csv", "pairs.csv", "attainment.csv",
    ]  # fmt: skip
    assert all(file.stat().st_size > 100 for file in files)
    runs = pd.read_csv(folder / "runs.csv")
    assert runs.loc[runs["group"] == "inherit=all", "hypervolume"].tolist() == [0.5, 0.51, 0.52]
    pairs = pd.read_csv(folder / "pairs.csv")
    assert pairs.loc[0, ["our_runs", "their_runs", "p"]].tolist() == pytest.approx([3, 3, 0.1])
    surface = pd.read_csv(folder / "attainment.csv")
    assert set(surface["objective"]) == {"active_ratio", "active_parameters"}
    before = {file: file.read_bytes() for file in files}
    with pytest.raises(BadInput, match=r"exists already; .*--overwrite"):
        reserve(folder, overwrite=False)
    reserve(folder, overwrite=True)
    write(found, folder)
    assert {file: file.read_bytes() for file in files} == before


def test_the_tables_beside_the_figures_draw_them_again(results: Path) -> None:
    found = compare(find_groups(["m", "all"], results))
    (results / "first").mkdir()
    save_all(found, results / "first")
    tables = {
        name: pd.read_csv(results / "first" / f"{name}.csv", float_precision="round_trip")
        for name in ("hypervolume", "fronts")
    }
    with house_style():
        for name, figure in draw_all(found, tables).items():
            _, again = save(figure, results / name)
            assert again.read_bytes() == (results / "first" / f"{name}.svg").read_bytes()


def test_the_table_of_fronts_tells_runs_from_the_surface_of_their_group(results: Path) -> None:
    table = front_table(compare(find_groups(["m/m0", "all"], results)))
    rows = table[(table["objective"] == "active_ratio") & (table["group"] == "inherit=all")]
    assert rows.groupby("series", sort=False).size().to_dict() == {"front": 6, "median surface": 2}
    assert rows["run"].unique().tolist() == ["a0", "a1", "a2", ""]
    surface = rows[rows["series"] == "median surface"]
    assert surface[["value", "attained"]].to_numpy().tolist() == [[0.2, 0.8], [0.5, 0.9]]
    assert surface["main"].unique().tolist() == ["accuracy"]


def test_a_folder_that_is_no_comparison_is_never_written_over(results: Path) -> None:
    for overwrite in (False, True):
        with pytest.raises(BadInput, match="exists already; choose another --output"):
            reserve(results / "all", overwrite=overwrite)


def test_the_page_is_whole_and_escapes_names(results: Path) -> None:
    (group,) = find_groups(["<b>&=all"], results)
    text = page(compare([group]), [("Fronts", '<?xml version="1.0"?>\n<svg id="x"></svg>')])
    assert "&lt;b&gt;&amp;" in text
    assert "<b>" not in text
    assert '<h2>Fronts</h2>\n<svg id="x"></svg>' in text
    assert "<?xml" not in text
    assert "<script" not in text
    assert "0.5100" in text
    assert "0.5050–0.5150" in text


def test_pairs_have_columns_even_if_there_are_none(results: Path) -> None:
    table = pair_table(compare(find_groups(["all"], results)))
    assert len(table) == 0
    assert {"a12", "p", "p_holm", "cohens_d", "our_runs"} <= set(table.columns)
