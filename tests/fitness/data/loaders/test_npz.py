"""`npz:FILE`: the three layouts are split as documented; anything else is named."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fitness.data.loaders.npz import load as load_npz
from fitness.data.task_reference import TaskReference

X = np.arange(150, dtype=np.float64).reshape(50, 3)
Y = np.arange(50) % 5


def save(folder: Path, **arrays: Any) -> Path:
    path = folder / "mine.npz"
    np.savez(path, **arrays)
    return path


def test_x_and_y_are_split_by_the_documented_shares(tmp_path: Path) -> None:
    task = TaskReference(f"npz:{save(tmp_path, x=X, y=Y)}").load()
    assert (task.name, task.target.outputs, task.input_shape) == ("mine", 5, (3,))
    assert [len(split) for split in (task.train, task.validation, task.test)] == [32, 8, 10]
    assert np.bincount(task.test.y).tolist() == [2, 2, 2, 2, 2]
    assert task.train.x.dtype == np.float32
    together = np.concatenate([task.train.x, task.validation.x, task.test.x])
    assert sorted(together[:, 0].tolist()) == X[:, 0].tolist()
    assert load_npz(tmp_path / "mine.npz").fingerprint() == task.fingerprint()


def test_a_file_that_is_not_at_its_path_is_looked_for_where_data_lie(tmp_path: Path) -> None:
    task = load_npz(save(tmp_path, x=X, y=Y))
    gone = f"npz:{tmp_path / 'gone/mine.npz'}"
    assert TaskReference(gone, str(tmp_path)).load().fingerprint() == task.fingerprint()
    with pytest.raises(FileNotFoundError):
        TaskReference(gone).load()
    other = tmp_path / "other"
    other.mkdir()
    save(other, x=X + 1, y=Y)  # the path that was given comes first
    found = TaskReference(f"npz:{tmp_path / 'mine.npz'}", str(other)).load()
    assert found.fingerprint() == task.fingerprint()


def test_validation_is_cut_from_train_where_it_is_not_given(tmp_path: Path) -> None:
    path = save(tmp_path, x_train=X[:40], y_train=Y[:40], x_test=X[40:], y_test=Y[40:])
    task = load_npz(path)
    assert [len(split) for split in (task.train, task.validation)] == [32, 8]
    assert task.test.x.tolist() == X[40:].tolist()


def test_given_splits_are_kept(tmp_path: Path) -> None:
    parts = {"train": slice(0, 30), "validation": slice(30, 40), "test": slice(40, 50)}
    arrays = {f"x_{name}": X[part] for name, part in parts.items()}
    labels = {f"y_{name}": Y[part, None] for name, part in parts.items()}
    task = load_npz(save(tmp_path, **arrays, **labels))
    assert task.validation.x.tolist() == X[30:40].tolist()
    assert task.validation.y.tolist() == Y[30:40].tolist()


def test_grey_images_gain_a_channel_and_stay_uint8(tmp_path: Path) -> None:
    x = np.arange(50 * 4 * 6).reshape(50, 4, 6) % 251
    task = load_npz(save(tmp_path, x=x.astype(np.uint8), y=Y))
    assert task.input_shape == (1, 4, 6)
    assert task.train.x.dtype == np.uint8


@pytest.mark.parametrize(
    ("y", "kind", "outputs"),
    [
        (Y / 2, "values", 1),
        (np.arange(50) * 7, "values", 1),
        (np.arange(50) % 25 * 7, "values", 1),
        (np.column_stack([X[:, 0], X[:, 1] ** 2]), "values", 2),
        (np.column_stack([Y > 2, Y % 2, Y != 3]), "labels", 3),
        (np.eye(5)[Y], "classes", 5),
        (Y.astype(str), "classes", 5),
        (Y.astype(float), "classes", 5),
    ],
)
def test_what_targets_mean_is_recognised(
    tmp_path: Path, y: np.ndarray, kind: str, outputs: int
) -> None:
    task = load_npz(save(tmp_path, x=X, y=y))
    assert (task.target.kind, task.target.outputs) == (kind, outputs)


WITH_NAN = np.where(X == 4, np.nan, X)
BAD = {
    "missing arrays": ({"x": X}, "array 'x' lacks its partner y"),
    "empty archive": ({}, "holds nothing"),
    "lengths": ({"x": X, "y": Y[:-1]}, "x, y: received 50 inputs and 49 targets"),
    "five dimensions": ({"x": X[:, :, None, None, None], "y": Y}, r"shape \(50, 3, 1"),
    "text inputs": ({"x": X.astype(str), "y": Y}, "inputs of type <U32, expected numbers"),
    "negative labels": ({"x": X, "y": Y - 1}, "received the label -1"),
    "one class": ({"x": X, "y": Y * 0}, "all labels of train are 0"),
    "nan": ({"x": WITH_NAN, "y": Y}, "x, y: received 1 inputs that are NaN or infinite"),
    "overflow": ({"x": np.where(X == 4, np.inf, X), "y": Y}, "NaN or infinite"),
    "too few": ({"x": X[:2], "y": Y[:2]}, "2 examples, too few"),
    "objects": ({"x": np.array([{}] * 50, dtype=object), "y": Y}, "array x cannot be read"),
    "test shape": (
        {"x_train": X, "y_train": Y, "x_test": X[:, :2], "y_test": Y},
        r"test inputs have shape \(2,\), those of train \(3,\)",
    ),
    "test label": (
        {"x_train": X, "y_train": Y, "x_test": X, "y_test": Y + 1},
        "test has the label 5, which is none of train's",
    ),
}


@pytest.mark.parametrize(("arrays", "message"), BAD.values(), ids=BAD)
def test_bad_archives_are_named(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    path = save(tmp_path, **arrays)
    with pytest.raises(ValueError, match=message) as caught:
        load_npz(path)
    assert str(caught.value).startswith(str(path))


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    whole = save(tmp_path, x=X, y=Y).read_bytes()
    for contents in (b"", b"not an archive", whole[: len(whole) // 2]):
        (tmp_path / "bad.npz").write_bytes(contents)
        with pytest.raises(ValueError, match=r"bad\.npz: not a readable .npz archive"):
            load_npz(tmp_path / "bad.npz")
    np.save(tmp_path / "single.npy", X)
    with pytest.raises(ValueError, match="single array"):
        load_npz(tmp_path / "single.npy")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file .*absent\.npz"):
        load_npz(tmp_path / "absent.npz")


def test_groups_of_the_metric_are_an_array_of_their_own(tmp_path: Path) -> None:
    groups = np.where(np.arange(50) % 4 == 0, "shore", "deep")
    task = load_npz(save(tmp_path, x=X, y=Y, metric_groups=groups))
    assert task.group_names == ("deep", "shore")
    for split in (task.train, task.validation, task.test):
        expected = np.isin(split.x[:, 0], X[::4, 0])
        assert (split.groups == expected).all()
    given = {f"{name}_train": array[:40] for name, array in (("x", X), ("y", Y))}
    given |= {f"{name}_test": array[40:] for name, array in (("x", X), ("y", Y))}
    both = {"metric_group_train": groups[:40], "metric_group_test": groups[40:]}
    assert load_npz(save(tmp_path, **given, **both)).group_names == ("deep", "shore")
    with pytest.raises(ValueError, match="groups of train, validation, but none of test"):
        load_npz(save(tmp_path, **given, metric_group_train=groups[:40]))
    with pytest.raises(ValueError, match="array 'metric_group' lacks its partner x"):
        load_npz(save(tmp_path, **given, metric_group=groups))
    with pytest.raises(ValueError, match=r"array 'groups' is not understood. Did you mean"):
        load_npz(save(tmp_path, x=X, y=Y, groups=groups))
