"""Storages: the same contract for a folder and an object store, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from evo.errors import BadInput
from evo.storage.places import (
    Storage,
    StorageError,
    StorageFolder,
    StorageUrl,
    as_written,
    open_place,
    open_storage,
)


@pytest.fixture(params=["folder", "file", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    places = {
        "folder": str(tmp_path / "shared"),
        "file": (tmp_path / "shared").as_uri(),
        "memory": "memory://shared/",
    }
    yield open_storage(places[request.param], "run")
    fsspec.filesystem("memory").store.clear()


def test_what_is_written_is_read_and_listed(storage: Storage, tmp_path: Path) -> None:
    assert storage.sizes() == {}
    assert storage.read("a.txt") is None
    local = tmp_path / "local.bin"
    local.write_bytes(b"12345")
    storage.write("a.txt", b"one")
    storage.put(local, "part/b.bin")
    storage.write("a.txt", b"three")
    assert storage.sizes() == {"a.txt": 5, "part/b.bin": 5}
    assert storage.read("a.txt") == b"three"
    storage.get("part/b.bin", tmp_path / "back.bin")
    assert (tmp_path / "back.bin").read_bytes() == b"12345"
    storage.remove(["part/b.bin", "never-there"])
    assert storage.sizes() == {"a.txt": 5}


def test_what_is_not_there_is_an_error_that_names_the_place(
    storage: Storage, tmp_path: Path
) -> None:
    with pytest.raises(StorageError, match=storage.place):
        storage.get("nothing", tmp_path / "back")
    with pytest.raises(StorageError, match=storage.place):
        storage.put(tmp_path / "nothing", "a")


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    storage = StorageFolder(tmp_path / "run")
    storage.write("a", b"old")
    with pytest.raises(StorageError, match="No such file"):
        storage.put(tmp_path / "missing", "a")
    assert storage.read("a") == b"old"
    assert list(storage.sizes()) == ["a"] == [path.name for path in storage.path.iterdir()]


def test_a_place_that_is_no_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="Not a directory"):
        StorageFolder(tmp_path / "file" / "run").write("a", b"")


def test_settings_are_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert as_written("shared") == str(tmp_path / "shared")
    assert as_written("file:///shared/runs/") == "/shared/runs"
    assert as_written("s3://bucket/runs/") == "s3://bucket/runs"
    assert open_storage("shared", "run").place == str(tmp_path / "shared/run")
    assert open_place("memory://shared/run").place == "memory://shared/run"
    assert open_place("shared/run/").place == str(tmp_path / "shared/run")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://host/runs", "expected a folder or a URL of s3, .* Mount other file systems"),
        ("oci://bucket/runs", r"pip install 'evo-nas\[storage\]'"),
    ],
)
def test_urls_that_cannot_be_used(url: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        StorageUrl(f"{url}/run")
