"""`evo.run` and `evo.resume`, on a user's own small data."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import evo
from evo.running.session import start
from evo.settings.config import build
from fitness.data.task import Split, Task
from fitness.data.task_reference import TaskReference
from fitness.targets.classes import Classes
from tests.evo.points import enter

pytestmark = pytest.mark.slow

SHORT: dict[str, Any] = {
    "runner": "serial", "generations": 2, "population": 4, "females": 2, "sons": 4,
    "daughters": 1, "brood": 2, "juvenile_epochs": 1, "adult_epochs": 2,
}  # fmt: skip
MODULE = """
from tests.evo.python.test_network_run import made
def make_task():
    return made()
"""


def made(name: str = "sums", seed: int = 1) -> Task:
    """Make a task of vectors whose class is the sign of a sum."""
    x = np.random.default_rng(seed).normal(size=(150, 3))
    y = (x[:, 0] + x[:, 1] > 0).astype(int)
    parts = [Split(x[i : i + 50], y[i : i + 50]) for i in (0, 50, 100)]
    return Task(name, "the sign of a sum", Classes(2), *parts)


class Witness:
    """A listener that takes notes; interrupts after so many trainings."""

    def __init__(self, interrupt_after: int | None = None) -> None:
        self.left = interrupt_after
        self.heard: list[str] = []

    def started(self, folder: Path, text: str) -> None:
        self.heard.append(f"started {folder.name}")

    def generation(self, summary: Mapping[str, Any]) -> None:
        self.heard.append(f"generation {summary['generation']}")

    def progress(self, done: int, total: int, stage: str) -> None:
        if self.left is not None:
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt

    def note(self, text: str) -> None:
        self.heard.append(text)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return enter(tmp_path, monkeypatch)


def front(run: evo.Tables) -> bytes:
    return run.folder.pareto.read_bytes()


def test_a_run_is_that_of_the_command_line_and_is_what_load_returns(here: Path) -> None:
    witness = Witness()
    run = evo.run("npz:points.npz", name="mine", listener=witness, **SHORT)
    assert run.folder.path == here / "results" / "mine"
    same = start(build({**SHORT, "task": "npz:points.npz", "name": "same"}), Witness())
    assert front(run) == (same.folder / "pareto.csv").read_bytes()
    assert run.front.equals(evo.load("mine").front)
    assert witness.heard[0] == "started mine"
    assert [text for text in witness.heard if text.startswith("generation")] == [
        "generation 1", "generation 2",
    ]  # fmt: skip
    assert (run.folder.figures / "front.png").is_file()
    assert run.folder.report.is_file()


def test_a_run_prints_as_a_summary_and_is_a_table_and_a_figure_in_a_notebook() -> None:
    run = evo.run("npz:points.npz", **SHORT)
    first, second, third, columns, *rows = repr(run).splitlines()
    assert first.startswith("Run results/points-001 of npz:")
    assert first.endswith(": finished, generation 2 of 2")
    assert second.startswith("Hypervolume ")
    assert third == f"Front of {len(run.front)}:"
    assert columns.split()[:3] == ["genome", "accuracy", "active_parameters"]
    best = run.front.sort_values("accuracy", ascending=False, kind="stable")["genome"]
    assert [row.split()[0] for row in rows] == best.tolist()
    page = run._repr_html_()
    assert page.count("<tr") == len(run.front) + 1
    assert "<svg" in page
    assert run.figure("hypervolume").axes
    with pytest.raises(evo.BadInput, match="unknown figure 'volume'"):
        run.figure("volume")


def test_a_task_object_gives_the_history_of_the_same_task_by_name(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "sums_module.py").write_text(MODULE)
    monkeypatch.setattr(sys, "path", [str(here), *sys.path])
    given, named = made(), evo.run("sums_module:make_task", name="named", **SHORT)
    run = evo.run(given, **SHORT)
    assert run.folder.name == "sums-001"
    assert repr(run).startswith("Run results/sums-001 of sums: finished")
    assert front(run) == front(named)
    assert "<svg" not in run.folder.log.read_text()
    assert "Not drawn" not in run.folder.report.read_text(encoding="utf-8")


def test_a_task_object_that_is_gone_has_to_be_passed_again() -> None:
    run = evo.run(made(), **{**SHORT, "generations": 1})
    name, folder = TaskReference(f"object:{made().fingerprint()}:sums"), run.folder.path
    assert name.load() is run.task
    del run
    gc.collect()
    for again in (name.load, lambda: evo.resume(folder, generations=2)):
        with pytest.raises(evo.BadInput, match=r"pass it: evo\.resume\(RUN, task=TASK\)"):
            again()
    with pytest.raises(evo.BadInput, match="the same data under the same name"):
        evo.resume(folder, generations=2, task=made(seed=2))
    longer = evo.resume(folder, generations=2, task=made())
    assert front(longer) == front(evo.run(made(), name="whole", **SHORT))
    exported = evo.load(folder, task=longer.task).export(output="exported")
    assert (exported / "model.py").is_file()


def test_a_function_may_take_the_objects_place(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = evo.run(made(), **{**SHORT, "generations": 1})
    config, name = run.folder.config, f"object:{made().fingerprint()}:sums"
    del run
    gc.collect()
    (here / "sums_again.py").write_text(MODULE)
    monkeypatch.setattr(sys, "path", [str(here), *sys.path])
    config.write_text(config.read_text().replace(name, "sums_again:make_task"))
    assert evo.resume("sums-001", generations=2).generations["generation"].tolist() == [1, 2]


def test_rays_workers_share_a_task_object() -> None:
    given = made()
    shared = evo.run(given, name="shared", **{**SHORT, "runner": "ray", "workers": 1})
    assert front(shared) == front(evo.run(given, name="alone", **SHORT))


@pytest.mark.parametrize(
    ("task", "settings", "message"),
    [
        (3, {}, "received task=3, expected the name of a task"),
        ("digitz", {}, "'digits'"),
        ("npz:nowhere.npz", {}, "there is no file"),
        ("npz:points.npz", {"generations": 0}, "received generations=0, expected at least 1"),
        ("npz:points.npz", {"progress": "bar"}, "received progress='bar', expected 'auto'"),
        ("npz:points.npz", {"listener": print}, r"expected the methods started\(folder, text\)"),
        ("npz:points.npz", {"metric": "r2"}, "metric r2 is for values"),
        ("npz:points.npz", {"plugins": ["no_such"]}, "plugins= no_such: cannot import it"),
        ("npz:points.npz", {"warm_start": "gone"}, "there is no run 'gone'"),
        ("npz:points.npz", {"config": "gone.toml"}, "there is no config file gone.toml"),
    ],
)
def test_what_does_not_fit_is_bad_input_and_nothing_is_written(
    here: Path, task: Any, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(evo.BadInput, match=message):
        evo.run(task, **{**SHORT, **settings})
    assert not (here / "results").exists()


def test_an_interrupted_run_goes_on_where_it_was() -> None:
    whole = evo.run("npz:points.npz", name="whole", **SHORT)
    with pytest.raises(evo.Interrupted) as stop:
        evo.run("npz:points.npz", name="cut", listener=Witness(interrupt_after=3), **SHORT)
    cut = evo.load("cut")
    assert stop.value.folder == cut.folder.path
    assert ": interrupted, generation 0 of 2" in repr(cut)
    assert "The front is empty" in cut._repr_html_()
    assert front(evo.resume(cut, workers=None)) == front(whole)
    with pytest.raises(evo.BadInput, match="received generations=1, but cut was already asked"):
        evo.resume("cut", generations=1)
    with pytest.raises(evo.BadInput, match="unknown argument 'population'"):
        evo.resume("cut", population=8)  # type: ignore[call-arg]


def test_a_notebook_shows_the_run_below_the_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[str] = []
    handle = SimpleNamespace(update=pages.append)
    display = SimpleNamespace(HTML=str, display=lambda page, display_id: handle)
    shell = SimpleNamespace(kernel=object())
    fake = SimpleNamespace(display=display, get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", fake)  # type: ignore[arg-type]
    evo.run("npz:points.npz", **SHORT)
    assert "generation 2 of 2" in pages[-1]
    assert "<br>run results/points-001<br>" in pages[-1]
    assert "value='1.0000'" in pages[-1]


def test_elsewhere_a_line_a_generation_is_shown_if_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    evo.run("npz:points.npz", name="silent", **SHORT)
    assert capsys.readouterr() == ("", "")
    evo.run("npz:points.npz", name="told", progress=True, **SHORT)
    out, told = capsys.readouterr()
    assert out == ""
    assert "run results/told" in told
    assert [line[:14] for line in told.splitlines() if line.startswith("generation")] == [
        "generation 1/2", "generation 2/2",
    ]  # fmt: skip


def test_a_forecast_says_what_a_run_would_take_and_writes_nothing(here: Path) -> None:
    found = evo.forecast(made(), **{**SHORT, "generations": 5})
    assert (found.expected.generations, found.expected.workers) == (5, 1)
    assert 0 < found.expected.epochs <= found.expected.epochs_in_full
    assert found.expected.wall_seconds[0] <= found.expected.wall_seconds[2]
    assert ", 5 generations on 1 worker, from a few founders that were" in repr(found)
    assert "partly trained" in repr(found)
    assert not (here / "results").exists()
    with pytest.raises(evo.BadInput, match="received generations=0, expected at least 1"):
        evo.forecast(made(), generations=0)
