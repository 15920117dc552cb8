"""A stress test of an export, from the folder to tables, figures and words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evo.errors import BadInput
from evo.export.evaluate import evaluate_export
from evo.export.export_figures import sample_of
from evo.export.exported import Exported, plain_network
from evo.export.folder import write_export
from evo.stress.session import Request, carry_out
from evo.stress.verdict import verdict
from evo.terminal.stress import stress_lines
from fitness.data.fit_normalization import interface_of
from fitness.data.options import DataOptions
from fitness.data.task_names import TASKS
from fitness.stress.corruption import SEVERITIES
from genomes.architectures import cnn, mlp, transformer
from genomes.networks.network import build
from tests.evo.exports import CLASSES, FACTS, exported
from tests.genomes.random_networks import interface_for

ARCHITECTURES = {"digits": cnn, "wine": mlp, "diabetes": mlp}


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write exports of untrained textbook networks, by task."""
    found = {}
    for name, family in ARCHITECTURES.items():
        task = TASKS.load(name).load()
        masked = build(family.decode(family.TEXTBOOK[0], interface_of(task)), seed=1).eval()
        metric = task.target.primary
        facts = {key.replace("accuracy", metric): fact for key, fact in FACTS.items()}
        export = Exported(
            plain_network(masked, task.target), name, facts, task.target, metric,
            columns=task.columns, sample=sample_of(masked, task),
        )  # fmt: skip
        found[name] = tmp_path_factory.mktemp("exports") / name
        write_export(export, found[name])
    return found


def test_all_parts_of_images(exports: dict[str, Path], tmp_path: Path) -> None:
    report = carry_out(Request(exports["digits"], examples=60, against="digits"))
    tables = report.tables
    assert list(tables) == ["corruptions", "comparison", "attacks", "foreign_inputs", "stability"]
    assert len(tables["corruptions"]) == 1 + 6 * 5
    assert set(tables["attacks"]["attack"]) == {"none", "random signs", "FGSM", "PGD"}
    foreign = tables["foreign_inputs"].set_index(["inputs", "score"])["auroc"]
    assert foreign["digits"].to_numpy() == pytest.approx(
        0.5
    )  # the same inputs cannot be told apart
    assert set(foreign["noise"].index) == {"softmax", "energy", "monitor"}
    written = report.save(tmp_path / "out", "digits, test data")
    names = {path.name for path in written}
    assert {"corruptions.csv", "corruptions.png", "attacks.svg", "stability.csv"} <= names
    assert all(path.stat().st_size for path in written)
    lines = "\n".join(stress_lines("out", report))
    assert "accuracy of 60 drawn of 360 test examples; nothing is chosen by them" in lines
    assert "Corrupted inputs cost" in lines


def test_clean_figures_are_those_of_evaluate_and_a_seed_gives_the_same(
    exports: dict[str, Path],
) -> None:
    request = Request(exports["wine"], seed=4)
    first, again = carry_out(request), carry_out(request)
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name])
    comparison = first.tables["comparison"].iloc[0]
    assert comparison["clean"] == evaluate_export(exports["wine"])["test_accuracy"]
    corrupted = first.tables["corruptions"].iloc[1:]
    assert comparison["corrupted"] == pytest.approx(corrupted["accuracy"].mean())


def test_values_have_their_metric_and_notes_say_what_is_left_out(
    exports: dict[str, Path], tmp_path: Path
) -> None:
    report = carry_out(Request(exports["diabetes"]))
    assert "attacks" not in report.tables
    assert set(report.tables["foreign_inputs"]["score"]) == {"monitor"}
    assert any("no attacks: columns" in note for note in report.notes)
    assert any("no scores of foreign inputs" in note for note in report.notes)
    assert np.isfinite(report.tables["corruptions"]["r2"]).all()
    assert "R² of" in next(stress_lines("out", report))
    assert report.save(tmp_path / "out", "diabetes")


def test_the_verdict_says_what_is_better_and_what_is_not_known(exports: dict[str, Path]) -> None:
    found = carry_out(Request(exports["digits"], examples=40))
    rows = [{"network": "exported", "corruption": "clean", "severity": 0, "accuracy": 0.9}]
    for name, level in (("blur", 0.4), ("noise", 0.8)):
        rows += [
            {"network": "exported", "corruption": name, "severity": s, "accuracy": level}
            for s in SEVERITIES
        ]
    comparison = [
        {"network": "exported", "difference": 0.0, "low": 0.0, "high": 0.0},
        {"network": "best", "difference": 0.05, "low": 0.01, "high": 0.09},
        {"network": "textbook", "difference": -0.05, "low": -0.09, "high": -0.01},
    ]
    tables = {
        **found.tables,
        "corruptions": pd.DataFrame(rows),
        "comparison": pd.DataFrame(comparison),
    }
    text = " ".join(verdict(replace(found, tables=tables)))
    assert "cost 30.00 points of accuracy on average, from 90.00 % to 60.00 %; blur" in text
    assert "costs it 5.00 points more than best (95 % interval +1.00 points to +9.00" in text
    assert "costs it 5.00 points less than textbook" in text
    rows[-1]["accuracy"] = float("nan")
    tables["corruptions"] = pd.DataFrame(rows)
    text = " ".join(verdict(replace(found, tables=tables)))
    assert "What corrupted inputs cost is not known" in text


def test_wrong_requests_say_what_to_do(exports: dict[str, Path], tmp_path: Path) -> None:
    wine = exports["wine"]
    for request, said in (
        ({"epsilons": ("0.1", "x")}, "--epsilon: received x, expected numbers above 0"),
        ({"epsilons": ("-1",)}, "--epsilon: received -1"),
        ({"seed": -1}, "--seed: received -1"),
        ({"examples": 0}, "--examples: received 0, expected at least 1"),
        ({"against": "digits"}, r"--against digits: its inputs have shape \(1, 8, 8\)"),
        ({"task": "digits"}, "takes inputs of shape"),
    ):
        with pytest.raises(BadInput, match=said):
            carry_out(Request(wine, **request))  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="--train needs the run"):
        Request(wine, train=True)
    with pytest.raises(BadInput, match="there is no folder"):
        carry_out(Request(tmp_path / "none"))


def test_tokens_are_refused(tmp_path: Path) -> None:
    interface = interface_for("transformer", (8,), None, CLASSES)
    network = build(transformer.decode(transformer.TEXTBOOK[0], interface), seed=1)
    write_export(exported(plain_network(network), "text"), tmp_path / "out")
    text = tmp_path / "book.txt"
    text.write_text("ab\nba\n" * 200)
    options = DataOptions(window=8)
    with pytest.raises(BadInput, match="are tokens: they have no range"):
        carry_out(Request(tmp_path / "out", f"text:{text}", options=options))


def test_code_of_the_folder_is_not_run(exports: dict[str, Path]) -> None:
    for name in ("model.py", "monitor.py"):
        (exports["wine"] / name).write_text("raise SystemExit('run')\n")
    card = exports["wine"] / "card.json"
    assert carry_out(Request(exports["wine"], examples=20)).tables
    said = json.loads(card.read_text())
    card.write_text(json.dumps({**said, "task": "os:getcwd"}))
    with pytest.raises(BadInput, match="not one of evo's"):
        carry_out(Request(exports["wine"]))
    card.write_text(json.dumps(said))
