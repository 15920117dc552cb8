"""docs/own-model.md runs as it stands, with a tiny search: a user's network becomes smaller."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from genomes.importing.importer import import_module
from genomes.networks.network import Network
from tests.command_line import ENVIRONMENT, PATIENCE_SECONDS, ROOT, evo

TEXT = (ROOT / "docs" / "own-model.md").read_text(encoding="utf-8")
(FILE,) = re.findall(r"```python\n# mynet.py\n(.*?)```", TEXT, re.DOTALL)
(LANGUAGE_MODEL,) = re.findall(r"```python\n# mylm.py\n(.*?)```", TEXT, re.DOTALL)
(COMMAND,) = re.findall(r"^    evo (run .*)$", TEXT, re.MULTILINE)
SAID = re.findall(r"^    (model .*|   +head keeps.*)$", TEXT, re.MULTILINE)
TINY = "--generations 2 --population 4 --females 3 --stages 1,2 --runner serial --no-figures"
SAVE = "import torch, mynet; torch.save(mynet.make().state_dict(), 'weights.pt')"
LOAD = """
import torch
from model import Network
from safetensors.torch import load_file

network = Network().eval()
network.load_state_dict(load_file("weights.safetensors"))
assert network(torch.zeros(5, 1, 8, 8, dtype=torch.uint8)).shape == (5, 10)
"""


def python(folder: Path, program: str) -> None:
    """Run a program from a folder, where evo is not found."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**ENVIRONMENT, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_network_of_ones_own_is_read_searched_and_exported(tmp_path: Path) -> None:
    (tmp_path / "mynet.py").write_text(FILE)
    python(tmp_path, SAVE)
    printed = evo(tmp_path, *f"{COMMAND} {TINY}".split())
    for line in SAID:
        assert line.strip() in printed
    assert "the given network (19,930 parameters)" in printed
    evo(tmp_path, *["export", "mine", "--choose", "best", "--output", "out"])
    card = json.loads((tmp_path / "out" / "card.json").read_text())
    assert card["dense_parameters"] <= 19_930
    assert (card["baseline_name"], card["baseline_parameters"]) == ("the given network", 19_930)
    python(tmp_path / "out", LOAD)
    kept = torch.load(tmp_path / "weights.pt", weights_only=True)
    names = {name.replace(".", "__", name.count(".") - 1) for name in kept}
    source = (tmp_path / "out" / "model.py").read_text()
    for name in {name.rpartition(".")[0] for name in names}:
        assert f"self.{name} = " in source
    assert os.listdir(tmp_path / "results") == ["mine"]


def test_the_language_model_is_read() -> None:
    names: dict[str, Any] = {}
    exec(LANGUAGE_MODEL, names)
    module = names["make"]().double().eval()
    imported = import_module(module, (64,), stages=1, tokens=65)
    network = Network(imported.spec).double().eval()
    network.load_state_dict({**network.state_dict(), **imported.tensors})
    x = torch.randint(65, (2, 64))
    with torch.no_grad():
        torch.testing.assert_close(network(x), module(x), rtol=1e-8, atol=1e-8)


def test_what_is_wrong_with_it_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "mynet.py").write_text(FILE)
    printed = evo(tmp_path, "run", "--model", "mynet:made", code=2)
    assert "unknown function 'made'" in printed
    assert not (tmp_path / "results").exists()
