"""`~` was taken for a folder's name, and a function that changed the working directory moved runs.

Every path is made absolute before a user's code runs; what is printed is short and can be pasted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import evo
from evo.cli import main
from evo.files.paths import absolute, called_here, quoted, run_argument, shown
from evo.record.run_folder import RunFolder
from evo.settings.config import build, located

TINY = [
    "--population", "4", "--females", "2", "--juvenile-epochs", "1", "--adult-epochs", "2",
    "--generations", "1", "--runner", "serial",
]  # fmt: skip
WANDERER = """
import os
import numpy as np
from fitness.data.task import Split, Task
from fitness.targets.classes import Classes

def make_task():
    os.chdir("elsewhere")
    rng = np.random.default_rng(0)
    def split(n):
        y = np.arange(n, dtype=np.int64) % 2
        return Split((rng.normal(size=(n, 4)) + y[:, None]).astype(np.float32), y)
    return Task("wanderer", "changes the folder", Classes(2), split(60), split(20), split(20))
"""


Called = Callable[..., str]


@pytest.fixture
def called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Called:
    """Call the command line in this process, from a folder that is the user's home, too."""
    monkeypatch.setenv("HOME", str(tmp_path))

    def call(*arguments: str) -> str:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["evo", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        printed = "".join(capsys.readouterr())
        assert end.value.code == 0, printed
        return printed

    return call


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_task_that_changes_the_folder_moves_nothing(tmp_path: Path, called: Called) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "wanderer.py").write_text(WANDERER)
    said = called("run", "--task", "wanderer:make_task", "--name", "a", "--storage=~/m", *TINY)
    assert "results/a/report.html" in said  # as one reads it where the command was typed
    assert str(tmp_path) not in said
    called("export", "a")
    called("resume", "a", "--generations", "2")
    assert files(tmp_path / "elsewhere") == set()
    assert {"a/run.sqlite", "a/config.toml", "a/pareto.csv"} <= files(tmp_path / "results")
    assert "a/run.sqlite" in files(tmp_path / "m")
    (exported,) = (tmp_path / "exports").iterdir()
    assert (exported / "model.py").is_file()


@pytest.mark.slow
def test_a_function_that_changes_the_folder_moves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)

    def wander(parameters, epochs, seed, checkpoint):  # type: ignore[no-untyped-def]
        os.chdir(tmp_path / "elsewhere")
        return evo.Outcome({"loss": parameters["x"] ** 2})

    result = evo.search(
        {"x": evo.Real(-1, 1)}, wander, objectives={"loss": "min"}, epochs=1, generations=2,
        population=4, results="results", name="a",
    )  # fmt: skip
    assert files(tmp_path / "elsewhere") == set()
    assert result.folder == tmp_path / "results/a"
    assert "a/report.html" in files(tmp_path / "results")


@pytest.mark.slow
def test_home_is_expanded_in_every_option_that_takes_a_path(
    tmp_path: Path, called: Called
) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(100) % 2
    np.savez(tmp_path / "mine.npz", x=rng.normal(size=(100, 4)) + y[:, None], y=y)
    called(
        "run", "--task=npz:~/mine.npz", "--results=~/runs", "--storage=~/mirror",
        "--data-dir=~/data", "--name", "a", *TINY,
    )  # fmt: skip
    run = "~/runs/a"
    called("runs", "--results=~/runs")
    called("show", run)
    called("report", run, "--output=~/page.html")
    called("export", run, "--output=~/exported")
    called("evaluate", "~/exported", "--task=npz:~/mine.npz", "--data-dir=~/data")
    called("template", "~/template", "--task=npz:~/mine.npz")
    called("resume", "~/mirror/a")
    (genome, *_) = evo.load(tmp_path / "runs/a").front["genome"]
    called("lineage", run, genome, "--output=~/tree.svg")
    assert not any("~" in name for name in files(tmp_path))
    assert {"page.html", "tree.svg", "exported/model.py", "template/plot.py"} <= files(tmp_path)


@pytest.mark.parametrize("key", ["data_dir", "storage", "warm_start"])
def test_a_config_from_python_is_as_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert getattr(located(build({key: "~/x"})), key) == str(tmp_path / "home/x")
    assert getattr(located(build({key: "x"})), key) == str(tmp_path / "x")
    assert located(build({"task": "npz:~/x.npz"})).task == f"npz:{tmp_path / 'home/x.npz'}"


def test_a_run_folder_stays_where_it_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    folder = RunFolder(Path("results/a"))
    monkeypatch.chdir("elsewhere")
    assert folder.database == tmp_path / "results/a/run.sqlite"


def test_an_unknown_home_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute("~nobody-of-this-name/x") == tmp_path / "~nobody-of-this-name/x"


@pytest.mark.parametrize(
    ("folder", "argument"),
    [
        ("results/first", "first"),
        ("other/first", "other/first"),
        ("other place/it's", "'other place/it'\"'\"'s'"),
        ("results/two words", "'two words'"),
        ("/far/away", "/far/away"),
    ],
)
def test_a_printed_command_can_be_pasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, argument: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_argument(tmp_path / folder) == argument


def test_what_is_shown_refers_to_where_the_command_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with called_here():
        monkeypatch.chdir("elsewhere")
        assert shown(tmp_path / "results/a") == "results/a"
        assert shown(tmp_path / "elsewhere/b") == "elsewhere/b"
        assert run_argument(tmp_path / "results/a") == "a"
        assert quoted(tmp_path / "a b") == "'a b'"
