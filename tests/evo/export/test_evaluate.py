"""`evo evaluate`: figures from spec and weights alone; damaged and foreign folders are named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from evo.errors import BadInput
from evo.export.evaluate import evaluate_export
from evo.export.exported import plain_network
from evo.export.folder import write_export
from evo.export.rebuilding import load_export
from fitness.data.task import Split, Task
from fitness.data.task_names import TASKS
from fitness.targets.classes import Classes
from genomes.networks.network import Network
from tests.evo.exports import FACTS, exported, inputs, random_network


class TinyTask:
    """A task that a network answers to a known degree: labels are its answers, a few changed."""

    network: Network

    @classmethod
    def load(cls, data_dir: Path | None) -> Task:
        x = inputs(cls.network, 40)
        with torch.inference_mode():
            y = cls.network(x).argmax(1).numpy()
        wrong = (y + 1) % 3
        labels = np.where(np.arange(40) < 5, wrong, y)  # the first five are wrong
        test = np.where(np.arange(40) < 10, wrong, y)
        train = Split(x.numpy(), np.arange(40) % 3)
        parts = train, Split(x.numpy(), labels), Split(x.numpy(), test)
        for part in parts:
            part.array.setflags(write=False)  # as those of a file that is mapped
        return Task("tiny", "", Classes(3), *parts)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an export for the registered task `tiny`."""
    folder = tmp_path_factory.mktemp("exports") / "tiny"
    TinyTask.network = plain_network(random_network("mlp", 4))
    write_export(exported(TinyTask.network, "tiny", FACTS), folder)
    return folder


@pytest.fixture
def export(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the export that a test may damage."""
    monkeypatch.setitem(TASKS._added, "tiny", TinyTask)
    return Path(shutil.copytree(original, tmp_path / "export"))


@pytest.mark.filterwarnings("error")
def test_correct_answers_are_counted_on_both_splits(export: Path) -> None:
    found = evaluate_export(export)
    assert 0.001 < found.pop("milliseconds") < 1000.0
    others = {"auroc", "balanced_accuracy", "cross_entropy", "macro_f1"}
    assert {f"{split}_{name}" for split in ("validation", "test") for name in others} <= set(found)
    assert {k: v for k, v in found.items() if k.partition("_")[2] not in others} == {
        "task": "tiny",
        "metric": "accuracy",
        "parameters": TinyTask.network.spec.dense_parameters(),
        "validation_accuracy": 35 / 40,
        "validation_examples": 40,
        "test_accuracy": 30 / 40,
        "test_examples": 40,
    }


def test_the_network_is_rebuilt_exactly(export: Path) -> None:
    x = inputs(TinyTask.network, 7)
    with torch.inference_mode():
        assert torch.equal(load_export(export)(x), TinyTask.network(x))


def test_no_code_of_the_folder_runs(export: Path) -> None:
    (export / "model.py").write_text("raise SystemExit('ran')")
    (export / "model.pt2").write_bytes(b"")
    (export / "sitecustomize.py").write_text("raise SystemExit('ran')")
    assert evaluate_export(export)["test_accuracy"] == 30 / 40


def test_a_function_named_by_the_card_is_not_called(export: Path) -> None:
    card = json.loads((export / "card.json").read_text())
    (export / "card.json").write_text(json.dumps({**card, "task": "os:getcwd"}))
    with pytest.raises(BadInput, match="trust where it comes from: --task os:getcwd"):
        evaluate_export(export)
    assert evaluate_export(export, task="tiny")["test_accuracy"] == 30 / 40


def edit_spec(folder: Path, edit: Callable[[dict[str, Any]], Any]) -> None:
    spec = json.loads((folder / "spec.json").read_text())
    edit(spec)
    (folder / "spec.json").write_text(json.dumps(spec))


def edit_weights(folder: Path, edit: Callable[[dict[str, torch.Tensor]], Any]) -> None:
    tensors = load_file(folder / "weights.safetensors")
    edit(tensors)
    save_file(tensors, folder / "weights.safetensors")


def cut_in_half(path: Path) -> None:
    contents = path.read_bytes()
    path.write_bytes(contents[: len(contents) // 2])


def widen(spec: dict[str, Any]) -> None:
    spec["nodes"][-1]["attributes"]["out_features"] = 10**8
    spec["nodes"][-1]["shape"] = [10**8]


def fewer_logits(spec: dict[str, Any]) -> None:
    spec["nodes"][-1]["attributes"]["out_features"] = 2
    spec["nodes"][-1]["shape"] = [2]


BIAS = "logits.bias"
DAMAGE: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no spec": (lambda f: (f / "spec.json").unlink(), "no export of evo: it has no spec.json"),
    "no weights": (
        lambda f: (f / "weights.safetensors").unlink(),
        "no export of evo: it has no weights.safetensors",
    ),
    "weights cut": (lambda f: cut_in_half(f / "weights.safetensors"), "damaged, perhaps cut"),
    "weights empty": (lambda f: (f / "weights.safetensors").write_bytes(b""), "damaged"),
    "spec cut": (lambda f: cut_in_half(f / "spec.json"), "spec.json is damaged, it is not JSON"),
    "spec binary": (lambda f: (f / "spec.json").write_bytes(b"\xff\xfe"), "not JSON"),
    "spec deep": (lambda f: (f / "spec.json").write_text("[" * 100_000), "not JSON"),
    "spec is a list": (lambda f: (f / "spec.json").write_text("[]"), "spec.json: .*format"),
    "other format": (
        lambda f: edit_spec(f, lambda s: s.update(format=99)),
        "format 99; this version of evo reads",
    ),
    "nodes malformed": (lambda f: edit_spec(f, lambda s: s.update(nodes=[7])), "spec.json: "),
    "attributes malformed": (
        lambda f: edit_spec(f, lambda s: s["nodes"][-1].update(attributes=[1])),
        "spec.json: ",
    ),
    "unknown operation": (
        lambda f: edit_spec(f, lambda s: s["nodes"][-1].update(operation="eval")),
        "unknown operation 'eval'",
    ),
    "huge": (lambda f: edit_spec(f, widen), "do not belong together"),
    "other sizes": (
        lambda f: edit_spec(f, fewer_logits),
        r"shape \(3,\) .* spec.json needs \(2,\)",
    ),
    "tensor missing": (
        lambda f: edit_weights(f, lambda t: t.update(other=t.pop(BIAS))),
        r"lacks logits.bias \(1 in all\)",
    ),
    "tensor too many": (
        lambda f: edit_weights(f, lambda t: t.update(other=torch.zeros(1))),
        "does not need, other",
    ),
    "tensor type": (
        lambda f: edit_weights(f, lambda t: t.update({BIAS: t[BIAS].double()})),
        "logits.bias has shape .*float64, spec.json needs .*float32",
    ),
    "not finite": (
        lambda f: edit_weights(f, lambda t: t[BIAS].fill_(float("nan"))),
        "logits.bias has values that are NaN",
    ),
    "card without task": (lambda f: (f / "card.json").write_text("{}"), "names no task"),
    "no card": (lambda f: (f / "card.json").unlink(), "it has no card.json"),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_named(export: Path, damage: Callable[[Path], Any], message: str) -> None:
    damage(export)
    with pytest.raises(BadInput, match=message) as caught:
        evaluate_export(export)
    assert str(export) in str(caught.value)


def test_a_task_that_does_not_fit_is_refused(export: Path) -> None:
    with pytest.raises(BadInput, match=r"shape \(6,\) and has 3 outputs; .* digits has"):
        evaluate_export(export, task="digits")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"there is no folder .*absent"):
        evaluate_export(tmp_path / "absent")
