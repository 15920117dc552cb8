"""Who may mirror a run: one driver at a time, and only who knows the mirror's last state."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from evo.errors import BadInput
from evo.storage.claim import (
    CLAIM,
    EXPIRED_SECONDS,
    LOCAL,
    Claim,
    check_free,
    check_moved,
    check_unclaimed,
    claim_it,
    read_claim,
)
from evo.storage.places import StorageFolder

Change = Callable[[Claim], Claim]


@pytest.fixture
def storage(tmp_path: Path) -> StorageFolder:
    return StorageFolder(tmp_path / "shared" / "run")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def held(claim: Claim, storage: StorageFolder) -> None:
    storage.write(CLAIM, claim.to_bytes())


def elsewhere(claim: Claim) -> Claim:
    return replace(claim, host="other-machine")


def test_a_claim_is_read_back_and_grows_by_its_drivers(
    storage: StorageFolder, folder: Path
) -> None:
    first = claim_it(storage, folder)
    second = claim_it(storage, folder)
    assert second.drivers[:1] == first.drivers
    assert len(set(second.drivers)) == 2
    assert read_claim(storage) == second
    assert Claim.from_bytes((folder / LOCAL).read_bytes()) == second
    check_unclaimed(storage, folder)  # our own


def test_another_machine_is_believed_until_its_claim_expires(
    storage: StorageFolder, folder: Path
) -> None:
    claim = elsewhere(claim_it(storage, folder))
    held(claim, storage)
    with pytest.raises(BadInput, match=r"on other-machine seems to be at work .* \d s ago"):
        check_unclaimed(storage, folder)
    held(replace(claim, time=claim.time - EXPIRED_SECONDS - 1), storage)
    check_unclaimed(storage, folder)
    held(replace(claim, at_work=False), storage)
    check_unclaimed(storage, folder)


def test_on_this_machine_the_process_tells(storage: StorageFolder, folder: Path) -> None:
    claim = claim_it(storage, folder)
    held(replace(claim, process=os.getppid()), storage)
    with pytest.raises(BadInput, match="seems to be at work"):
        check_unclaimed(storage, folder)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    held(replace(claim, process=gone.pid), storage)
    check_unclaimed(storage, folder)


def test_a_mirror_that_went_on_elsewhere_is_not_overwritten(
    storage: StorageFolder, folder: Path
) -> None:
    later = Claim.after(claim_it(storage, folder)).renewed(at_work=False)
    held(later, storage)
    with pytest.raises(BadInput, match="has gone on elsewhere"):
        check_unclaimed(storage, folder)


def test_another_run_of_the_same_name_is_not_overwritten(
    storage: StorageFolder, folder: Path, tmp_path: Path
) -> None:
    claim_it(storage, folder)
    (tmp_path / "other").mkdir()
    with pytest.raises(BadInput, match=r"is not .*other, or has gone on"):
        check_unclaimed(storage, tmp_path / "other")


def test_a_mirror_that_is_gone_is_asked_for(storage: StorageFolder, folder: Path) -> None:
    check_unclaimed(storage, folder)  # never mirrored: it may begin
    claim_it(storage, folder)
    storage.remove([CLAIM])
    with pytest.raises(BadInput, match="Mount what belongs there"):
        check_unclaimed(storage, folder)
    (folder / LOCAL).unlink()
    check_unclaimed(storage, folder)


# -- moving ---------------------------------------------------------------------------------------


@pytest.fixture
def other(tmp_path: Path) -> StorageFolder:
    return StorageFolder(tmp_path / "other" / "run")


def test_a_run_may_begin_to_be_mirrored_where_nothing_is(
    storage: StorageFolder, folder: Path, other: StorageFolder
) -> None:
    check_moved(storage, folder, None)
    assert storage.sizes() == {}
    claim_it(storage, folder)
    check_moved(other, folder, storage)
    storage.remove([CLAIM])
    check_moved(other, folder, storage)  # what it is moved from may be gone


def test_a_mirror_that_was_moved_by_hand_is_gone_on_with(
    storage: StorageFolder, folder: Path, other: StorageFolder
) -> None:
    claim = claim_it(storage, folder)
    storage.remove([CLAIM])
    held(claim, other)
    check_moved(other, folder, storage)
    check_moved(other, folder, None)


def test_a_place_that_is_anothers_is_not_moved_to(
    storage: StorageFolder, folder: Path, other: StorageFolder, tmp_path: Path
) -> None:
    (tmp_path / "another").mkdir()
    claim_it(other, tmp_path / "another")
    for earlier in (None, storage):
        with pytest.raises(BadInput, match=r"mirrored at .*other/run is not "):
            check_moved(other, folder, earlier)
    other.remove([CLAIM])
    other.write("notes.txt", b"")
    with pytest.raises(BadInput, match=r"exists already.* or choose another --storage"):
        check_moved(other, folder, storage)


def test_what_went_on_elsewhere_is_not_moved_behind_its_back(
    storage: StorageFolder, folder: Path, other: StorageFolder
) -> None:
    claim = claim_it(storage, folder)
    held(elsewhere(claim), storage)
    with pytest.raises(BadInput, match="seems to be at work"):
        check_moved(other, folder, storage)
    held(Claim.after(claim).renewed(at_work=False), storage)
    with pytest.raises(BadInput, match="has gone on elsewhere"):
        check_moved(other, folder, storage)
    storage.write(CLAIM, b"damaged")
    check_moved(other, folder, storage)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"drivers": []}', b'{"drivers": 3}'])
def test_a_damaged_claim_is_named(storage: StorageFolder, content: bytes) -> None:
    storage.write(CLAIM, content)
    with pytest.raises(BadInput, match=r"storage\.json is damaged"):
        read_claim(storage)


def test_a_free_place_is_tried_and_left_empty(storage: StorageFolder, tmp_path: Path) -> None:
    check_free(storage, "run")
    assert storage.sizes() == {}
    storage.write("config.toml", b"")
    with pytest.raises(BadInput, match=r"exists already\. Continue it with `evo resume"):
        check_free(storage, "run")
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot write there"):
        check_free(StorageFolder(tmp_path / "file" / "run"), "run")
