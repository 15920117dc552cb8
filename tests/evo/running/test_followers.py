"""Runs with a storage and loggers, in this process: killed, resumed elsewhere, and in trouble."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evo.cli.exits import scored
from evo.engine.logger import LOGGERS
from evo.errors import BadInput, Interrupted
from evo.files.atomic_file import RecordError, full_disk
from evo.record.recorder import RunRecord
from evo.record.run_folder import RunFolder
from evo.running.fetching import fetch, is_mirror
from evo.running.followers import Following, publish
from evo.running.session import Ending, resume, start
from evo.settings.config import build, load_toml
from evo.storage.claim import CLAIM, LOCAL, read_claim
from evo.storage.mirror import Mirror
from evo.storage.places import StorageError, StorageFolder
from tests.evo.engine.test_logger import Notebook
from tests.evo.points import enter
from tests.evo.running.test_session import Witness, config, front_of

pytestmark = pytest.mark.slow
HEIRS = {"inherit": "all", "strategy": "nsga2", "generations": 3}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return enter(tmp_path, monkeypatch)


@pytest.fixture
def undisturbed() -> Ending:
    return start(config(name="undisturbed"), Witness())


def events(path: Path) -> list[str]:
    with closing(RunRecord.open(path, read_only=True)) as record:
        return [event.text for event in record.store.events() if event.level == "warning"]


# -- storage -------------------------------------------------------------------------------------


def test_a_run_goes_on_elsewhere_from_its_mirror(undisturbed: Ending, folder: Path) -> None:
    with pytest.raises(Interrupted):
        start(config(name="mine", storage="shared"), Witness(interrupt_after=7))
    (folder / "results").rename("lost")
    found = fetch("shared/mine")
    assert found == folder / "results/mine"
    assert load_toml(found / "config.toml").storage == str(folder / "shared")
    outcome = resume(found, Witness())
    assert front_of(outcome.folder) == front_of(Path("lost/undisturbed"))
    assert front_of(Path("shared/mine")) == front_of(outcome.folder)
    assert resume(fetch("shared/mine"), Witness()).reason == "already finished"
    assert not list(folder.rglob("*.partial"))


@pytest.mark.parametrize("settings", [{}, HEIRS], ids=["plain", "heirs"])
def test_killed_after_any_sync_it_goes_on(
    settings: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a driver is killed, its claim stays; it has expired by the time we come."""
    sync = Mirror.sync

    def and_copy(self: Mirror) -> None:
        sync(self)
        number = len(list(folder.glob("killed-*")))
        shutil.copytree("shared/mine", f"killed-{number}/mine")

    with monkeypatch.context() as patch:
        patch.setattr(Mirror, "sync", and_copy)
        whole = start(config(name="mine", storage="shared", **settings), Witness())
    expected = front_of(whole.folder)
    shutil.rmtree("results")
    copies = sorted(folder.glob("killed-*"))
    assert len(copies) >= 2
    for copy in copies:
        claim = read_claim(StorageFolder(copy / "mine"))
        assert claim is not None
        expired = replace(claim, host="elsewhere", time=claim.time - 3600)
        (copy / "mine" / CLAIM).write_bytes(expired.to_bytes())
        assert front_of(resume(fetch(str(copy / "mine")), Witness()).folder) == expected
        assert front_of(copy / "mine") == expected
        shutil.rmtree("results")


def test_an_object_store_does_as_well(undisturbed: Ending, folder: Path) -> None:
    with pytest.raises(Interrupted):
        start(config(name="mine", storage="memory://bucket/runs"), Witness(interrupt_after=5))
    (folder / "results/mine").rename("lost")
    assert is_mirror("memory://bucket/runs/mine")
    outcome = resume(fetch("memory://bucket/runs/mine"), Witness())
    assert front_of(outcome.folder) == front_of(undisturbed.folder)


def test_a_run_that_is_driven_elsewhere_is_left_alone(folder: Path) -> None:
    start(config(name="mine", storage="shared", generations=1), Witness())
    claim = read_claim(StorageFolder(folder / "shared/mine"))
    assert claim is not None
    busy = replace(claim, host="elsewhere", at_work=True)
    (folder / "shared/mine" / CLAIM).write_bytes(busy.to_bytes())
    before = (folder / "results/mine/config.toml").read_bytes()
    for act in (
        lambda: resume(Path("results/mine"), Witness(), generations=2),
        lambda: fetch("shared/mine"),
    ):
        with pytest.raises(BadInput, match=r"process \d+ on elsewhere seems to be at work"):
            act()
    assert (folder / "results/mine/config.toml").read_bytes() == before


def test_an_older_copy_does_not_overwrite_what_went_on(folder: Path) -> None:
    start(config(name="mine", storage="shared", generations=1), Witness())
    (folder / "results").rename("older")
    resume(fetch("shared/mine"), Witness(), generations=2)
    went_on = front_of(Path("shared/mine"))
    shutil.rmtree("results")
    (folder / "older").rename("results")
    for act in (
        lambda: resume(Path("results/mine"), Witness(), generations=3),
        lambda: fetch("shared/mine"),
    ):
        with pytest.raises(BadInput, match="has gone on elsewhere"):
            act()
    assert front_of(Path("shared/mine")) == went_on


def test_a_mirror_copied_back_by_hand_is_the_run(folder: Path) -> None:
    start(config(name="mine", storage="shared", generations=1), Witness())
    shutil.rmtree("results/mine")
    shutil.copytree("shared/mine", "results/mine")
    assert fetch("results/mine") == folder / "results/mine"
    assert (folder / "results/mine" / LOCAL).is_file()
    assert resume(Path("results/mine"), Witness(), generations=2).reason == "generations"


def test_a_storage_that_fails_stops_nothing_and_is_told(
    undisturbed: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Mirror) -> None:
        raise StorageError("shared/mine: No space left on device")

    witness = Witness()
    with monkeypatch.context() as patch:
        patch.setattr(Mirror, "sync", full)
        outcome = start(config(name="mine", storage="shared"), witness)
        assert publish(outcome.folder) == [witness.notes[-1]]
    assert front_of(outcome.folder) == front_of(undisturbed.folder)
    assert "The storage is NOT up to date: shared/mine: No space" in witness.notes[-1]
    assert any("the storage is behind" in text for text in events(outcome.folder))
    assert publish(outcome.folder) == []
    assert front_of(Path("shared/mine")) == front_of(outcome.folder)


def test_a_full_disk_of_the_driver_ends_the_run_and_loses_nothing(
    undisturbed: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = RunFolder.write_snapshot

    def full(self: RunFolder, number: int, state: dict[str, Any]) -> None:
        if number == 2:
            raise RecordError(full_disk(self.path))
        original(self, number, state)

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "write_snapshot", full)
        with pytest.raises(RecordError, match="the disk is full") as caught:
            start(config(name="mine", storage="shared"), Witness())
    assert scored(caught.value)[1] == 1
    shutil.rmtree("results/mine")
    outcome = resume(fetch("shared/mine"), Witness())
    assert front_of(outcome.folder) == front_of(undisturbed.folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"storage": "points.npz"}, "Not a directory"),
        ({"storage": "ftp://host/runs"}, "Mount other file systems"),
        ({"loggers": ("mlfow",)}, "'mlflow'"),
    ],
)
def test_bad_settings_leave_nothing_behind(
    folder: Path, changes: dict[str, Any], message: str
) -> None:
    for name in ("mine", None):
        with pytest.raises(BadInput, match=message):
            start(config(name=name, **changes), Witness())
    assert [path.name for path in folder.iterdir()] == ["points.npz"]


def test_a_logger_that_is_not_installed_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow.entities", None)
    monkeypatch.delitem(sys.modules, "evo.loggers.mlflow", raising=False)
    monkeypatch.setattr(LOGGERS, "_loaded", {})
    with pytest.raises(BadInput, match=r"pip install 'evo-nas\[mlflow\]'") as caught:
        start(config(loggers=("mlflow",), storage="shared"), Witness())
    assert scored(caught.value)[1] == 2
    assert [path.name for path in folder.iterdir()] == ["points.npz"]


def test_a_name_that_is_taken_in_the_storage(folder: Path) -> None:
    first = start(config(storage="shared", generations=1), Witness()).folder
    shutil.rmtree("results")
    second = start(config(storage="shared", generations=1), Witness()).folder
    assert (first.name, second.name) == ("points-001", "points-002")
    with pytest.raises(BadInput, match=r"exists already\. Continue it with `evo resume"):
        start(config(storage="shared", name="points-001"), Witness())


def test_what_is_no_mirror_is_not_fetched(folder: Path) -> None:
    (folder / "shared/empty").mkdir(parents=True)
    with pytest.raises(BadInput, match="is not the mirror of a run"):
        fetch("shared/empty")
    (folder / "shared/empty" / CLAIM).write_text('{"drivers": ["x"], "host": "h", "process": 1, '
                                                 '"time": 0, "at_work": false}')  # fmt: skip
    with pytest.raises(BadInput, match="holds nothing of a run yet"):
        fetch("shared/empty")
    assert not (folder / "results").exists()


def test_files_outside_the_run_are_not_written(folder: Path) -> None:
    start(config(name="mine", storage="shared", generations=1), Witness())
    shutil.rmtree("results")
    sizes = StorageFolder.sizes

    def hostile(self: StorageFolder) -> dict[str, int]:
        return {**sizes(self), "../../evil": 3}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StorageFolder, "sizes", hostile)
        with pytest.raises(BadInput, match=r"holds a file '../../evil'"):
            fetch("shared/mine")
    assert not list(folder.rglob("evil"))
    assert not list((folder / "results").iterdir())


# -- loggers -------------------------------------------------------------------------------------


@pytest.fixture
def notebooks(monkeypatch: pytest.MonkeyPatch) -> list[Notebook]:
    """The notebooks of all drivers; each breaks at generation 5."""
    made: list[Notebook] = []

    def make(folder: Path, settings: Mapping[str, str]) -> Notebook:
        made.append(Notebook(breaks_at=5))
        made[-1].heard.append((folder, settings["task"][:4]))
        return made[-1]

    monkeypatch.setattr(LOGGERS, "_added", {"notebook": SimpleNamespace(make=make)})
    return made


def test_loggers_hear_what_the_record_holds(notebooks: list[Notebook]) -> None:
    with pytest.raises(Interrupted):
        start(config(name="mine", loggers=("notebook",)), Witness(interrupt_after=7))
    outcome = resume(Path("results/mine"), Witness())
    assert publish(outcome.folder) == []
    first, second, third = (notebook.heard for notebook in notebooks)
    assert first[0] == second[0] == (outcome.folder, "npz:")
    with closing(RunRecord.open(outcome.folder, read_only=True)) as record:
        expected = [s["hypervolume"] for s in record.store.generations()]
    told = [entry for entry in [*first, *second] if isinstance(entry[1], dict)]
    assert [(number, figures["hypervolume"]) for number, figures in told] == [
        (1, expected[0]), (2, expected[1]),
    ]  # fmt: skip
    assert (first[-1], second[-1]) == (("close", False), ("close", True))
    assert third[1:] == ["end", ("close", True)]


def test_a_logger_that_fails_stops_nothing(
    undisturbed: Ending, notebooks: list[Notebook], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = SimpleNamespace(make=lambda folder, settings: Notebook(breaks_at=1))
    monkeypatch.setitem(LOGGERS._added, "broken", broken)
    witness = Witness()
    outcome = start(config(name="mine", loggers=("broken", "notebook")), witness)
    assert front_of(outcome.folder) == front_of(undisturbed.folder)
    assert len(notebooks[0].heard) == 4  # made, two generations, closed
    (text,) = events(outcome.folder)
    assert text.startswith("logger broken stopped: ConnectionError")
    assert witness.notes.count(text) == 1


def test_settings_are_flat_texts() -> None:
    config = build({"pins": {"a.b": 0.5}, "proxies": ["synflow", "x"], "seed": 3})
    found = Following.of(config).settings
    assert (found["pins.a.b"], found["proxies"], found["seed"]) == ("0.5", "synflow,x", "3")
    assert "workers" not in found


# -- keeping all ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings", [{}, HEIRS, {"overlap": 1, "generations": 5}], ids=["plain", "heirs", "overlap"]
)
def test_keep_all_keeps_every_checkpoint_and_changes_nothing_else(
    settings: dict[str, Any],
) -> None:
    usual = start(config(name="usual", **settings), Witness())
    with pytest.raises(Interrupted):
        start(config(name="all", keep_all=True, **settings), Witness(interrupt_after=8))
    kept = resume(Path("results/all"), Witness())
    assert front_of(kept.folder) == front_of(usual.folder)
    with closing(RunRecord.open(kept.folder, read_only=True)) as record:
        left = {e.job for e in record.store.evaluations() if record.store.find_checkpoint(e.job)}
        assert len(left) == len(record.store.evaluations())
        assert record.folder.checkpoints.names() == left
    assert len(list((usual.folder / "checkpoints").iterdir())) < len(left)
