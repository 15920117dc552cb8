"""Task `fashion-mnist`: where its files are looked for and what is said about bad ones.

The data themselves are tested where they are installed.
"""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

from fitness.data.downloads import DownloadError
from fitness.tasks import fashion_mnist


def idx(values: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes([0, 0, 8, values.ndim]) + sizes + values.tobytes()


def contents() -> dict[str, bytes]:
    """Return a tiny data set under the official names: 40 train, 10 test images of 4x4."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (50, 4, 4), dtype=np.uint8)
    labels = np.arange(50, dtype=np.uint8) % 10
    values = images[:40], labels[:40], images[40:], labels[40:]
    return dict(zip(fashion_mnist.CHECKSUMS, map(idx, values), strict=True))


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with tiny gzipped files; their checksums and sizes are the expected ones."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name, content in contents().items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        monkeypatch.setitem(fashion_mnist.CHECKSUMS, name, hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(fashion_mnist, "VALIDATION_SIZE", 20)
    monkeypatch.setattr(fashion_mnist, "SYSTEM_FOLDER", tmp_path / "absent")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def test_the_splits_are_stratified_and_test_is_the_official_one(tiny: Path) -> None:
    task = fashion_mnist.load(tiny)
    assert [len(split) for split in (task.train, task.validation, task.test)] == [20, 20, 10]
    assert np.bincount(task.validation.y).tolist() == [2] * 10
    assert task.input_shape == (1, 4, 4)
    assert task.test.y.tolist() == list(range(10))


@pytest.mark.parametrize("folder", ["evo/fashion-mnist", "torchvision/FashionMNIST/raw"])
def test_plain_files_in_a_cache_folder_are_found(tiny: Path, folder: str) -> None:
    expected = fashion_mnist.load(tiny).fingerprint()
    cache = tiny.parent / "cache" / folder
    cache.mkdir(parents=True)
    for name, content in contents().items():
        (cache / name).write_bytes(content)
    assert fashion_mnist.load(None).fingerprint() == expected


def test_missing_files_are_downloaded_once(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fashion_mnist, "ADDRESSES", (tiny.as_uri() + "/",))
    first = fashion_mnist.load(None).fingerprint()
    monkeypatch.setattr(fashion_mnist, "ADDRESSES", ())
    assert fashion_mnist.load(None).fingerprint() == first


def test_without_network_the_error_says_what_to_do(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fashion_mnist, "ADDRESSES", ("file:///nowhere/",))
    with pytest.raises(DownloadError, match="--data-dir") as caught:
        fashion_mnist.load(None)
    assert "file:///nowhere/train-images-idx3-ubyte.gz" in str(caught.value)
    assert "dataset-fashion-mnist" in str(caught.value)


def test_a_data_dir_without_the_files_is_an_error_even_if_they_are_elsewhere(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fashion_mnist, "SYSTEM_FOLDER", tiny)
    with pytest.raises(FileNotFoundError, match="does not hold Fashion-MNIST"):
        fashion_mnist.load(tmp_path / "other")


def test_a_truncated_file_is_named(tiny: Path) -> None:
    (tiny / "train-images-idx3-ubyte.gz").unlink()
    path = tiny / "train-images-idx3-ubyte"
    path.write_bytes(contents()["train-images-idx3-ubyte"][:-100])
    with pytest.raises(ValueError, match=r"truncated.*656 bytes.*found 556") as caught:
        fashion_mnist.load(tiny)
    assert str(path) in str(caught.value)


def test_another_data_set_under_the_same_names_is_refused(tiny: Path) -> None:
    other = idx(np.zeros((40, 4, 4), dtype=np.uint8))
    (tiny / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(other))
    with pytest.raises(ValueError, match="is not Fashion-MNIST's train-images-idx3-ubyte"):
        fashion_mnist.load(tiny)


@pytest.mark.skipif(not fashion_mnist.SYSTEM_FOLDER.is_dir(), reason="data set not installed")
def test_the_real_data_has_the_documented_splits() -> None:
    task = fashion_mnist.load(fashion_mnist.SYSTEM_FOLDER)
    assert task.train.x.shape == (50_000, 1, 28, 28)
    assert np.bincount(task.train.y).tolist() == [5000] * 10
    assert np.bincount(task.validation.y).tolist() == [1000] * 10
    assert np.bincount(task.test.y).tolist() == [1000] * 10
    assert task.fingerprint() == "c77dcc86e127b0c1"
