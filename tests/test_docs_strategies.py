"""docs/strategies.md: its tables are true; its operators and its strategy run as they stand."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import evo
from evo.breeding.operators import KINDS
from evo.cli import main
from evo.record.recorder import RunRecord
from evo.settings.operators import exchangeable
from evo.strategy import STRATEGIES
from tests.evo.points import enter

TEXT = (Path(__file__).resolve().parent.parent / "docs" / "strategies.md").read_text()
FILES = dict(re.findall(r"```python\n# (\w+)\.py\n(.*?)```", TEXT, re.DOTALL))
COMMANDS = re.findall(r"^evo run .*", TEXT, re.MULTILINE)
SMALL = [
    "--task", "npz:points.npz", "--runner", "serial", "--generations", "3", "--population", "6",
    "--females", "2", "--juvenile-epochs", "1", "--adult-epochs", "2", "--quiet",
    "--no-figures",
]  # fmt: skip

Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call the command line from a folder with the document's files."""
    enter(tmp_path, monkeypatch)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != ""])
    monkeypatch.setattr(STRATEGIES, "_added", {})
    for name, text in FILES.items():
        (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)

    def call(*arguments: str) -> Any:
        monkeypatch.setattr(sys, "argv", ["evo", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code

    return call


def rows(heading: str) -> dict[str, list[str]]:
    """Return the rows of the table with this heading, by the name in their first column."""
    table = TEXT.split(f"\n{heading}\n", 1)[1].split("\n\n", 1)[0].splitlines()[1:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in table]
    return {name.strip("`"): others for name, *others in cells}


def adults(name: str) -> list[Any]:
    with closing(RunRecord.open(Path("results") / name, read_only=True)) as record:
        return [member.objectives for member in record.adults()]


def test_every_strategy_is_described_with_its_operators() -> None:
    described = rows("| strategy | how it searches | operators |")
    assert sorted(described) == STRATEGIES.names()
    for name, (_, operators) in described.items():
        assert re.findall(r"`(\w+)`", operators) == exchangeable(name)


def test_every_operator_is_described_as_it_is_called() -> None:
    described = rows("| operator | what it does | called with |")
    assert described == {
        name: [kind.purpose, f"`{', '.join(kind.takes)}`"] for name, kind in KINDS.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_run(run: Run, command: str) -> None:
    arguments = command.split()[1:]
    name = [] if "--name" in arguments else ["--name", "unnamed"]
    assert run(*arguments, *SMALL, *name) == 0
    (folder,) = Path("results").iterdir()
    logbook = evo.load(folder).logbook
    assert logbook.select("generation") == [1, 2, 3]
    assert logbook.chapters["accuracy"].select("max")[0] > 0.0
    if folder.name == "newest":
        (example,) = re.findall(r"```python\n(run = .*?)```", TEXT, re.DOTALL)
        names: dict[str, Any] = {}
        exec(f"import evo\n{example}", names)
        assert names["generations"] == [1, 2, 3]
        assert len(names["best"]) == len(names["volumes"]) == 3


@pytest.mark.slow
def test_an_operator_that_breaks_down_is_named_and_the_run_goes_on_once_it_is_mended(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = ("--strategy", "nsga2", "--operator", "survive=newest:survive")
    assert run("run", *SMALL, *newest, "--name", "whole") == 0
    (tmp_path / "newest.py").write_text("def survive(individuals, k): return individuals[1:k]\n")
    monkeypatch.delitem(sys.modules, "newest")
    capsys.readouterr()
    assert run("run", *SMALL, *newest, "--name", "broken") == 1
    error = capsys.readouterr().err
    assert "operator survive (newest.survive) returned" in error
    assert "expected k=6" in error
    assert "`evo resume broken` continues it" in error
    assert "Traceback" not in error
    (tmp_path / "newest.py").unlink()
    monkeypatch.delitem(sys.modules, "newest")
    assert run("resume", "broken", "--quiet") == 2
    assert "cannot import newest" in capsys.readouterr().err
    (tmp_path / "newest.py").write_text(FILES["newest"])
    assert run("resume", "broken", "--quiet") == 0
    assert adults("broken") == adults("whole")
    whole, broken = (Path("results") / name / "pareto.csv" for name in ("whole", "broken"))
    assert broken.read_bytes() == whole.read_bytes()
    assert (
        "operators   survive=newest:survive" in (run("show", "broken"), capsys.readouterr())[1].out
    )
