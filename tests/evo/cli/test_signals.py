"""From a folder of recordings to a network that runs without evo."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.command_line import typed
from tests.evo.export.test_model_source import imported
from tests.fitness.data.signals.sounds import make_folder


@pytest.mark.slow
def test_a_folder_of_recordings_becomes_a_network(tmp_path: Path) -> None:
    make_folder(tmp_path / "calls", "crow", "owl", frames=60, channels=2)
    typed(
        tmp_path, "run", "--task", "calls", "--generations", "1", "--population", "4",
        "--stages", "1", "--strategy", "random", "--runner", "serial", "--name", "birds",
        "--quiet",
    )  # fmt: skip
    shown = typed(tmp_path, "show", "birds")
    assert "examples (train, validation, test) of signals of 2 channels, 60 numbers" in shown
    typed(tmp_path, "export", "birds", "--output", "out")
    source = (tmp_path / "out" / "model.py").read_text()
    assert "Input: (N, 2, 60)" in source
    network = imported(source).Network().eval()
    network.load_state_dict(load_file(tmp_path / "out" / "weights.safetensors"))
    assert network(torch.zeros(3, 2, 60)).shape == (3, 2)
    graph = json.loads((tmp_path / "out" / "spec.json").read_text())
    assert graph["class_names"] == ["crow", "owl"]
