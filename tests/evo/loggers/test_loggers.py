"""Each logger writes what it was told, where its own program finds it."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from evo.engine.logger import LOGGERS, Logger
from evo.loggers import mlflow, tensorboard  # before MLflow itself: it sets how that behaves

from mlflow.tracking import MlflowClient  # isort: skip

SETTINGS = {"task": "digits", "pins.training.optimizer": "adamw"}
FRONT = [{"genome": "m001-002", "accuracy": 0.5}, {"genome": "m002-003", "accuracy": 0.75}]


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "front.png"
    Image.fromarray(np.full((4, 6, 3), 200, np.uint8)).save(path)
    return path


def individual(make: Any, folder: Path, picture: Path, numbers: range) -> None:
    """Carry out a driver's life with a logger."""
    logger: Logger = make(folder, SETTINGS)
    for number in numbers:
        logger.generation(number, {"hypervolume": number / 8, "failures/diverged": 1.0})
    logger.end(FRONT, [picture])
    logger.close(finished=True)


@pytest.mark.parametrize("name", LOGGERS.names())
def test_every_logger_lives_through_a_run_that_is_resumed(
    name: str, tmp_path: Path, picture: Path
) -> None:
    make = LOGGERS.load(name).make
    folder = tmp_path / "run"
    folder.mkdir()
    individual(make, folder, picture, range(1, 3))
    before = {path for path in folder.rglob("*") if path.is_file()}
    assert before
    individual(make, folder, picture, range(3, 3))
    assert before <= {path for path in folder.rglob("*") if path.is_file()}


def events(folder: Path) -> Iterator[Any]:
    """Read event files, oldest first: length, its checksum, a record, its checksum."""
    from tensorboardX.proto.event_pb2 import Event

    for file in sorted((folder / tensorboard.FOLDER).iterdir(), key=lambda file: file.suffix):
        content = file.read_bytes()
        while content:
            (length,) = struct.unpack("<Q", content[:8])
            yield Event.FromString(content[12 : 12 + length])
            content = content[16 + length :]


def test_tensorboard_has_the_figures_by_generation(tmp_path: Path, picture: Path) -> None:
    individual(tensorboard.make, tmp_path, picture, range(1, 3))
    values = [(event.step, value) for event in events(tmp_path) for value in event.summary.value]
    scalars = {(v.tag, step): v.simple_value for step, v in values if v.HasField("simple_value")}
    assert scalars == {
        ("hypervolume", 1): 0.125, ("hypervolume", 2): 0.25,
        ("failures/diverged", 1): 1.0, ("failures/diverged", 2): 1.0,
    }  # fmt: skip
    texts = {v.tag: v.tensor.string_val[0].decode() for _, v in values if v.tensor.string_val}
    assert texts["front/text_summary"].splitlines()[2] == "| m001-002 | 0.5 |"
    assert "| digits | adamw |" in texts["config/text_summary"]
    images = {v.tag: (v.image.height, v.image.width) for _, v in values if v.HasField("image")}
    assert images == {"front": (4, 6)}


def test_tensorboard_replaces_generations_that_are_replayed(tmp_path: Path, picture: Path) -> None:
    individual(tensorboard.make, tmp_path, picture, range(1, 4))
    individual(tensorboard.make, tmp_path, picture, range(2, 4))
    restarts = [
        event.step for event in events(tmp_path)
        if event.HasField("session_log") and event.session_log.status == 1
    ]  # fmt: skip
    assert restarts == [1, 2]  # TensorBoard drops what earlier files hold from there on


def test_mlflow_has_one_run_with_params_metrics_and_artifacts(
    tmp_path: Path, picture: Path
) -> None:
    folder = tmp_path / "first"
    folder.mkdir()
    individual(mlflow.make, folder, picture, range(1, 3))
    individual(mlflow.make, folder, picture, range(3, 4))
    client = MlflowClient((folder / "mlflow/store").as_uri())
    experiment = client.get_experiment_by_name("evo")
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.run_name == "first"
    assert run.info.status == "FINISHED"
    assert run.data.params == SETTINGS
    history = client.get_metric_history(run.info.run_id, "hypervolume")
    assert [(m.step, m.value) for m in history] == [(1, 0.125), (2, 0.25), (3, 0.375)]
    artifacts = Path(run.info.artifact_uri.removeprefix("file://"))
    assert json.loads((artifacts / "front.json").read_text())["accuracy"] == [0.5, 0.75]
    assert (artifacts / "figures/front.png").read_bytes() == picture.read_bytes()


def test_mlflow_and_tensorboard_are_told_what_a_resume_changed(
    tmp_path: Path, picture: Path
) -> None:
    changed = {**SETTINGS, "workers": "8", "pins.training.optimizer": "sgd"}
    for make in (mlflow.make, tensorboard.make):
        individual(make, tmp_path, picture, range(1, 2))
        logger: Logger = make(tmp_path, changed)
        logger.generation(2, {"hypervolume": 0.5})
        logger.close(finished=True)
    client = MlflowClient((tmp_path / "mlflow/store").as_uri())
    run = client.get_run((tmp_path / "mlflow" / mlflow.RUN).read_text())
    tags = {name: x for name, x in run.data.tags.items() if name.startswith(mlflow.CHANGED)}
    assert tags == {"changed.workers": "8", "changed.pins.training.optimizer": "sgd"}
    texts = [
        value.tensor.string_val[0].decode()
        for event in events(tmp_path)
        for value in event.summary.value
        if value.tag.startswith("config")
    ]
    assert ("sgd" in texts[0], "sgd" in texts[-1]) == (False, True)


def test_mlflow_goes_where_it_is_told(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "elsewhere").as_uri())
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "mine")
    individual(mlflow.make, tmp_path, picture, range(1, 2))
    client = MlflowClient((tmp_path / "elsewhere").as_uri())
    assert client.get_experiment_by_name("mine") is not None
    assert not (tmp_path / "mlflow/store").exists()


def test_mlflow_tells_nobody_that_it_is_used() -> None:
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
