"""The steps of docs/extending.md, followed as they stand with throw-away plugins."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
TINY = (
    *("--generations", "1", "--population", "4", "--females", "2", "--juvenile-epochs", "1"),
    *("--adult-epochs", "2", "--seed", "1", "--runner", "serial", "--name", "run", "--quiet"),
)
EVO = "from evo.cli import main; main()"


def section(title: str) -> str:
    """Return what stands under a heading."""
    (found,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
    return found


def write_files(text: str, folder: Path) -> None:
    """Write the code of a text: its first line says into which file, one part after the other."""
    for name, code in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", text, re.DOTALL):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(code)


def python(folder: Path, *arguments: str) -> str:
    """Run Python in a folder; return what it printed."""
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    result = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_an_operation_is_one_file(tmp_path: Path) -> None:
    text = section("An operation of networks")
    write_files(text, tmp_path)
    python(tmp_path, "check_scale.py")
    (command,) = re.findall(r"^evo (run .*)$", text, re.MULTILINE)
    python(tmp_path, "-c", EVO, *command.split(), *TINY)
    python(tmp_path, "-c", EVO, "export", "results/run", "--output", "exported")
    source = (tmp_path / "exported" / "model.py").read_text(encoding="utf-8")
    assert "class Scale(nn.Module):" in source
    assert re.search(r"self\.\w+_scale = Scale\(\d+\)", source)
    nodes = json.loads((tmp_path / "exported" / "spec.json").read_text("utf-8"))["nodes"]
    assert "scale" in {node["operation"] for node in nodes}


def test_all_that_can_be_said_of_an_operation_is_listed() -> None:
    from genomes.graph.operation import Operation

    members = {name: m for name, m in vars(Operation).items() if not name.startswith("_")}
    public = {name for name, m in members.items() if not isinstance(m, property | cached_property)}
    listed = set(re.findall(r"`(\w+)`", section("An operation of networks")))
    internal = {"normalization", "skips_closed", "closes", "rank"}  # of the inputs; of gates
    assert public - internal - listed == set()
