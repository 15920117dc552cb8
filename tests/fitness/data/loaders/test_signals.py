"""`signals:`: archives and folders become tasks of signals; what is wrong is named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fitness.data.arrays import UnusableData
from fitness.data.loaders import signals
from fitness.data.options import DataOptions
from fitness.data.task_names import whole_name
from fitness.data.task_reference import TaskReference
from tests.fitness.data.signals.sounds import make_folder, tone, write

X = np.random.default_rng(0).normal(size=(50, 2, 9))
Y = np.arange(50) % 5


def save(folder: Path, **arrays: Any) -> Path:
    np.savez(folder / "mine.npz", **arrays)
    return folder / "mine.npz"


def test_an_archive_of_signals(tmp_path: Path) -> None:
    path = save(tmp_path, x=X, y=Y)
    task = TaskReference(f"signals:{path}").load()
    assert (task.name, task.input_shape, task.family) == ("mine", (2, 9), "cnn1d")
    assert [len(split) for split in (task.train, task.validation, task.test)] == [32, 8, 10]
    assert task.augmentations == signals.VARIED
    assert f"in training signals may be {signals.VARIED_WORDS}; where" in task.notes[-1]
    assert TaskReference(f"npz:{path}").load().input_shape == (1, 2, 9)  # images, as ever


def test_an_archive_of_one_channel_and_given_splits(tmp_path: Path) -> None:
    x = X[:, 0]
    path = save(tmp_path, x_train=x[:40], y_train=Y[:40], x_test=x[40:], y_test=Y[40:])
    task = signals.load(path)
    assert task.input_shape == (1, 9)
    np.testing.assert_array_equal(task.test.x[:, 0], x[40:].astype(np.float32))


def test_values_are_learnt_from_signals_that_are_not_scaled(tmp_path: Path) -> None:
    path = save(tmp_path, x=X, y=np.linspace(0.0, 1.0, 50))
    task = signals.load(path)
    assert task.augmentations == signals.UNSCALED
    assert f"in training signals may be {signals.UNSCALED_WORDS}; where" in task.notes[-1]
    labels = DataOptions(target_kind="classes")
    assert signals.load(save(tmp_path, x=X, y=Y), labels).target.kind == "classes"


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        ({"x": X.transpose(0, 2, 1), "y": Y}, {}, r"9 channels of 2 .*x\.transpose\(0, 2, 1\)"),
        ({"x": X[:, :, :, None], "y": Y}, {}, r"x, y: received signals of shape \(50, 2, 9, 1\)"),
        ({"x": np.where(X > 2, np.nan, X), "y": Y}, {}, "NaN or infinite"),
        ({"x": X.astype(str), "y": Y}, {}, "expected numbers"),
        ({"x": X + 1j, "y": Y}, {}, "type complex128, expected numbers"),
        ({"x": X}, {}, "lacks its partner y"),
        ({"x": X, "y": Y[:9]}, {}, "50 inputs and 9 targets"),
        ({"x": X, "y": Y}, {"signal_length": 5}, "received signal_length, which are for folders"),
        ({"x": X, "y": Y}, {"sample_rate": 5}, "received sample_rate, which are for folders"),
    ],
)
def test_what_is_wrong_with_an_archive_is_named(
    tmp_path: Path, arrays: dict[str, Any], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UnusableData, match=r"mine\.npz: .*" + message):
        signals.load(save(tmp_path, **arrays), DataOptions(**options))


def test_a_folder_a_class(tmp_path: Path) -> None:
    make_folder(tmp_path / "calls", "owl", "crow")
    task = TaskReference(f"signals:{tmp_path}/calls").load()
    assert (task.name, task.input_shape, task.family) == ("calls", (1, 40), "cnn1d")
    assert task.target.names == ("crow", "owl")
    assert [len(split) for split in (task.train, task.validation, task.test)] == [13, 3, 4]
    every = [split.x for split in (task.train, task.validation, task.test)]
    assert len(np.unique(np.concatenate(every)[:, 0], axis=0)) == 20
    again = TaskReference(f"signals:{tmp_path}/calls").load()
    assert again.fingerprint() == task.fingerprint()


def test_a_folder_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    make_folder(tmp_path / "calls", "owl", "crow", each=5)
    assert whole_name(f"{tmp_path}/calls") == f"signals:{tmp_path}/calls"


def test_exact_duplicates_stay_in_one_split(tmp_path: Path) -> None:
    make_folder(tmp_path, "owl", "crow", each=20)
    for number in range(20):
        write(tmp_path / "owl" / f"copy{number}.wav", tone(20 + number % 10))  # of crows
    task = signals.load(tmp_path)
    of = [{x.tobytes() for x in split.x} for split in (task.train, task.validation, task.test)]
    assert sum(map(len, of)) == len(set.union(*of)) == 40


def test_given_splits_are_kept_and_validation_is_cut_from_train(tmp_path: Path) -> None:
    make_folder(tmp_path / "train", "owl", "crow")
    make_folder(tmp_path / "test", "owl", "crow", each=4, frames=40)
    task = signals.load(tmp_path)
    assert [len(split) for split in (task.train, task.validation, task.test)] == [16, 4, 8]
    make_folder(tmp_path / "valid", "owl", "crow", each=3)
    task = signals.load(tmp_path)
    assert [len(split) for split in (task.train, task.validation, task.test)] == [20, 6, 8]


def test_another_length_is_brought_to_the_usual_one_and_told(tmp_path: Path) -> None:
    make_folder(tmp_path, "owl", "crow")
    write(tmp_path / "owl" / "short.wav", tone(77, 25))
    task = signals.load(tmp_path)
    assert task.input_shape == (1, 40)
    assert any("1 of 21 are filled with zeros, 0 cut" in note for note in task.notes)
    assert signals.load(tmp_path, DataOptions(signal_length=30)).input_shape == (1, 30)


def test_another_rate_is_an_error_unless_one_is_stated(tmp_path: Path) -> None:
    make_folder(tmp_path, "owl", "crow")
    write(tmp_path / "owl" / "fast.wav", tone(77, 80), rate=1600)
    with pytest.raises(UnusableData, match=r"owl/fast\.wav has 1,600 .*--sample-rate 800"):
        signals.load(tmp_path)
    task = signals.load(tmp_path, DataOptions(sample_rate=800))
    assert task.input_shape == (1, 40)
    assert "1 of 21 were resampled to 800 numbers a second" in task.notes


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "owl" / "3.wav").write_bytes(b"RIFF"), r"owl/3\.wav cannot be"),
        (lambda folder: (folder / "owl" / "table.csv").touch(), "1 file is no rec.*table"),
        (lambda folder: write(folder / "owl" / "2.wav", tone(0, 40, 2)), r"owl/2\.wav has 2 chan"),
    ],
)
def test_the_folder_and_the_damaged_file_are_named(
    tmp_path: Path, damage: Any, message: str
) -> None:
    damage(make_folder(tmp_path, "owl", "crow"))
    with pytest.raises(UnusableData, match=re.escape(str(tmp_path)) + ": " + message):
        signals.load(tmp_path)


def test_folders_name_classes_and_a_single_recording_is_no_task(tmp_path: Path) -> None:
    make_folder(tmp_path, "owl", "crow")
    with pytest.raises(UnusableData, match="target kind values, but folders name classes"):
        signals.load(tmp_path, DataOptions(target_kind="values"))
    with pytest.raises(UnusableData, match=r"0\.wav is a single recording"):
        signals.load(tmp_path / "owl" / "0.wav")
