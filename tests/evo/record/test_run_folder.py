from __future__ import annotations

import errno
import gzip
import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from evo.errors import BadInput
from evo.files.atomic_file import RecordError, write_atomically
from evo.record.run_folder import RunFolder
from evo.record.run_lock import RunBusy


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "results" / "mine")


# -- making and opening ---------------------------------------------------------------------------


def test_create_makes_the_results_folder_too(folder: RunFolder) -> None:
    assert folder.name == "mine"
    assert sorted(path.name for path in folder.path.iterdir()) == [
        "checkpoints",
        "figures",
        "snapshots",
    ]


def test_an_existing_run_says_how_to_resume_or_rename(folder: RunFolder) -> None:
    folder.database.touch()
    with pytest.raises(BadInput, match=r"evo resume .*mine.*--name"):
        RunFolder.create(folder.path)


def test_an_existing_folder_or_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("mine")
    with pytest.raises(BadInput, match="not a run"):
        RunFolder.create(tmp_path / "notes")
    assert (tmp_path / "notes" / "a.txt").read_text() == "mine"
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="a file is in the way"):
        RunFolder.create(tmp_path / "file")
    with pytest.raises(BadInput, match="--results"):
        RunFolder.create(tmp_path / "file" / "run")


def test_a_place_that_cannot_be_written_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)  # root may write anywhere
    with pytest.raises(BadInput, match=r"Permission denied.*--results"):
        RunFolder.create(tmp_path / "run")


def test_open_wants_a_run(folder: RunFolder) -> None:
    with pytest.raises(BadInput, match=r"has no run\.sqlite"):
        RunFolder.open(folder.path)
    with pytest.raises(BadInput, match="does not exist"):
        RunFolder.open(folder.path / "nowhere")
    folder.database.touch()
    assert RunFolder.open(folder.path).path == folder.path


# -- the lock -------------------------------------------------------------------------------------

HOLD = """
import sys, time
from pathlib import Path
from evo.record.run_folder import RunFolder
with RunFolder(Path(sys.argv[1])).lock():
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_driver_is_kept_out_until_the_first_is_gone(folder: RunFolder) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder.path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert folder.driver() == process.pid
        busy = f"process {process.pid} is at work"
        with pytest.raises(RunBusy, match=busy) as caught, folder.lock():
            raise AssertionError("two drivers")
        assert caught.value.pid == process.pid
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert folder.driver() is None
    with folder.lock():
        assert folder.driver() == os.getpid()
    assert folder.driver() is None


def test_the_lock_is_not_inherited_by_a_child(folder: RunFolder) -> None:
    with folder.lock():
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        with folder.lock():
            pass
    finally:
        child.kill()
        child.wait()


def test_the_lock_is_given_back_by_an_exception(folder: RunFolder) -> None:
    with pytest.raises(ZeroDivisionError), folder.lock():
        raise ZeroDivisionError
    with folder.lock():
        assert folder.driver() == os.getpid()


def test_taking_the_lock_sweeps_up_what_a_killed_driver_left(folder: RunFolder) -> None:
    left = folder.checkpoints.path / ".k-0004.safetensors.123.partial"
    left.write_bytes(b"half")
    folder.write_checkpoint("k-0004", b"whole")
    with folder.lock():
        assert not left.exists()
    assert folder.read_checkpoint("k-0004") == b"whole"


def test_taking_the_lock_makes_folders_that_a_copy_did_not_bring(folder: RunFolder) -> None:
    folder.checkpoints.path.rmdir()
    with folder.lock():
        folder.write_checkpoint("k-0004", b"whole")
    assert folder.read_checkpoint("k-0004") == b"whole"


# -- snapshots ------------------------------------------------------------------------------------


def test_the_latest_snapshot_comes_back(folder: RunFolder) -> None:
    warnings: list[str] = []
    assert folder.latest_snapshot(warnings.append) is None
    for number in (9, 10, 2):
        folder.write_snapshot(number, {"n": number, "rng": [3, [1, 2], None], "x": 0.1 + 0.2})
    assert folder.latest_snapshot(warnings.append) == (
        10,
        {"n": 10, "rng": [3, [1, 2], None], "x": 0.1 + 0.2},
    )
    assert folder.snapshots.numbers() == [2, 9, 10]
    assert warnings == []


@pytest.mark.parametrize(
    "damage",
    [b"", b"garbage", gzip.compress(b"[]"), gzip.compress(b'{"format": 1}')],
    ids=["empty", "garbage", "a list", "nothing but a format"],
)
def test_a_damaged_snapshot_is_passed_over_with_a_warning(
    folder: RunFolder, damage: bytes
) -> None:
    folder.write_snapshot(1, {"n": 1})
    folder.write_snapshot(2, {"n": 2})
    (folder.snapshots.path / "000002.json.gz").write_bytes(damage)
    warnings: list[str] = []
    assert folder.latest_snapshot(warnings.append) == (1, {"n": 1})
    assert len(warnings) == 1
    assert "000002.json.gz" in warnings[0]


def test_a_snapshot_cut_or_flipped_anywhere_is_noticed(folder: RunFolder) -> None:
    folder.write_snapshot(1, {"n": list(range(100))})
    path = folder.snapshots.path / "000001.json.gz"
    whole = path.read_bytes()
    for position in range(10, len(whole), 7):
        flipped = bytearray(whole)
        flipped[position] ^= 4
        for damaged in (bytes(flipped), whole[:position]):
            path.write_bytes(damaged)
            assert folder.latest_snapshot(lambda _: None) is None


def test_a_snapshot_of_another_format_is_not_passed_over(folder: RunFolder) -> None:
    content = json.dumps({"format": 99, "number": 1, "state": {}})
    (folder.snapshots.path / "000001.json.gz").write_bytes(gzip.compress(content.encode()))
    with pytest.raises(BadInput, match="format 99"):
        folder.latest_snapshot(lambda _: None)


# -- files ----------------------------------------------------------------------------------------


def test_checkpoints_by_job_name(folder: RunFolder) -> None:
    stored = folder.write_checkpoint("k-0004", b"weights")
    assert stored.file == "k-0004.safetensors"
    assert stored.size_bytes == 7
    assert folder.read_checkpoint("k-0004") == b"weights"
    assert folder.read_checkpoint("k-0008") is None
    assert folder.checkpoints.names() == {"k-0004"}
    folder.remove_checkpoints(["k-0004", "never-there"])
    assert folder.checkpoints.names() == set()
    with pytest.raises(ValueError, match="job name"):
        folder.write_checkpoint("../config", b"x")


def test_a_full_disk_keeps_the_old_file_and_leaves_no_half_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pareto.csv"
    write_atomically(path, "old")

    def full(_: int) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RecordError, match=r"disk is full.*evo resume"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["pareto.csv"]


def test_a_place_that_is_gone_is_a_record_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot write"):
        write_atomically(tmp_path / "gone" / "x.json", "{}")


def test_what_is_logged_goes_to_the_runs_log(folder: RunFolder) -> None:
    log = logging.getLogger("evo.engine.engine")
    with folder.logging():
        log.info("generation %d", 3)
        log.debug("not this")
    log.warning("nor this")
    text = folder.log.read_text()
    assert text.endswith(" INFO generation 3\n")
    assert text.count("\n") == 1
