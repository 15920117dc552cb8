"""A hostile corpus of exported folders: each is refused in words, or measured; nothing else.

`evo evaluate` and `evo stress` read `spec.json`, `card.json`, `weights.safetensors`,
`vocabulary.json` and `monitor.safetensors` of whoever made them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from evo.cli.exits import scored
from evo.export.evaluate import Opened, answered
from evo.export.export_format import FORMATS
from evo.export.exported import Sample, plain_network
from evo.export.rebuilding import MOST_AT_WORK, bytes_at_work, load_export
from evo.files.paths import shown
from evo.stress.foreign_inputs import monitor_of
from evo.stress.stress_data import StressData
from fitness.data.options import INFERRED
from fitness.data.task_names import TASKS
from genomes.graph.sketch import Sketch
from genomes.networks.network import build
from tests.evo.export.test_evaluate import TinyTask
from tests.evo.exports import exported, gated_network, inputs, random_network
from tests.troubles.hostile import ODD, bounded_memory, damaged_file

NETWORKS = {
    "mlp": random_network("mlp", 4),
    "cnn": random_network("cnn", 4),
    "modular": random_network("modular", 4),
    "cnn1d gated": gated_network("cnn1d", 3),
}
FORMS = ("spec", "weights", "card", "monitor-calibration")
CASES = 200  # of each network


@pytest.fixture(params=NETWORKS, name="whole")
def _whole(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, bytes]:
    """Return the files of an export for the registered task `tiny`, by name."""
    monkeypatch.setitem(TASKS._added, "tiny", TinyTask)
    network = TinyTask.network = plain_network(NETWORKS[request.param])
    x = inputs(network, 60)
    sample = Sample(x, network(x).detach(), inputs(network, 61))
    found = {}
    for form in map(FORMATS.load, FORMS):
        form.write(replace(exported(network, "tiny"), sample=sample), tmp_path / form.FILE_NAME)
        found[form.FILE_NAME] = (tmp_path / form.FILE_NAME).read_bytes()
        (tmp_path / form.FILE_NAME).unlink()
    return found


@pytest.fixture(autouse=True, name="bounded")
def _bounded() -> Iterator[None]:
    with bounded_memory():
        yield


def use(folder: Path) -> None:
    """Do with a folder what evaluate and stress do, but for what takes time."""
    opened = Opened.of(folder, None, None, INFERRED)
    task = opened.data()
    StressData.of(opened, 10)
    monitor_of(folder, opened.network)
    answered(opened.network, task.target, task.test)


def refusal(folder: Path) -> str:
    """Use a folder; return in what words it was refused, empty if it was not."""
    try:
        use(folder)
    except Exception as error:  # whatever the command line would meet
        text, code = scored(error)
        assert code == 2, text
        assert shown(folder) in text
        return text
    return ""


@given(data=st.data())
@settings(
    max_examples=CASES, derandomize=True, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_whatever_is_in_a_folder_it_is_refused_in_words_or_measured(
    whole: dict[str, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    folder = tmp_path / "export"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in whole.items():
        (folder / name).write_bytes(content)
    name = data.draw(st.sampled_from(sorted(whole)))
    (folder / name).write_bytes(data.draw(damaged_file(name, whole[name])))
    refusal(folder)
    assert {path.name for path in folder.iterdir()} == set(whole)
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_plain_file_is_refused(
    whole: dict[str, bytes], tmp_path: Path, kind: str
) -> None:
    for damaged in ("spec.json", "card.json", "weights.safetensors", "monitor.safetensors"):
        folder = tmp_path / damaged
        folder.mkdir()
        for name, content in whole.items():
            (folder / name).write_bytes(content)
        (folder / damaged).unlink()
        ODD[kind](folder / damaged)
        text = refusal(folder)
        # A monitor that is not there is not missed; root reads what is nobody's.
        assert text or damaged == "monitor.safetensors" or kind == "nobody's"


def test_model_py_refuses_weights_that_are_cut_short_or_of_other_shape(tmp_path: Path) -> None:
    whole = exported(plain_network(NETWORKS["cnn"]))
    for form in (FORMATS.load("weights"), FORMATS.load("model-py")):
        form.write(whole, tmp_path / form.FILE_NAME)
    source, weights = FORMATS.load("model-py"), tmp_path / "weights.safetensors"
    content, tensors = weights.read_bytes(), load_file(weights)
    assert source.program(tmp_path / "model.py")
    for length in (0, 9, len(content) // 2, len(content) - 1):
        weights.write_bytes(content[:length])
        with pytest.raises(SafetensorError):
            source.program(tmp_path / "model.py")
    name, tensor = next(iter(tensors.items()))
    save_file({**tensors, name: torch.cat([tensor, tensor])}, weights)
    with pytest.raises(RuntimeError, match=f"size mismatch for {name}"):
        source.program(tmp_path / "model.py")


# -- networks that are too large ------------------------------------------------------------------


def refused_before_it_is_built(spec: Any, folder: Path) -> str:
    """Refuse a spec, with a weights file that says it holds all it needs."""
    folder.mkdir(exist_ok=True)
    network = build(small()).eval()
    FORMATS.load("weights").write(exported(network), folder / "weights.safetensors")
    (folder / "spec.json").write_text(json.dumps(spec))
    try:
        load_export(folder)
    except Exception as error:
        text, code = scored(error)
        assert code == 2, text
        return text
    raise AssertionError("it was built")


def small() -> Any:
    sketch = Sketch((2, 4))
    x = sketch.add("flat", "flatten", "input")
    sketch.add("logits", "linear", x, out_features=3, bias=True)
    return sketch.finish()


def test_a_network_that_takes_too_much_memory_is_refused_before_any_is_taken(
    tmp_path: Path,
) -> None:
    with pytest.raises(AssertionError, match="it was built"):
        refused_before_it_is_built(small().to_json(), tmp_path / "small")
    wide = Sketch((2, 300_000_000))
    x = wide.add("average", "global_average_pool", "input")
    wide.add("logits", "linear", x, out_features=3, bias=True)
    text = refused_before_it_is_built(wide.finish().to_json(), tmp_path / "wide")
    assert "bytes for one example, expected at most" in text


def test_concatenating_again_and_again_ends(tmp_path: Path) -> None:
    """Forty times doubled, features and parts are more than fit anywhere, without a weight."""
    spec = small().to_json()
    logits = spec["nodes"].pop()
    last, size = spec["nodes"][-1]["name"], 8
    for number in range(40):
        size *= 2
        twice = {"name": f"twice{number}", "operation": "concatenate", "inputs": [last, last]}
        spec["nodes"].append({**twice, "attributes": {}, "shape": [size]})
        last = f"twice{number}"
    attributes = dict(logits["attributes"])
    spec["nodes"].append({**logits, "attributes": attributes, "inputs": [last]})
    assert "concatenates more than" in refused_before_it_is_built(spec, tmp_path / "out")


def test_tables_that_grow_with_the_square_of_a_size_count() -> None:
    sketch = Sketch((5, 100_000))
    genes = {"heads": 1, "head_size": 2, "window": 3, "rotary": True}
    x = sketch.add("look", "causal_attention", "input", **genes)
    x = sketch.add("merged", "merge_heads", x)
    x = sketch.add("average", "global_average_pool", x)
    sketch.add("logits", "linear", x, out_features=3, bias=True)
    spec = sketch.finish()
    assert spec.tables() == 100_000 * (100_000 + 2)
    assert bytes_at_work(spec) > MOST_AT_WORK
    assert 4 * (8 + 8) <= bytes_at_work(small()) <= 4 * (8 + 8 + 3)


@pytest.mark.parametrize("size", [10**9 + 1, 10**400], ids=["just", "far"])
def test_sizes_beyond_all_sense_are_named(tmp_path: Path, size: int) -> None:
    spec = small().to_json()
    spec["nodes"][-1]["attributes"] = {"out_features": size, "bias": True}
    assert "out_features is beyond" in refused_before_it_is_built(spec, tmp_path / "wide")
    spec = small().to_json()
    spec["input_shape"] = spec["nodes"][0]["shape"] = [2, size]
    assert "input shape" in refused_before_it_is_built(spec, tmp_path / "long")


def test_of_large_examples_few_are_given_at_once() -> None:
    sizes = []

    def network(x: torch.Tensor) -> torch.Tensor:
        sizes.append(len(x))
        return x[:, :3]

    task = TinyTask
    task.network = plain_network(NETWORKS["mlp"])
    data = task.load(None)
    answered(network, data.target, data.test, 7)
    assert max(sizes) == 7
    assert sum(sizes) == len(data.test)
