"""What the card says of written programs: bytes, times beside the dense network, rounded ones."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from evo.export.check import ExportDiffers, check_programs
from evo.export.export_figures import ExportFigures, in_units, sample_of
from evo.export.exported import Exported, plain_network
from evo.export.folder import write_export
from evo.export.rebuilding import load_export
from evo.export.speed_table import of_speed, speed_section, verdict
from evo.monitoring.monitor import Calibration, Monitor
from fitness.data.task import Split, Task
from fitness.targets.classes import Classes
from fitness.targets.values import Values
from fitness.training import latency
from genomes.networks.network import Network
from tests.evo.exports import CLASSES, FACTS, random_network


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "SECONDS", 0.001)


def split(examples: int, seed: int) -> Split:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(examples, 6)).astype(np.float32)
    return Split(3.0 * x, np.arange(examples) % CLASSES)


def task_of() -> Task:
    return Task("three", "drawn", Classes(CLASSES), split(90, 1), split(30, 2), split(30, 3))


def handed(masked: Network, task: Task) -> Exported:
    sample = sample_of(masked, task)
    return Exported(plain_network(masked), "three", FACTS, task.target, "accuracy", sample=sample)


def test_the_card_has_bytes_times_and_what_rounding_costs(tmp_path: Path) -> None:
    masked, task = random_network("mlp", 1), task_of()
    figures = ExportFigures(task, masked.spec, ["accuracy"])
    asked = ["onnx", "onnx-int8"]
    card = write_export(handed(masked, task), tmp_path / "out", asked, figures).card
    for name in ("onnx", "onnx_int8", "weights", "torch_export"):
        size = card[f"{name}_bytes"]
        assert isinstance(size, int)
        assert size > 100
    for name in ("torch", "dense_torch", "onnx", "dense_onnx", "onnx_int8"):
        for batch in (1, 256):
            middle, late = card[f"{name}_ms_batch_{batch}"], card[f"{name}_ms_batch_{batch}_p95"]
            assert isinstance(middle, float)
            assert isinstance(late, float)
            assert 0.0 < middle <= late
    for name in ("validation", "test"):
        share = card[f"onnx_int8_{name}_accuracy"]
        assert isinstance(share, float)
        assert round(share * 30, 6).is_integer()  # of 30 examples
    difference = card["largest_difference"]
    assert isinstance(difference, float)
    assert difference < 1e-3
    readme = (tmp_path / "out" / "README.md").read_text()
    assert "| onnxruntime, `model_int8.onnx` |" in readme
    assert "onnx ms batch" not in readme  # in the table of speed alone


def test_the_export_can_be_watched_unless_nothing_was_held_out(tmp_path: Path) -> None:
    masked, task = random_network("mlp", 1), task_of()
    write_export(handed(masked, task), tmp_path / "out")
    network, calibration = load_export(tmp_path / "out"), tmp_path / "out" / "monitor.safetensors"
    watched = Monitor(network, Calibration.load(calibration), 0.05)
    assert bool(watched(torch.full((1, 6), 1e4)).flags)
    assert "`monitor.py`" in (tmp_path / "out" / "README.md").read_text()
    seen = replace(handed(masked, task), sample=sample_of(masked, task, held_out=False))
    write_export(seen, tmp_path / "refit")
    assert not list((tmp_path / "refit").glob("monitor*"))
    assert "`monitor.py`" not in (tmp_path / "refit" / "README.md").read_text()


def test_a_sample_is_drawn_from_all_of_the_data() -> None:
    masked, task = random_network("mlp", 1), task_of()
    export = handed(masked, task)
    assert export.sample is not None
    assert export.sample.labels is not None
    assert export.sample.labels.bincount().tolist() == [30, 30, 30]


def test_only_the_splits_named_measure_what_is_rounded(tmp_path: Path) -> None:
    masked, task = random_network("mlp", 1), task_of()
    figures = ExportFigures(task, masked.spec, ["accuracy"], ["test"])
    card = write_export(handed(masked, task), tmp_path / "out", ["onnx-int8"], figures).card
    assert "onnx_int8_test_accuracy" in card
    assert "onnx_int8_validation_accuracy" not in card


def test_programs_are_held_to_the_masked_network_on_validation_inputs() -> None:
    masked, task = random_network("mlp", 1), task_of()
    export = handed(masked, task)
    assert export.sample is not None
    with torch.inference_mode():
        torch.testing.assert_close(export.sample.outputs, masked(export.sample.inputs))
    assert check_programs(export, {"itself": export.network})["itself"] < 1e-3
    moved = export.sample.outputs.clone()
    moved[17, 2] += 1e3
    other = replace(export, sample=replace(export.sample, outputs=moved))
    with pytest.raises(ExportDiffers, match=r"for 30 validation inputs.*in example 17"):
        check_programs(other, {"itself": export.network})


def test_values_are_held_to_their_units() -> None:
    target = Values(names=("a", "b"), mean=(1.0, 20.0), deviation=(0.5, 10.0))
    assert in_units(torch.tensor([[1.0, -1.0]]), target).tolist() == [[1.5, 10.0]]


def test_what_pruning_saves_is_said_either_way() -> None:
    faster = {"dense_torch_ms_batch_256": 3.0, "torch_ms_batch_256": 2.0}
    assert verdict(faster) == (
        "It takes 256 examples 1.50 times as fast as before pruning, in torch."
    )
    assert verdict({"dense_torch_ms_batch_256": 2.0, "torch_ms_batch_256": 2.1}) == (
        "Pruning saves no time here: 256 examples take 1.05 times as long."
    )
    assert verdict({}) == speed_section({}) == ""


def test_what_rounding_up_does_to_the_time_is_said_beside_it() -> None:
    times = {"dense_torch_ms_batch_256": 3.0, "torch_ms_batch_256": 2.0, "rounded_to": 8}
    times |= {"unrounded_torch_ms_batch_256": 2.5, "onnx_ms_batch_256": 1.0}
    times |= {"unrounded_onnx_ms_batch_256": 0.5}
    assert verdict(times).endswith(
        "Rounding channels up to 8 multiplies its time by 0.80 in torch, 2.00 in onnx."
    )


def test_programs_are_timed_beside_those_without_rounding_up(tmp_path: Path) -> None:
    masked, task = random_network("mlp", 1), task_of()
    plain = plain_network(masked)
    figures = ExportFigures(task, masked.spec, ["accuracy"], unrounded=plain)
    rounded = replace(handed(masked, task), facts={**FACTS, "rounded_to": 4})
    card = write_export(rounded, tmp_path / "out", ["onnx"], figures).card
    for name in ("unrounded_torch", "unrounded_onnx"):
        assert float(str(card[f"{name}_ms_batch_256"])) > 0.0
    assert "onnxruntime, without rounding up" in (tmp_path / "out" / "README.md").read_text()


def test_which_facts_are_of_speed() -> None:
    assert of_speed("onnx_bytes")
    assert of_speed("dense_torch_ms_batch_1_p95")
    assert not of_speed("peak_activation_bytes")
    assert not of_speed("onnx_int8_test_accuracy")
