"""An export works where evo does not exist, computes the same, and appears whole or not at all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from evo.errors import BadInput
from evo.export.export_format import FORMATS
from evo.export.exported import Exported, plain_network
from evo.export.folder import write_export
from tests.evo.bred_networks import bred_network
from tests.evo.exports import (
    CLASSES,
    FACTS,
    exported,
    gated_network,
    inputs,
    random_export,
    random_network,
)

FILES = {
    "README.md",
    "card.json",
    "model.pt2",
    "model.py",
    "spec.json",
    "weights.safetensors",
}

# Runs in a process that has torch and safetensors, but cannot import evo.
STRANGER = """
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

torch.set_num_threads(1)
for package in ("evo", "genomes", "fitness", "runners"):
    try:
        __import__(package)
    except ImportError:
        continue
    sys.exit(f"{package} can be imported here, the test would show nothing")
for folder in map(Path, sys.argv[1:]):
    namespace = {"__name__": "model"}
    exec((folder / "model.py").read_text(), namespace)
    network = namespace["Network"]()
    network.load_state_dict(load_file(folder / "weights.safetensors"))
    network.eval()
    program = torch.export.load(folder / "model.pt2").module()
    answers = {}
    for name, x in load_file(folder / "inputs.safetensors").items():
        with torch.inference_mode():
            answers[f"source{name}"] = network(x)
            answers[f"program{name}"] = program(x)
    save_file(answers, folder / "answers.safetensors")
"""


@pytest.mark.slow
def test_an_export_computes_the_same_where_evo_cannot_be_imported(tmp_path: Path) -> None:
    networks = {}
    for family in ("cnn", "cnn1d", "mlp", "modular", "neat"):
        for seed, make in ((1, random_network), (3, gated_network)):
            folder = tmp_path / f"{family}{seed}"
            networks[folder] = make(family, seed)
            write_export(exported(plain_network(networks[folder]), "digits", FACTS), folder)
            batches = {str(size): inputs(networks[folder], size) for size in (1, 7)}
            save_file(batches, folder / "inputs.safetensors")
    networks[tmp_path / "bred"] = bred_network()
    write_export(exported(plain_network(bred_network()), "digits", FACTS), tmp_path / "bred")
    batches = {str(size): inputs(bred_network(), size) for size in (1, 7)}
    save_file(batches, tmp_path / "bred" / "inputs.safetensors")
    script = tmp_path / "stranger" / "script.py"
    script.parent.mkdir()
    script.write_text(STRANGER)
    # -I: neither the current folder nor PYTHONPATH; -S and the paths below: no site-packages
    # hooks, so not an editable installation of evo either.
    libraries = [str(Path(module.__file__ or "").parents[1]) for module in (torch,)]
    launcher = f"import sys; sys.path += {libraries!r}; exec(open({str(script)!r}).read())"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", launcher, *map(str, networks)],
        cwd=script.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for folder, network in networks.items():
        answers = load_file(folder / "answers.safetensors")
        for size in (1, 7):
            with torch.inference_mode():
                expected = network(inputs(network, size))
            assert expected.shape == (size, CLASSES)
            tolerance = 1e-5 * float(expected.abs().max())
            for kind in ("source", "program"):
                found = answers[f"{kind}{size}"]
                torch.testing.assert_close(found, expected, rtol=1e-4, atol=tolerance)


def test_the_folder_holds_what_is_promised(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "export"
    exported = random_export("cnn", 4)
    write_export(exported, folder)
    assert {path.name for path in folder.iterdir()} == FILES
    assert list(folder.parent.iterdir()) == [folder]
    card = json.loads((folder / "card.json").read_text())
    measured = {name for name in card if name.endswith("_bytes")} | {"largest_difference"}
    assert exported.card.items() <= card.items()
    assert card.keys() - exported.card.keys() <= measured
    assert card["weights_bytes"] == (folder / "weights.safetensors").stat().st_size
    assert not any(isinstance(value, list | dict) for value in card.values())
    assert load_file(folder / "weights.safetensors").keys() == exported.network.tensors().keys()
    assert (folder / "weights.safetensors").stat().st_mode == (folder / "card.json").stat().st_mode


def test_the_readme_states_figures_loading_and_classes(tmp_path: Path) -> None:
    network = plain_network(random_network("mlp", 4))
    write_export(exported(network, "flowers", FACTS, ("iris", "rose", "tulip")), tmp_path / "out")
    text = (tmp_path / "out" / "README.md").read_text()
    for phrase in (
        "# A network for flowers",
        "`g17`",
        'network.load_state_dict(load_file("weights.safetensors"))',
        "| test accuracy | 96.00 % |",
        "| active parameters | 1,200 |",
        "The classes are: 0 iris, 1 rose, 2 tulip.",
        "shape (N, 6)",
    ):
        assert phrase in text


def test_the_program_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    write_export(random_export("mlp", 4), tmp_path / "out")
    contents = (tmp_path / "out" / "model.pt2").read_bytes()
    assert str(Path.cwd()).encode() not in contents
    assert b"stack_trace" not in contents


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    write_export(random_export("mlp", 4), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == FILES


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    exported = random_export("mlp", 4)
    kept = tmp_path / "folder" / "precious.txt"
    kept.parent.mkdir()
    kept.write_text("mine")
    with pytest.raises(BadInput, match="exists already, a folder that is not empty"):
        write_export(exported, kept.parent)
    with pytest.raises(BadInput, match="exists already, no folder"):
        write_export(exported, kept)
    assert kept.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["folder", "precious.txt"]


def test_a_failing_format_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        FILE_NAME = "z"

        @staticmethod
        def write(exported: Exported, path: Path) -> None:
            raise OSError("disk full")

    monkeypatch.setitem(FORMATS._added, "zz-last", Failing)
    with pytest.raises(OSError, match="disk full"):
        write_export(random_export("mlp", 4), tmp_path / "out")
    assert os.listdir(tmp_path) == []


def test_tokens_are_exported_with_what_they_stand_for(tmp_path: Path) -> None:
    exported = random_export("transformer", 3)
    write_export(exported, tmp_path / "out")
    assert set(os.listdir(tmp_path / "out")) == FILES | {"vocabulary.json"}
    written = json.loads((tmp_path / "out" / "vocabulary.json").read_text())
    assert written == {"kind": "character", "tokens": ["\n", "a", "b"]}
    readme = (tmp_path / "out" / "README.md").read_text()
    assert "tokens, whole numbers below 3: `vocabulary.json` says" in readme
    assert "`outputs` has shape (N, 3, 7): logits of the token that follows" in readme
