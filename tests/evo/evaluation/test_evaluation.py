"""An evaluated export: metrics with intervals, what is printed, and the files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from evo.errors import BadInput
from evo.evaluation.evaluation import Evaluation, check_new
from evo.export.evaluate import evaluate_export, evaluated
from evo.export.exported import plain_network
from evo.export.folder import write_export
from evo.terminal.evaluation import evaluation_lines
from fitness.data.fit_normalization import interface_of
from fitness.data.task_names import TASKS
from genomes.architectures import mlp
from genomes.networks.network import build
from tests.evo.exports import FACTS, exported


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    task = TASKS.load("wine").load()
    spec = mlp.decode(mlp.TEXTBOOK[0], interface_of(task))
    network = plain_network(build(spec, seed=1))
    path = tmp_path_factory.mktemp("export") / "wine"
    write_export(exported(network, "wine", FACTS, task.target.names), path)
    return path


def test_each_metric_of_each_split_has_an_interval(folder: Path) -> None:
    found = evaluated(folder)
    assert found.figures.keys() == evaluate_export(folder).keys()
    metrics = Evaluation.of(found).metrics
    assert set(metrics["split"]) == {"validation", "test"}
    row = metrics[(metrics["split"] == "test") & (metrics["metric"] == "accuracy")].iloc[0]
    assert row["value"] == found.figures["test_accuracy"]
    assert ((metrics["low"] <= metrics["value"]) & (metrics["value"] <= metrics["high"])).all()


def test_the_last_split_is_told_by_class(folder: Path) -> None:
    text = "\n".join(evaluation_lines("out", Evaluation.of(evaluated(folder))))
    assert "each class on test, the worst first" in text
    assert "on test: probabilities are off by" in text
    assert "95 % interval" in text
    assert "cross-entropy," in text


def test_tables_and_figures_are_written(folder: Path, tmp_path: Path) -> None:
    written = Evaluation.of(evaluated(folder)).save(tmp_path / "out", "wine")
    names = {path.name for path in written}
    assert {"metrics.csv", "per_class.csv", "confusion.png", "reliability.svg"} <= names
    assert len(pd.read_csv(tmp_path / "out" / "metrics.csv")) == 2 * 5


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(BadInput, match="exists already; choose another --output"):
        check_new(tmp_path)
    with pytest.raises(BadInput, match="exists already"):
        check_new(tmp_path / "mine.txt")
    check_new(tmp_path / "new")
    assert not (tmp_path / "new").exists()
