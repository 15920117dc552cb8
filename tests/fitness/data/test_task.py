"""Tasks validate themselves; every registered task keeps the contract."""

import urllib.request
from dataclasses import replace

import numpy as np
import pytest

from fitness.data.arrays import UnusableData
from fitness.data.fit_normalization import fit
from fitness.data.task import SearchDefaults, SizeLimits, Split, Task
from fitness.data.task_names import TASKS
from fitness.data.task_reference import TaskReference
from fitness.metric import metric_for
from fitness.targets.classes import Classes
from fitness.tasks import fashion_mnist
from genomes.genes.registry import UnknownName
from genomes.graph.normalization import Normalization

X = np.arange(8, dtype=np.float32).reshape(4, 2)
Y = np.array([0, 1, 0, 1])
SPLIT = Split(X, Y)
TASK = Task("tiny", "four points", Classes(2), SPLIT, SPLIT, SPLIT)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X, Y[:3], "4 inputs and 3 targets"),
        (X[:0], Y[:0], r"inputs of shape \(0, 2\)"),
        (X[:, :, None, None, None], Y, r"shape \(4, 2, 1, 1, 1\)"),
        (np.where(X == 3, np.nan, X), Y, "1 inputs that are NaN"),
    ],
)
def test_impossible_splits_are_refused(x: np.ndarray, y: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Split(x, y)


def test_an_epoch_has_as_many_examples_as_the_reference_says() -> None:
    assert TaskReference("digits").load().epoch_examples is None
    assert TaskReference("digits", epoch_examples=200).load().epoch_examples == 200
    with pytest.raises(UnusableData, match="received an epoch of 1 examples, expected at least 2"):
        TaskReference("digits", epoch_examples=1).load()


def signals(shape: tuple[int, ...], kind: type = np.float32) -> Split:
    x = np.arange(np.prod(shape)).reshape(shape).astype(kind)
    return Split(x, np.arange(len(x)) % 2, kind="signals")


def signal_task(shape: tuple[int, ...], **changes: object) -> Task:
    split = signals(shape)
    return Task("signals", "some", Classes(2), split, split, split, **changes)


def test_signals_keep_their_channels_and_length() -> None:
    assert signals((4, 2, 9)).x.shape == (4, 2, 9)
    assert signals((4, 9)).x.shape == (4, 1, 9)
    assert signals((4, 1, 9), np.uint8).x.dtype == np.float32
    assert signals((4, 1, 9), np.float64).x.dtype == np.float64
    assert replace(signals((4, 9, 3)), notes=("a",)).x.shape == (4, 9, 3)  # no image, no guess
    assert Split(np.zeros((4, 8, 9)), Y).x.shape == (4, 1, 8, 9)  # what is not said is an image


@pytest.mark.parametrize("shape", [(4,), (4, 0), (4, 2, 9, 1), (0, 2, 9)])
def test_other_shapes_are_no_signals(shape: tuple[int, ...]) -> None:
    with pytest.raises(UnusableData, match=r"expected \(N, channels, length\) or \(N, length\)"):
        Split(np.zeros(shape), np.zeros(shape[0]), kind="signals")


def test_another_kind_and_splits_of_two_kinds_are_refused() -> None:
    with pytest.raises(UnusableData, match="kind 'signal', expected arrays or signals"):
        Split(np.zeros((4, 9)), Y, kind="signal")
    with pytest.raises(UnusableData, match=r"test inputs have shape \(9,\), .* train \(1, 9\)"):
        replace(signal_task((4, 9)), test=Split(np.zeros((4, 9)), Y))


def test_signals_have_a_family_and_limits_that_grow_with_their_length() -> None:
    short, long = signal_task((4, 9, 100)), signal_task((4, 1, 7840))
    assert short.family == long.family == "cnn1d"
    assert short.limits == SizeLimits(4e6, 2e5, 5e4)
    assert long.limits == SizeLimits(4e7, 2e6, 5e4)
    assert signal_task((4, 9), defaults=SearchDefaults(family="mlp")).family == "mlp"
    assert TASK.family == "mlp"


def test_signals_are_normalised_per_channel() -> None:
    x = np.zeros((4, 2, 9), np.float32)
    x[:2, 0], x[:, 1] = 4.0, 100.0
    split = Split(x, Y, kind="signals")
    found = fit(Task("signals", "some", Classes(2), split, split, split))
    assert found == Normalization((2.0, 100.0), (2.0, 1.0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": 2}, r"received target 2, expected for instance Classes\(10\)"),
        ({"target": Classes(3)}, r"classes \[2\] of 0..2 are not in train"),
        ({"train": Split(X, Y - 1)}, "received the label -1; if it marks"),
        ({"test": Split(X[:, :1], Y)}, r"test inputs have shape \(1,\)"),
        ({"validation": Split(X, Y * 2)}, "validation has the label 2, which is none of train's"),
    ],
)
def test_impossible_tasks_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(TASK, **changes)


def test_the_fingerprint_follows_the_contents() -> None:
    same = Task("tiny", "described otherwise", Classes(2), Split(X.copy(), Y.copy()), SPLIT, SPLIT)
    assert same.fingerprint() == TASK.fingerprint()
    assert replace(TASK, test=Split(X + 1, Y)).fingerprint() != TASK.fingerprint()
    assert replace(TASK, name="other").fingerprint() != TASK.fingerprint()


def test_an_unknown_task_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'digits'"):
        TaskReference("digit").load()


@pytest.mark.parametrize("name", TASKS.names())
def test_every_registered_task_keeps_the_contract(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "fashion-mnist" and not fashion_mnist.SYSTEM_FOLDER.is_dir():
        pytest.skip("data set not installed")

    def refused(*given: object, **named: object) -> None:
        raise OSError("tests fetch nothing")

    monkeypatch.setattr(urllib.request, "urlopen", refused)
    module = TASKS.load(name)
    try:
        task = module.load(None)
    except FileNotFoundError:
        pytest.skip("its files are in no package; its own tests make some")
    assert task.name == name
    assert task.description == module.DESCRIPTION
    assert len(task.target.names) == task.target.outputs
    assert task.augmentations[0] == "none"
    assert metric_for(None, task.target).name == task.target.primary
    for split in (task.train, task.validation, task.test):
        if task.target.kind == "classes":
            assert set(np.unique(split.y)) == set(range(task.target.outputs))
        assert split.x.flags.writeable  # torch shares the memory and wants it so
