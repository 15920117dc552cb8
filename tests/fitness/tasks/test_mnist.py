"""Task `mnist`: its splits, and what other files under its names get; nothing is fetched."""

from pathlib import Path

import numpy as np
import pytest

from fitness.tasks import mnist
from tests.fitness.tasks.test_fashion_mnist import idx


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with small files, whose numbers of digits are the expected ones."""
    rng = np.random.default_rng(0)
    values = []
    for digits in ((6,) * 10, (2,) * 10):
        count = sum(digits)
        values += [
            rng.integers(0, 256, (count, 28, 28), dtype=np.uint8),
            np.repeat(np.arange(10, dtype=np.uint8), digits),
        ]
    for name, value in zip(mnist.PUBLISHED_MD5, values, strict=True):
        (tmp_path / name).write_bytes(idx(value))
    monkeypatch.setattr(mnist, "DIGITS", ((6,) * 10, (2,) * 10))
    monkeypatch.setattr(mnist, "VALIDATION_SIZE", 20)
    return tmp_path


def test_the_official_test_images_are_test(tiny: Path) -> None:
    task = mnist.load(tiny)
    assert [len(split) for split in (task.train, task.validation, task.test)] == [40, 20, 20]
    assert np.bincount(task.validation.y).tolist() == [2] * 10
    assert task.input_shape == (1, 28, 28)
    assert task.target.names == tuple("0123456789")


def test_other_data_under_the_same_names_are_refused(tiny: Path) -> None:
    labels = np.repeat(np.arange(10, dtype=np.uint8), (7, 5, 6, 6, 6, 6, 6, 6, 6, 6))
    (tiny / "train-labels-idx1-ubyte").write_bytes(idx(labels))
    with pytest.raises(ValueError, match=r"does not hold MNIST: .*found .*7, 5, 6"):
        mnist.load(tiny)


def test_the_digits_add_up_to_the_images_there_are() -> None:
    assert [sum(digits) for digits in mnist.DIGITS] == [60_000, 10_000]


def test_a_fetched_file_of_other_contents_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in mnist.PUBLISHED_MD5:
        (tmp_path / f"{name}.gz").write_bytes(b"a page that says sorry")
    monkeypatch.setattr(mnist, "ADDRESSES", (tmp_path.as_uri() + "/",))
    with pytest.raises(FileNotFoundError, match=r"MD5 .*, which no file of it has"):
        mnist.load(None)
