"""What the report says is what the record says."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

import evo
from evo.findings.baselines import Baseline
from evo.pareto.statistics import wilson_interval
from evo.record.export_notes import remember_export
from evo.record.given.kept import keep_given
from evo.record.remeasured import SPLITS
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.report import front, write_report
from evo.report.gathering import gather
from evo.report.page import plain
from evo.report.source import opened
from fitness.baselines import GIVEN
from genomes.graph.given.network import GivenNetwork
from genomes.graph.sketch import Sketch
from tests.evo.report.runs import BY_R2, BY_RMSE, HOSTILE, Learnt, write_run


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return write_run(tmp_path / "mine")


def figures(data: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [data["progress"], data["costs"]]
    parts += [data[name]["figures"] for name in ("predictors", "genes", "stages")]
    return [figure for part in parts for figure in part]


def test_the_front_has_the_numbers_of_pareto_csv_to_the_last_digit(folder: RunFolder) -> None:
    front = gather(folder)["front"]
    with folder.pareto.open() as file:
        rows = {row["genome"]: row for row in csv.DictReader(file)}
    keys = [column["key"] for column in front["columns"]]
    assert {row[0] for row in front["rows"]} == set(rows)
    for genome, *values in front["rows"]:
        shown = dict(zip(keys, values, strict=True))
        for key, text in rows[genome].items():
            if key != "genome":
                assert shown[key] == float(text)
    assert [row[0] for row in front["rows"]] == ["a", "b"]  # the most accurate first
    assert dict(zip(keys, front["rows"][0][1:], strict=True))["test_accuracy"] == 0.875


def test_intervals_and_leads_stand_beside_the_rows(folder: RunFolder) -> None:
    found = gather(folder)["front"]
    assert (found["intervals"], found["leads"]) == (None, None)  # of how many examples?
    with Store.open(folder.database) as store:
        store.set_meta({SPLITS: json.dumps({"validation": 20, "test": 8})})
    found = gather(folder)["front"]
    assert [row[0] for row in found["rows"]] == ["a", "b"]
    assert found["intervals"] == [list(wilson_interval(18, 20)), list(wilson_interval(16, 20))]
    assert found["leads"] == [False, True]  # 90 % beside 80 % of 20 examples
    assert not {"leads", "accuracy_low"} & {column["key"] for column in found["columns"]}


def test_dominated_adults_are_drawn_and_counted(folder: RunFolder) -> None:
    front = gather(folder)["front"]
    assert (front["others_in_all"], front["others_drawn"]) == (1, 1)
    assert front["others"]["accuracy"] == [0.7]
    assert [axis["key"] for axis in front["across"]] == [
        "active_parameters",
        "active_ratio",
        "shrunk_parameters",
        "flops",
        "generation",
    ]
    assert front["up"]["better"] == 1


def test_the_front_stands_beside_what_the_task_gives_without_a_search(folder: RunFolder) -> None:
    data = gather(folder)
    assert data["front"]["baseline"] == {
        "name": "logistic regression",
        "parameters": 650,
        "up": 0.85,
    }
    said = dict(data["facts"])
    assert said["without a search"].startswith("logistic regression (650 parameters): 85.00 %")
    assert said["better than that"].startswith("1 of 1 networks")  # the other has no test figure


def test_the_given_network_stands_beside_the_front(tmp_path: Path) -> None:
    measured = Baseline(GIVEN, 15, 0.85, 0.84)
    folder = write_run(tmp_path / "mine", learnt=Learnt(baseline=measured))
    assert gather(folder)["front"]["given"] is None  # its files are not there
    sketch = Sketch((4,))
    sketch.add("head", "linear", "input", out_features=3, bias=True)
    tensors = {"head.weight": np.zeros((3, 4)), "head.bias": np.zeros(3)}
    keep_given(GivenNetwork(sketch.finish(), tensors, {}), folder.path)
    shown = gather(folder)["front"]
    found, titles = shown["given"], [column["key"] for column in shown["columns"]]
    assert [title for title, _ in found["columns"]] == [
        "accuracy", "test accuracy", "parameters", "left", "FLOPs an example", "left",
        "bytes of the weights", "left",
    ]  # fmt: skip
    assert found["rows"][0] == [GIVEN, 0.85, 0.84, 15, None, 27, None, 60, None]
    best, row = shown["rows"][0], found["rows"][1]
    parameters, flops = (best[1 + titles.index(key)] for key in ("shrunk_parameters", "flops"))
    assert row[:2] == [best[0], best[1 + titles.index("accuracy")]]
    assert row[3:7] == [parameters, parameters / 15, flops, flops / 27]
    assert row[7:] == [4 * parameters, parameters / 15]
    (folder.path / "given.json").write_text("{")
    assert gather(folder)["front"]["given"] is None


@pytest.mark.parametrize(
    ("learnt", "named", "better", "baseline"), [(BY_R2, "R²", 1, 0.4), (BY_RMSE, "RMSE", -1, 55.0)]
)
def test_the_page_shows_the_runs_metric(
    tmp_path: Path, learnt: Learnt, named: str, better: int, baseline: float
) -> None:
    data = gather(write_run(tmp_path / "mine", learnt=learnt))
    shown, metric = data["front"], learnt.metric
    titles = {column["key"]: column["title"] for column in shown["columns"]}
    assert (titles[metric], titles[f"test_{metric}"]) == (named, f"test {named}")
    assert (shown["up"]["key"], shown["up"]["kind"]) == (metric, "number")
    assert (shown["up"]["better"], shown["learnt"]["title"]) == (better, named)
    best_first = [("a", learnt.values[0]), ("b", learnt.values[1])]
    assert [(row[0], row[1]) for row in shown["rows"]] == best_first
    assert shown["others"][metric] == [learnt.values[2]]
    assert shown["baseline"]["up"] == baseline
    said = dict(data["facts"])
    assert said[f"best {named}"] == f"{learnt.values[0]:g}"
    assert said["objectives"] == f"{named}, active parameters"
    assert f"{baseline:g} on validation" in said["without a search"]
    drawn = {figure["title"]: figure for figure in figures(plain(data))}
    assert "tickformat" not in drawn[f"Best {named} so far"]["layout"]["yaxis"]
    assert f"Skill of the predictors (females) beside early {named}" in drawn


def test_what_is_far_worse_than_most_of_the_front_is_out_of_view_at_first(
    folder: RunFolder, tmp_path: Path
) -> None:
    assert gather(folder)["front"]["up"]["worst"] is None  # shares have their bounds
    with opened(write_run(tmp_path / "yours", learnt=BY_R2)) as source:
        source.front = [{"r2": value} for value in (0.9, -40.0, 0.7, 0.75, 0.8)]
        assert front.upright(source)["worst"] == 0.7


def test_curves_are_named_by_the_metric_also_where_it_is_no_objective(folder: RunFolder) -> None:
    text = folder.config.read_text().replace('"accuracy",', '"active_ratio",')
    folder.write_config(text.replace("\naccuracy = 0.1", "\nactive_ratio = 1.1"))
    data = gather(folder)
    assert (data["front"]["up"]["key"], data["front"]["baseline"]) == ("active_ratio", None)
    assert data["front"]["learnt"]["key"] == "accuracy"
    assert dict(data["facts"])["metric"] == "accuracy"
    member = data["networks"][data["front"]["rows"][0][0]]
    assert len(member["curve"]["metric"]) == 3


@pytest.mark.parametrize(
    ("key", "kind", "title"),
    [
        ("accuracy", "share", "accuracy"),
        ("test_macro_f1", "share", "test macro F1"),
        ("remeasured_r2", "number", "R², retrained"),
        ("remeasured_examples", "count", "examples, retrained"),
        ("inherited_share", "share", "inherited share"),
        ("inherited_epochs", "count", "inherited epochs"),
        ("generation", "count", "generation"),
        ("flops", "count", "FLOPs"),
        ("validation_loss", "number", "validation loss"),
        ("my_parameters", "number", "my parameters"),  # of a function: nothing is known of it
    ],
)
def test_columns_say_what_they_are(key: str, kind: str, title: str) -> None:
    assert (front.kind(key), front.title(key)) == (kind, title)


def test_exported_networks_are_marked_on_the_front_and_beside_it(folder: RunFolder) -> None:
    front = gather(folder)["front"]
    assert front["exported"] == [False, False]
    assert front["exported_others"]["genome"] == []
    for genome in ("b", "c"):
        remember_export(folder, genome, Path("exports") / genome)
    front = gather(folder)["front"]
    assert [(row[0], out) for row, out in zip(front["rows"], front["exported"], strict=True)] == [
        ("a", False),
        ("b", True),
    ]
    others = front["exported_others"]
    assert (others["genome"], others["accuracy"], others["active_ratio"]) == (["c"], [0.7], [0.5])


def test_a_member_shows_its_whole_life(folder: RunFolder) -> None:
    member = gather(folder)["networks"]["a"]
    assert member["command"] == f"evo export {folder.path} --genome a"
    assert member["curve"]["epoch"] == [1, 2, 3]  # as a juvenile, then as an adult
    assert member["curve"]["metric"] == [0.3, 0.6, 0.9]
    assert member["curve"]["sparsity"] == {"0": [0.5, 0.5, 0.5]}
    assert member["predicted"]["candidate"] == {"ensemble": 0.5, "females": []}
    assert member["predicted"]["juvenile"] == {"ensemble": 0.75, "females": [0.625]}
    assert member["sites"] == [["stage1.block0", 8, 3]]
    assert member["costs"]["epochs"] == 2.0  # one of each training here
    assert member["costs"]["peak_bytes"] == 1e6  # the larger, not the sum
    assert "linear, 10 units" in member["drawing"]
    assert "criterion" in member["pruning"]


def test_lineage_goes_back_to_founders(folder: RunFolder) -> None:
    assert gather(folder)["networks"]["b"]["lineage"].splitlines() == [
        "b, born in generation 2",
        "├─ mother e, born in generation 1, a founder",
        "└─ father a, born in generation 1, a founder",
    ]


def test_export_commands_are_quoted_for_the_shell(tmp_path: Path) -> None:
    member = gather(write_run(tmp_path / "r", {"a": "a; rm -r ~"}))["networks"]["a; rm -r ~"]
    assert member["command"].endswith("--genome 'a; rm -r ~'")


def test_a_damaged_checkpoint_and_a_task_that_is_gone_are_done_without(folder: RunFolder) -> None:
    folder.checkpoints.write("ka-0003", b"damaged")
    text = folder.config.read_text().replace('task = "digits"', 'task = "npz:/nowhere.npz"')
    folder.write_config(text)
    member = gather(folder)["networks"]["a"]
    assert member["sites"] == []
    assert member["drawing"].startswith("Not drawn: the task of the run cannot be loaded here (")


def test_females_stand_with_skill_and_formula(folder: RunFolder) -> None:
    (female,) = gather(folder)["predictors"]["females"]
    assert female["genome"] == "e"
    assert female["skill"] == pytest.approx(1.0)  # in order on the archive and in what she heard
    assert female["truths"] == 2
    assert female["formulas"]["juvenile"][:2] == ["mrow", ["mi", "metric last"]]


def test_snapshots_of_other_strategies_or_versions_are_done_without(folder: RunFolder) -> None:
    for state in ({"strategy": {}}, {"strategy": {"predictors": {"females": [{"id": "e"}]}}}):
        folder.write_snapshot(4, state)
        assert gather(folder)["predictors"]["females"] == []


def test_the_audit_adds_up(folder: RunFolder) -> None:
    data = gather(folder)
    audit = dict(data["predictors"]["audit"])
    assert audit["epochs saved"] == "12 (25 % of training every network fully)"
    assert audit["wrongly rejected"] == "too few audits to tell (3 audited; 10 at least)"
    skill = data["predictors"]["figures"][0]["data"]
    assert skill[0]["y"] == [None, 0.5, 0.75]  # unknown at first, not zero
    truth = data["predictors"]["figures"][1]["data"][1]
    assert (truth["x"], truth["y"], truth["text"]) == ([0.75], [0.9], ["a"])


def test_failures_are_counted_by_stage_and_cause(folder: RunFolder) -> None:
    assert gather(folder)["failures"] == [["adult", "diverged", 1, "NaN in d"]]


def test_stages_show_what_is_on_in_the_checkpoints(folder: RunFolder) -> None:
    stages = gather(folder)["stages"]
    assert stages["rows"] == [[1, 1, 8, 3]]
    assert stages["figures"][0]["data"][0]["y"] == [0.375]
    assert stages["figures"][1]["data"][0]["y"] == [0.5, 0.5, 0.5]  # by generation


def test_every_figure_is_one_that_plotly_knows(folder: RunFolder) -> None:
    found = figures(plain(gather(folder)))
    assert len(found) == 9
    for figure in found:
        go.Figure(data=figure["data"], layout=figure["layout"])  # raises for unknown properties


def test_no_name_reaches_plotly_as_markup(tmp_path: Path) -> None:
    names = {name: f"{name}{HOSTILE}" for name in "abcdef"}
    for figure in figures(gather(write_run(tmp_path / "yours", names))):
        assert "<img" not in json.dumps([figure["data"], figure["layout"]])


def test_figures_that_are_no_numbers_are_left_out(folder: RunFolder) -> None:
    with Store.open(folder.database) as store:
        store.add_generation(4, {"generation": 4, "hypervolume": "<b>much</b>"})
    assert gather(folder)["progress"][0]["data"][0]["y"] == [0.1, 0.2, pytest.approx(0.3), None]


def test_a_run_that_has_just_begun_has_a_report(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "new")
    folder.write_config('task = "digits"\nobjectives = ["accuracy", "active_parameters"]\n')
    with Store.create(folder.database):
        data = gather(folder)
    assert data["front"]["rows"] == []
    assert figures(data) == []
    assert write_report(folder).stat().st_size < 8e6


def test_a_search_of_a_function_has_a_report_at_its_end(tmp_path: Path) -> None:
    def evaluate(parameters: dict[str, Any], epochs: int, seed: int, checkpoint: Any) -> Any:
        x = parameters["x"]
        return evo.Outcome({"loss": (x - 0.3) ** 2 + 1 / epochs, "size": 1 + x})

    evo.search(
        {"x": evo.Real(0.0, 1.0)},
        evaluate,
        objectives={"loss": "min", "size": "min"},
        epochs=(1, 4),
        generations=3,
        population=6,
        results=tmp_path,
        name="mine",
    )
    folder = RunFolder(tmp_path / "mine")
    assert folder.report.stat().st_size < 8e6
    data = gather(folder)
    assert (data["front"]["up"]["key"], data["front"]["up"]["better"]) == ("loss", -1)
    assert [axis["key"] for axis in data["front"]["across"]] == ["size", "generation"]
    assert {row[0] for row in data["front"]["rows"]} == set(data["networks"])
    member = data["networks"][data["front"]["rows"][0][0]]
    assert (member["command"], member["drawing"], member["sites"]) == ("", "", [])
    assert member["genes"].startswith("parameters\n  x ")
