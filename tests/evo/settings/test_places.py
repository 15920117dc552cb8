"""Runs that go on elsewhere: other workers, no cluster any more, another mirror, moved data."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from evo.engine.logger import LOGGERS
from evo.errors import BadInput, Interrupted
from evo.record.recorder import RunRecord
from evo.record.run_folder import RunFolder
from evo.running.fetching import fetch
from evo.running.session import Ending, resume, start
from evo.settings.config import RunConfig, build, load_toml, to_toml
from evo.settings.places import PLACES, elsewhere, places_in_words
from evo.settings.values import LOCAL
from evo.storage.claim import CLAIM
from evo.storage.mirror import Mirror
from evo.storage.places import StorageError, StorageFolder
from tests.evo.engine.test_logger import Notebook
from tests.evo.points import enter
from tests.evo.running.test_session import Witness, config, front_of

MINE = Path("results/mine")
CONFIG = MINE / "config.toml"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return enter(tmp_path, monkeypatch)


@pytest.fixture
def undisturbed() -> Ending:
    return start(config(name="undisturbed"), Witness())


def interrupted(moment: int = 3, **changes: Any) -> None:
    """Begin the run `mine` and stop it after so many trainings."""
    with pytest.raises(Interrupted):
        start(config(name="mine", **changes), Witness(interrupt_after=moment))


def notes() -> list[str]:
    with closing(RunRecord.open(MINE, read_only=True)) as record:
        events = record.store.events()
    return [e.text for e in events if e.level == "info" and e.text.startswith("resumed")]


# -- settings ------------------------------------------------------------------------------------


def write(**values: Any) -> Path:
    file = Path("config.toml")
    file.write_text(to_toml(build(values)))
    return file


def test_what_is_not_given_stays_as_it_was() -> None:
    file = write(workers=4, address="host:1", seed=3, ship=True)
    moved = elsewhere(file, {"address": "auto", "gpus_per_worker": "0.5", "ship": False})
    changed = {"address": "auto", "gpus_per_worker": 0.5, "ship": False}
    assert moved == build({"workers": 4, "seed": 3, **changed})
    assert elsewhere(file, {}) == load_toml(file)


def test_the_serial_runner_leaves_behind_what_only_ray_takes() -> None:
    file = write(workers=4, address="host:1")
    assert elsewhere(file, {"runner": "serial"}) == build({"runner": "serial"})
    assert elsewhere(file, {"runner": "serial", "workers": 3}).workers == 3  # refused later


def test_what_bears_on_the_history_is_no_place() -> None:
    assert set(PLACES) < set(RunConfig.model_fields)
    for name in ("seed", "device", "precision", "overlap", "generations"):
        with pytest.raises(BadInput, match=f"place to go on '{name}'"):
            elsewhere(write(), {name: 1})


def test_the_record_tells_what_was_given() -> None:
    places = {"runner": "ray", "address": LOCAL, "workers": "auto", "loggers": ("a", "b")}
    text = "resumed with runner=ray, address=local, workers=auto, loggers=a,b"
    assert places_in_words(build(places), places) == text
    assert places_in_words(build({}), {}) == ""


# -- other workers -------------------------------------------------------------------------------


@pytest.mark.slow
def test_from_this_process_to_ray_and_back(undisturbed: Ending) -> None:
    interrupted()
    on_ray = {"runner": "ray", "workers": "2"}
    with pytest.raises(Interrupted):
        resume(MINE, Witness(interrupt_after=3), places=on_ray)
    told_of = load_toml(CONFIG)
    assert (told_of.runner, told_of.workers) == ("ray", 2)
    outcome = resume(MINE, Witness(), places={"runner": "serial"})
    assert load_toml(CONFIG).workers is None
    assert front_of(outcome.folder) == front_of(undisturbed.folder)
    assert notes() == ["resumed with runner=ray, workers=2", "resumed with runner=serial"]
    assert "INFO resumed with runner=ray, workers=2" in (MINE / "run.log").read_text()


@pytest.mark.slow
def test_from_a_cluster_that_is_gone_to_this_machine(undisturbed: Ending) -> None:
    interrupted()
    on_cluster = {"runner": "ray", "address": "127.0.0.1:1", "workers": 64}
    CONFIG.write_text(to_toml(load_toml(CONFIG).model_copy(update=on_cluster)))
    before = CONFIG.read_bytes()
    for places in (None, {"workers": 3, "job_timeout": 9.0}):
        with pytest.raises(ConnectionError, match=r"nobody answers at 127\.0\.0\.1:1"):
            resume(MINE, Witness(), generations=3, places=places)
    assert CONFIG.read_bytes() == before
    outcome = resume(MINE, Witness(), places={"address": "local", "workers": 1})
    assert front_of(outcome.folder) == front_of(undisturbed.folder)
    assert "address" not in CONFIG.read_text()
    assert notes() == ["resumed with address=local, workers=1"]


@pytest.mark.slow
def test_a_finished_run_goes_nowhere(undisturbed: Ending) -> None:
    before, witness = (undisturbed.folder / "config.toml").read_bytes(), Witness()
    places = {"runner": "ray", "address": "127.0.0.1:1", "storage": "shared"}
    assert resume(undisturbed.folder, witness, places=places).reason == "already finished"
    assert witness.notes == ["The run is finished: it does not go on, here or elsewhere."]
    assert (undisturbed.folder / "config.toml").read_bytes() == before
    assert not Path("shared").exists()


# -- other data, loggers, checkpoints ------------------------------------------------------------


@pytest.mark.slow
def test_data_may_lie_elsewhere_but_must_be_the_same(undisturbed: Ending, folder: Path) -> None:
    interrupted()
    (folder / "data").mkdir()
    (folder / "points.npz").rename("data/points.npz")
    with pytest.raises(FileNotFoundError, match=r"points\.npz"):
        resume(MINE, Witness())
    (folder / "wrong").mkdir()
    np.savez("wrong/points.npz", x=np.zeros((50, 3)), y=np.arange(50) % 2)
    before = CONFIG.read_bytes()
    with pytest.raises(BadInput, match="fingerprint"):
        resume(MINE, Witness(), places={"data_dir": "wrong"})
    assert CONFIG.read_bytes() == before
    outcome = resume(MINE, Witness(), places={"data_dir": "data"})
    assert front_of(outcome.folder) == front_of(undisturbed.folder)
    assert load_toml(CONFIG).data_dir == str(folder / "data")


@pytest.mark.slow
def test_what_was_kept_so_far_goes_when_it_is_no_more_wanted() -> None:
    kept = start(config(name="mine", keep_all=True), Witness()).folder
    with closing(RunRecord.open(kept, read_only=True)) as record:
        trained = len(record.store.evaluations())
    assert len(list((kept / "checkpoints").iterdir())) == trained
    freed = resume(kept, Witness(), generations=3, places={"keep_all": False}).folder
    assert len(list((freed / "checkpoints").iterdir())) < trained
    assert load_toml(CONFIG).keep_all is False


@pytest.mark.slow
def test_a_logger_hears_from_where_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = Notebook()
    module = SimpleNamespace(make=lambda folder, settings: notebook)
    monkeypatch.setattr(LOGGERS, "_added", {"notebook": module})
    interrupted()
    with pytest.raises(BadInput, match="'notebok'"):
        resume(MINE, Witness(), places={"loggers": ("notebok",)})
    resume(MINE, Witness(), places={"loggers": ("notebook",)})
    assert [entry[0] for entry in notebook.heard] == [1, 2, "close"]
    assert load_toml(CONFIG).loggers == ("notebook",)


# -- another mirror ------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_mirror_begins_moves_and_is_a_whole_run_each_time(
    undisturbed: Ending, folder: Path
) -> None:
    interrupted()
    with pytest.raises(Interrupted):
        resume(MINE, Witness(interrupt_after=4), places={"storage": "shared"})
    assert load_toml(CONFIG).storage == str(folder / "shared")
    old = (folder / "shared/mine/config.toml").read_bytes()
    assert old == CONFIG.read_bytes()
    outcome = resume(MINE, Witness(), places={"storage": "other"})
    assert front_of(outcome.folder) == front_of(undisturbed.folder)
    assert front_of(folder / "other/mine") == front_of(outcome.folder)
    assert (folder / "shared/mine/config.toml").read_bytes() == old
    shutil.rmtree("results/mine")
    found = fetch("other/mine")
    assert resume(found, Witness(), generations=3).reason == "generations"
    back = resume(found, Witness(), generations=4, places={"storage": "shared"})
    assert front_of(folder / "shared/mine") == front_of(back.folder)


@pytest.mark.slow
def test_the_first_copy_in_a_new_place_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is killed at once goes on from the new mirror as he was told to."""
    interrupted()
    sync, configs = Mirror.sync, []

    def watched(self: Mirror) -> None:
        sync(self)
        configs.append(Path("shared/mine/config.toml").read_bytes())

    monkeypatch.setattr(Mirror, "sync", watched)
    resume(MINE, Witness(), generations=3, places={"storage": "shared"})
    assert len(configs) >= 2
    assert set(configs) == {CONFIG.read_bytes()}


@pytest.mark.slow
def test_a_storage_that_refuses_leaves_the_config_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted()
    before = CONFIG.read_bytes()
    start(config(name="other", storage="shared", generations=1), Witness())
    (folder / "shared/other").rename("shared/mine")
    for storage, message in (
        ("shared", r"mirrored at .*shared/mine is not results/mine"),
        ("points.npz", "Not a directory"),
        ("ftp://host/runs", "Mount other file systems"),
        ("results", r"results/mine exists already"),
    ):
        with pytest.raises(BadInput, match=message):
            resume(MINE, Witness(), generations=3, places={"storage": storage})
        assert CONFIG.read_bytes() == before

    write = StorageFolder.write

    def full(self: StorageFolder, name: str, content: bytes) -> None:
        if name == CLAIM:
            raise StorageError("no space left")
        write(self, name, content)

    monkeypatch.setattr(StorageFolder, "write", full)  # after it was found to be writable
    with pytest.raises(BadInput, match="--storage: cannot write there: no space left"):
        resume(MINE, Witness(), generations=3, places={"storage": "late"})
    assert CONFIG.read_bytes() == before
    assert notes() == []
    with RunFolder(MINE).lock():  # nobody holds it
        pass
