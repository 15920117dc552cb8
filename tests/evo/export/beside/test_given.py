"""An export of a network that was made smaller states the one that was given beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from evo.export.beside.given import given_line, given_section, of_given
from evo.export.export_figures import ExportFigures, sample_of
from evo.export.exported import Exported, plain_network
from evo.export.folder import write_export
from fitness.data.given.options import ModelOptions
from fitness.data.task_reference import TaskReference
from fitness.training import latency
from genomes.networks.given import whole
from tests.evo.exports import FACTS
from tests.fitness.data.given.own_models import make


def test_the_card_has_what_was_given_and_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latency, "SECONDS", 0.001)
    model = ModelOptions(model="tests.fitness.data.given.own_models:make")
    task = TaskReference("digits", model=model).load()
    assert task.given is not None
    trained = whole(task.given)
    trained.set_channel_masks({"conv": torch.arange(8) < 2})
    exported = Exported(
        plain_network(trained), "digits", FACTS, task.target, "accuracy",
        sample=sample_of(trained, task),
    )  # fmt: skip
    figures = ExportFigures(task, trained.spec, ["accuracy"])
    card = write_export(exported, tmp_path / "out", (), figures).card

    net = make().eval()
    with torch.no_grad():
        answers = net(torch.from_numpy(task.test.array).float() / 255).argmax(1).numpy()
    assert card["given_test_accuracy"] == pytest.approx(np.mean(answers == task.test.y))
    size, left = card["given_parameters"], exported.spec.dense_parameters()
    assert size == sum(parameter.numel() for parameter in net.parameters())
    assert card["left_of_given_parameters"] == left / size
    assert card["left_of_given_flops"] == exported.spec.flops() / task.given.spec.flops()
    weights = (tmp_path / "out" / "weights.safetensors").stat().st_size
    assert card["left_of_given_weights_bytes"] == weights / float(str(card["given_weights_bytes"]))
    assert float(str(card["left_of_given_torch_ms_batch_256"])) > 0
    readme = (tmp_path / "out" / "README.md").read_text()
    assert f"| parameters | {size} | {left} |" in readme
    assert "| torch, the given network |" in readme
    assert "given parameters" not in readme  # in the section of its own alone
    assert f"{left / size:.1%}".replace("%", " % of its parameters") in given_line(card)


def test_where_nothing_was_given_nothing_is_said() -> None:
    assert given_section({"metric": "accuracy"}) == given_line({"metric": "accuracy"}) == ""
    assert of_given("given_flops")
    assert of_given("left_of_given_flops")
    assert not of_given("baseline_name")
