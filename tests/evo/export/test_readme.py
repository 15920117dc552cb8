"""The README of an export says how to use it: its example runs as it stands, for every input."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from evo.export.exported import Exported, plain_network
from evo.export.folder import write_export
from fitness.data.fit_normalization import interface_of
from fitness.data.loaders.images import load as load_images
from fitness.data.task import Task
from genomes.architectures import cnn, mlp
from genomes.networks.network import build
from tests.evo.exports import FACTS, random_export
from tests.fitness.data.images.pictures import class_folders, noise, save
from tests.fitness.data.tables.tiny import houses, text_of
from tests.fitness.data.tables.tiny import load as load_table


def export(task: Task, folder: Path) -> Exported:
    """Write the export of an untrained network for a task."""
    family: Any = mlp if task.columns else cnn
    network = plain_network(
        build(family.decode(family.TEXTBOOK[1], interface_of(task))), task.target
    )
    metric = task.target.primary
    facts = {**FACTS, f"validation_{metric}": 0.5, f"test_{metric}": 0.5}
    exported = Exported(
        network, task.name, facts, task.target, metric, task.columns, pictures=task.pictures
    )
    write_export(exported, folder)
    return exported


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the example of an export's README in its folder; return its names."""

    def run(folder: Path, **given: Any) -> dict[str, Any]:
        (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
        monkeypatch.chdir(folder)
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, "model", raising=False)
        names: dict[str, Any] = dict(given)
        exec(compile(code, "README.md", "exec"), names)
        monkeypatch.delitem(sys.modules, "model")
        return names

    return run


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_a_picture_file_becomes_probabilities_of_classes(tmp_path: Path, example: Any) -> None:
    task = load_images(class_folders(tmp_path / "pets", {"cat": 9, "dog": 9}))
    exported = export(task, tmp_path / "out")
    fresh = save(tmp_path / "out" / "picture.png", noise(7, side=21))
    names = example(tmp_path / "out")
    (answer,) = names["answers_of"](names["outputs"])
    assert set(answer) == {"cat", "dog"}
    assert sum(answer.values()) == pytest.approx(1.0)
    assert list(answer.values()) == sorted(answer.values(), reverse=True)
    expected = exported.network(names["load_image"](fresh))
    torch.testing.assert_close(names["outputs"], expected, rtol=1e-4, atol=1e-4)


def test_a_picture_of_training_is_loaded_as_it_was_learnt(tmp_path: Path, example: Any) -> None:
    folder = class_folders(tmp_path / "pets", {"cat": 9, "dog": 9})
    for place, path in enumerate(sorted(folder.rglob("*.png"))):  # of different sizes
        with Image.open(path) as image:
            image.resize((12 + place, 9 + place % 3)).save(path)
    task = load_images(folder)
    export(task, tmp_path / "out")
    (tmp_path / "out" / "picture.png").write_bytes((folder / "dog" / "0.png").read_bytes())
    names = example(tmp_path / "out")
    known = {
        tuple(row.flatten().tolist())
        for split in (task.train, task.validation, task.test)
        for row in torch.tensor(split.array).float()
    }
    for path in folder.rglob("*.png"):
        assert tuple(names["load_image"](path).flatten().tolist()) in known


@pytest.mark.parametrize(("target", "names"), [("price", ["price"]), ("city", None)])
def test_a_row_of_a_table_becomes_what_was_learnt(
    tmp_path: Path, example: Any, target: str, names: list[str] | None
) -> None:
    task = load_table(tmp_path, text_of(houses(60)), target)
    export(task, tmp_path / "out")
    found = example(tmp_path / "out")
    (answer,) = found["answers_of"](found["outputs"])
    assert sorted(answer) == sorted(names or task.target.names)
    if names:
        assert answer["price"] == pytest.approx(float(found["outputs"]))


def test_other_inputs_are_given_as_they_are(tmp_path: Path, example: Any) -> None:
    exported = random_export("mlp", 4)
    write_export(exported, tmp_path / "out")
    x = torch.randn(2, *exported.spec.input_shape)
    names = example(tmp_path / "out", x=x)
    torch.testing.assert_close(names["outputs"], exported.network(x), rtol=1e-4, atol=1e-4)
    assert [len(answer) for answer in names["answers_of"](names["outputs"])] == [3, 3]


def test_of_tokens_outputs_are_given_as_they_are(tmp_path: Path, example: Any) -> None:
    exported = random_export("transformer", 4)
    write_export(exported, tmp_path / "out")
    names = example(tmp_path / "out", x=torch.zeros(1, 7, dtype=torch.int64))
    assert "answers_of" not in names
    assert names["outputs"].shape == (1, *exported.spec.output.shape)
