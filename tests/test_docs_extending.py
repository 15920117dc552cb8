"""The steps of docs/extending.md, followed as they stand with throw-away plugins."""

from __future__ import annotations

import csv
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
TINY = (
    *("--generations", "1", "--population", "4", "--females", "2", "--juvenile-epochs", "1"),
    *("--adult-epochs", "2", "--seed", "1", "--runner", "serial", "--name", "run", "--quiet"),
    *("--no-figures", "--epoch-examples", "300"),
)
# Calls one command after the other in one process: a plugin may not stay in that of the tests.
# A form feed ends what each printed.
COMMANDS = """
import json, sys
from evo.cli import main
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["evo", *arguments]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
    print(end="\\f")
"""
SHOW = ("show", "results/run")
EXPORT = ("export", "results/run", "--output", "exported")


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


def evo_run(title: str, folder: Path, *then: Sequence[str]) -> list[str]:
    """Write a section's files, run its command, made tiny, and then others.

    The run is `results/run`. Return what each printed.
    """
    text = section(title)
    write_files(text, folder)
    (command,) = re.findall(r"^evo (run .*)$", text, re.MULTILINE)
    commands = json.dumps([[*command.split(), *TINY], *then])
    return python(folder, "-c", COMMANDS, commands).split("\f")[:-1]


def front(folder: Path) -> list[dict[str, str]]:
    with (folder / "results/run/pareto.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_an_operation_is_one_file(tmp_path: Path) -> None:
    evo_run("An operation of networks", tmp_path, EXPORT)
    python(tmp_path, "check_scale.py")
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


def test_a_metric_is_one_file(tmp_path: Path) -> None:
    _, shown, _ = evo_run("A metric", tmp_path, SHOW, EXPORT)
    rows = front(tmp_path)
    assert all(0 < float(row["top_two"]) <= 1 for row in rows)
    assert {"test_top_two", "remeasured_top_two"} <= set(rows[0])
    assert "top-two accuracy" in shown
    card = json.loads((tmp_path / "exported" / "card.json").read_text(encoding="utf-8"))
    assert card["metric"] == "top_two"
    assert 0 < card["test_top_two"] <= 1


def test_an_objective_is_one_file(tmp_path: Path) -> None:
    evo_run("An objective", tmp_path)
    assert all(2 < float(row["depth"]) < 200 for row in front(tmp_path))


def test_a_kind_of_target_is_one_file(tmp_path: Path) -> None:
    _, shown, _ = evo_run("A kind of target", tmp_path, SHOW, EXPORT)
    rows = front(tmp_path)
    assert all(0 < float(row["deviance"]) < 9 for row in rows)  # 4.3 is that of the mean
    assert "Poisson regression" in shown
    source = (tmp_path / "exported" / "model.py").read_text(encoding="utf-8")
    assert "Output: (N, 1) logarithms of rates." in source
    assert "numbers = outputs.exp().tolist()" in source


def test_a_kind_of_predictor_is_one_file(tmp_path: Path) -> None:
    evo_run("A kind of predictor", tmp_path)
    record = sqlite3.connect(tmp_path / "results/run/run.sqlite")
    females = [
        json.loads(text)
        for (text,) in record.execute("SELECT json FROM genomes WHERE sex = 'female'")
    ]
    assert females
    assert all("median" in json.dumps(female["chromosomes"]["predictor"]) for female in females)
