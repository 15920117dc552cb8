"""A network of a table, handed over: rows by name, and files measured by its own columns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from evo.errors import BadInput
from evo.export.evaluate import evaluate_export
from evo.export.exported import Exported, plain_network
from evo.export.folder import write_export
from fitness.data.fit_normalization import interface_of
from fitness.data.options import DataOptions
from fitness.data.task import Task
from genomes.architectures import mlp
from genomes.networks.network import build
from tests.evo.export.test_model_source import imported
from tests.evo.exports import FACTS
from tests.fitness.data.tables.tiny import houses, load, text_of

ROWS = houses(60, built=lambda n: f"2024-01-{n % 28 + 1:02}")


def written(folder: Path, target: str) -> tuple[Task, Path]:
    """Export an untrained network for the table, once for each of the textbook's openings."""
    task = load(folder, text_of(ROWS), target)
    network = plain_network(build(mlp.decode(mlp.TEXTBOOK[1], interface_of(task))), task.target)
    metric = task.target.primary
    facts = {**FACTS, f"validation_{metric}": 0.5, f"test_{metric}": 0.5}
    options = DataOptions(target=(target,))
    exported = Exported(
        network, "csv:houses.csv", facts, task.target, metric, task.columns, options
    )
    write_export(exported, folder / "export")
    return task, folder / "export"


@pytest.mark.parametrize("target", ["price", "city"])
def test_a_row_by_name_is_the_row_of_the_table(tmp_path: Path, target: str) -> None:
    task, folder = written(tmp_path, target)
    model: Any = imported((folder / "model.py").read_text())
    found = {
        tuple(model.inputs_of(_without(row, target)).nan_to_num(-1)[0].tolist()) for row in ROWS
    }
    for split in (task.train, task.validation, task.test):
        for row in torch.from_numpy(split.array).nan_to_num(-1).tolist():
            assert tuple(row) in found
    nothing = model.inputs_of({})
    assert nothing.shape == (1, len(task.columns))
    assert bool(model.Network().eval()(nothing).isfinite().all())
    with pytest.raises(ValueError, match=r"received columns .'sice'."):
        model.inputs_of({"sice": 3})


def test_the_columns_stand_in_the_spec(tmp_path: Path) -> None:
    task, folder = written(tmp_path, "price")
    described = json.loads((folder / "spec.json").read_text())
    assert described["columns"] == [column.to_json() for column in task.columns]
    assert described["target_columns"] == ["price"]


def test_another_file_is_measured_by_the_columns_of_the_export(tmp_path: Path) -> None:
    _, folder = written(tmp_path, "price")
    other = tmp_path / "other.csv"
    rows = [{**row, "city": "Jena", "more": 1} for row in ROWS[:7]]
    other.write_text(text_of([*rows[:6], {**rows[6], "price": ""}], ";"))
    result = evaluate_export(folder, f"csv:{other}")
    assert result["rows_examples"] == 6
    assert result["metric"] == "r2"
    assert result["rows_rmse"] > 0
    assert any("1 rows without price" in note for note in result["notes"])
    whole = evaluate_export(folder, f"csv:{tmp_path / 'houses.csv'}")
    assert whole["rows_examples"] == 60
    assert whole["rows_r2"] != result["rows_r2"]


def test_what_a_file_lacks_is_named(tmp_path: Path) -> None:
    _, folder = written(tmp_path, "city")
    other = tmp_path / "other.csv"
    other.write_text("size,price,city\n30.5,100,Ulm\n31.5,120,Jena\n")
    with pytest.raises(
        BadInput, match=r"other\.csv: lacks columns that the network needs: age, built"
    ):
        evaluate_export(folder, f"csv:{other}")
    rows = [{**row, "city": "Jena"} for row in ROWS[:3]]
    other.write_text(text_of(rows))
    with pytest.raises(BadInput, match="classes that the network does not know: Jena"):
        evaluate_export(folder, f"csv:{other}")
    renamed = [{**_without(row, "city"), "town": row["city"]} for row in ROWS]
    other.write_text(text_of(renamed))
    found = evaluate_export(folder, f"csv:{other}", options=DataOptions(target=("town",)))
    assert found["rows_examples"] == 60


def _without(row: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in row.items() if key != name}
