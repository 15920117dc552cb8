"""Task `cifar10`: records are read as they are laid out, damage is named; nothing is fetched."""

import tarfile
from pathlib import Path

import numpy as np
import pytest

from fitness.data.downloads import file_md5
from fitness.tasks import cifar10

RECORDS = 20


def batch(seed: int) -> bytes:
    """Return records of each class in turn: image i of a file is red i, green 2i, blue 3i."""
    pixels = np.zeros((RECORDS, 3, 1024), np.uint8)
    pixels += np.arange(RECORDS, dtype=np.uint8)[:, None, None] * np.array(
        [[[1], [2], [3]]], np.uint8
    )
    pixels[:, 0, 0] = seed
    labels = np.arange(RECORDS, dtype=np.uint8)[:, None] % 10
    return np.hstack([labels, pixels.reshape(RECORDS, -1)]).tobytes()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a data folder with small files in the official one."""
    monkeypatch.setattr(cifar10, "RECORDS", RECORDS)
    monkeypatch.setattr(cifar10, "VALIDATION_SIZE", 20)
    inside = tmp_path / "data" / cifar10.FOLDER
    inside.mkdir(parents=True)
    for number, name in enumerate((*cifar10.TRAIN, cifar10.TEST)):
        (inside / name).write_bytes(batch(number))
    return inside.parent


def packed(folder: Path) -> Path:
    """Put the folder into an archive in a folder of its own, and return this."""
    archive = folder.parent / "packed" / cifar10.ARCHIVE
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as file:
        file.add(folder / cifar10.FOLDER, cifar10.FOLDER)
    return archive.parent


def test_records_are_read_as_they_are_laid_out(folder: Path) -> None:
    task = cifar10.load(folder)
    assert [len(split) for split in (task.train, task.validation, task.test)] == [80, 20, 20]
    assert np.bincount(task.validation.y).tolist() == [2] * 10
    assert task.test.y.tolist() == list(range(10)) * 2
    assert task.test.x.shape == (20, 3, 32, 32)
    assert task.test.x[7, :, 1, 1].tolist() == [7, 14, 21]
    assert set(task.test.x[:, 0, 0, 0].tolist()) == {5}
    assert task.target.names[3] == "cat"


def test_the_archive_gives_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = packed(folder)
    with pytest.raises(ValueError, match=r"has the MD5 .*, expected c32a1d4ab5d03f1284b67883e8d8"):
        cifar10.load(archive)
    monkeypatch.setattr(cifar10, "PUBLISHED_MD5", file_md5(archive / cifar10.ARCHIVE))
    assert cifar10.load(archive).fingerprint() == cifar10.load(folder).fingerprint()


def test_a_damaged_archive_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = packed(folder) / cifar10.ARCHIVE
    file.write_bytes(file.read_bytes()[:-40])
    monkeypatch.setattr(cifar10, "PUBLISHED_MD5", file_md5(file))
    with pytest.raises(ValueError, match="is damaged"):
        cifar10.load(file.parent)


def test_damaged_files_are_named(folder: Path) -> None:
    path = folder / cifar10.FOLDER / "data_batch_2.bin"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(ValueError, match=r"data_batch_2\.bin: expected 20 records of 3,073 bytes"):
        cifar10.load(folder)
    path.write_bytes(b"\x0a" + whole[1:])
    with pytest.raises(ValueError, match=r"data_batch_2\.bin: found the label 10"):
        cifar10.load(folder)
    path.write_bytes(b"\x01" + whole[1:])
    with pytest.raises(ValueError, match="expected as many images of each of 10 classes"):
        cifar10.load(folder)


def test_pickles_are_never_read(tmp_path: Path) -> None:
    (tmp_path / cifar10.PICKLED).mkdir()
    with pytest.raises(FileNotFoundError, match="which are pickles: those are never read"):
        cifar10.load(tmp_path)


def test_without_a_network_the_error_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cifar10, "ADDRESSES", ("file:///nowhere/cifar",))
    with pytest.raises(FileNotFoundError, match=r"put cifar-10-binary\.tar\.gz into a folder"):
        cifar10.load(None)
