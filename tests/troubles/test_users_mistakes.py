"""A user's mistake was shown as a defect of evo, or filled the memory.

A table or a list given as inputs, gigantic label ids, labels from one, texts, a `make_task` that
raises, exits or returns something else: what can only mean one thing is accepted and said in a
line; for the rest an error says what to do, with exit code 2.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from evo.cli.exits import scored
from evo.errors import BadInput
from evo.export.exported import plain_network
from evo.export.folder import write_export
from evo.running.parts import prepared
from evo.settings.config import build
from fitness.data.arrays import UnusableData
from fitness.data.loaders.npz import load as load_npz
from fitness.data.task import Split, Task
from fitness.data.task_reference import TaskReference
from fitness.targets.classes import Classes
from tests.evo.exports import FACTS, exported, random_network

X = np.random.default_rng(0).normal(size=(30, 3))


def task_of(x: Any, y: Any, classes: int = 3, **more: Any) -> Task:
    split = Split(x, y)
    return Task("t", "", Classes(classes), split, split, split, **more)


# -- inputs --------------------------------------------------------------------------------------

INPUTS: dict[str, Any] = {
    "list": X.tolist(),
    "list of arrays": list(X),
    "table": pd.DataFrame(X, columns=["a", "b", "c"]),
    "table of numbers as objects": pd.DataFrame(X).astype(object),
    "tensor": torch.from_numpy(X),
    "tensor with a gradient": torch.from_numpy(X).requires_grad_(),
}


@pytest.mark.parametrize("name", INPUTS)
def test_what_holds_numbers_is_taken(name: str) -> None:
    task = task_of(INPUTS[name], np.arange(30) % 3)
    assert np.array_equal(task.train.x, X.astype(np.float32))


REFUSED: dict[str, tuple[Any, str]] = {
    "words in a table": (
        pd.DataFrame({"a": [1.0, 2.0], "city": ["Rome", "Bonn"]}),
        "a table whose columns city hold no numbers (1 of 2); encode, fill or drop them",
    ),
    "texts": ([["1", "2"], ["3", "4"]], "inputs of type <U1, expected numbers"),
    "ragged": ([[1.0], [2.0, 3.0]], "do all examples have the same shape?"),
    "nothing": (None, "received inputs as NoneType, expected an array"),
    "a dictionary": ({"a": 1}, "received inputs as dict"),
    "times": (np.array([["2020-01-01"]] * 2, "datetime64[s]"), "astype('datetime64[s]')"),
    "complex": (X[:2] + 1j, "type complex128"),
    "one number an example": (X[:2, 0], "x.reshape(-1, 1)"),
    "masked": (np.ma.masked_less(X[:2], 0.0), "x.filled(0)"),
    "volumes": (np.zeros((2, 1, 3, 3, 3)), "shape (2, 1, 3, 3, 3), expected (N, features)"),
    "structured": (np.zeros(2, [("a", "f8")]), "expected numbers"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_holds_none_is_refused_with_what_to_do(name: str) -> None:
    x, message = REFUSED[name]
    with pytest.raises(UnusableData) as caught:
        Split(x, [0, 1])
    assert message in str(caught.value)
    assert scored(caught.value)[1] == 2


def test_a_sparse_matrix_is_refused_with_what_to_do() -> None:
    from scipy.sparse import csr_matrix

    with pytest.raises(UnusableData, match=r"x\.toarray\(\)"):
        Split(csr_matrix(X), np.arange(30) % 3)


# -- labels --------------------------------------------------------------------------------------

THIRDS = np.arange(30) % 3
LABELS: dict[str, tuple[Any, str, tuple[str, ...]]] = {
    "from zero": (THIRDS, "", ()),
    "from one": (THIRDS + 1, "numbered from 0: 0 is 1, 1 is 2, 2 is 3", ("1", "2", "3")),
    "gaps": (THIRDS * 5, "0 is 0, 1 is 5, 2 is 10", ("0", "5", "10")),
    "gigantic": (THIRDS * 10**15, f"2 is {2 * 10**15}", ("0", str(10**15), str(2 * 10**15))),
    "whole floats": (THIRDS.astype(float), "whole numbers: they are taken as classes", ()),
    "one-hot": (np.eye(3)[THIRDS], "one-hot rows of 3: class is the place of the one", ()),
    "column": (THIRDS[:, None], "", ()),
    "texts": (np.array(["ant", "bee", "cat"])[THIRDS], "0 is ant, 1 is bee, 2 is cat",
              ("ant", "bee", "cat")),
    "bytes": (np.array([b"ant", b"bee", b"cat"])[THIRDS], "0 is ant", ("ant", "bee", "cat")),
    "objects": (pd.Series(["ant", "bee", "cat"])[THIRDS], "0 is ant", ("ant", "bee", "cat")),
    "categories": (pd.Series(["ant", "bee", "cat"], dtype="category")[THIRDS], "0 is ant",
                   ("ant", "bee", "cat")),
    "tensor": (torch.from_numpy(THIRDS), "", ()),
    "list": (THIRDS.tolist(), "", ()),
}  # fmt: skip


@pytest.mark.parametrize("name", LABELS)
def test_labels_that_can_only_mean_one_thing_are_taken_and_said(name: str) -> None:
    y, note, names = LABELS[name]
    task = task_of(X, y)
    assert task.train.y.tolist() == THIRDS.tolist()
    assert task.train.y.dtype == np.int64
    assert note in " ".join(task.notes)
    assert bool(task.notes) == bool(note)
    assert task.target.names == names


@pytest.mark.parametrize(
    "name", [name for name in LABELS if name not in ("objects", "categories")]
)
def test_an_archive_takes_the_same_labels(name: str, tmp_path: Path) -> None:
    y, _, names = LABELS[name]
    np.savez(tmp_path / "mine.npz", x=X, y=np.asarray(y))
    task = load_npz(tmp_path / "mine.npz")
    assert task.target.outputs == 3
    assert task.target.names == names
    assert (
        np.bincount(np.concatenate([s.y for s in (task.train, task.validation, task.test)]))[0]
        == 10
    )


def test_minus_one_and_one_are_two_classes() -> None:
    task = task_of(X, np.where(THIRDS == 0, -1, 1), classes=2)
    assert task.target.names == ("-1", "1")


WRONG: dict[str, tuple[Any, int, str]] = {
    "fractions": (X[:, 0], 3, "the target Values"),
    "many different": (np.arange(30) * 7, 30, "fewer than two of each"),
    "several a row": (np.ones((30, 3)), 3, "expected one class an example"),
    "unlabelled": (THIRDS - 1, 3, "if it marks examples without a label, drop them"),
    "nan": (np.where(THIRDS, np.nan, 1.0), 2, "labels that are NaN or infinite"),
    "too many classes said": (THIRDS, 10**12, "classes [3, 4, 5, 6, 7] of 0..999999999999 are"),
    "too few said": (THIRDS + 7, 2, "received 2 classes, but labels of train from 7 to 9"),
    "mixed": (["ant", 1] * 15, 2, "an array of one kind of values"),
    "one class": (["ant"] * 30, 2, "all labels of train are 'ant'"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_labels_that_leave_a_question_are_refused_with_what_to_do(name: str) -> None:
    y, classes, message = WRONG[name]
    if name == "mixed":
        y = np.array(y, dtype=object)
    with pytest.raises(UnusableData) as caught:
        task_of(X, y, classes)
    assert message in str(caught.value)
    assert scored(caught.value)[1] == 2


def test_a_class_that_only_test_has_is_named() -> None:
    train, test = Split(X, THIRDS), Split(X, np.where(THIRDS, 1, 9))
    with pytest.raises(UnusableData, match="test has the label 9, which is none of train's"):
        Task("t", "", Classes(3), train, train, test)


def test_names_of_classes_reach_the_card(tmp_path: Path) -> None:
    names = ("ant", "bee", "çat")
    np.savez(tmp_path / "mine.npz", x=X, y=THIRDS, class_names=names)
    task = load_npz(tmp_path / "mine.npz")
    assert task.target.names == names
    assert task.notes == ()
    network = plain_network(random_network("mlp", 1))
    write_export(exported(network, "npz:x.npz", FACTS, task.target.names), tmp_path / "out")
    card = json.loads((tmp_path / "out/card.json").read_text(encoding="utf-8"))
    assert card["class_names"] == "ant, bee, çat"
    assert "0 ant, 1 bee, 2 çat" in (tmp_path / "out/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("ant", "bee", "cat", "dog"), r"classes \[3\] \(dog\) of 0..3 are not in train"),
        (("ant", "ant", "cat"), "one text a class, all of them different"),
        ((1, 2, 3), "one text a class"),
    ],
)
def test_names_that_do_not_fit_are_refused(
    names: tuple[Any, ...], message: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "mine.npz", x=X, y=THIRDS, class_names=names)
    with pytest.raises(UnusableData, match=message):
        load_npz(tmp_path / "mine.npz")


# -- make_task -----------------------------------------------------------------------------------

SOURCE = """
import sys
import numpy as np
from fitness.data.task import Split, Task
from fitness.targets.classes import Classes

def raises(): return {}["missing"]
def exits(): sys.exit("no data today")
def exits_silently(): sys.exit()
def returns_nothing(): pass
def returns_text(): return "task"
def returns_class(): return Task
def gives_bad_arrays(): Split(np.zeros((2, 2)), [0.5, 1, 2])
def gives_no_splits():
    x = np.zeros((2, 2))
    return Task("t", "", Classes(2), (x, [0, 1]), (x, [0, 1]), (x, [0, 1]))
def fails_in_numpy(): np.zeros(3).reshape(2, 2)
def needs_an_argument(x): return x
value = 3
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "their_mistakes.py").write_text(SOURCE)
    (tmp_path / "their_syntax.py").write_text("def make_task(:\n")
    (tmp_path / "their_exit.py").write_text("raise SystemExit(3)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "their_mistakes"
    for name in ("their_mistakes", "their_syntax", "their_exit"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("raises", "raises raised KeyError: 'missing' (their_mistakes.py, line 7)"),
        ("exits", "exits called sys.exit('no data today'); it has to return a Task"),
        ("exits_silently", "called sys.exit(None)"),
        ("returns_nothing", "returned a NoneType, expected a fitness.data.task.Task"),
        ("returns_text", "returned a str, expected"),
        ("returns_class", "returned a type, expected"),
        ("gives_bad_arrays", "received 2 inputs and 3 targets"),
        ("gives_no_splits", "received train as tuple, expected a Split"),
        ("fails_in_numpy", "raised ValueError: cannot reshape"),
        ("needs_an_argument", "raised TypeError"),
        ("value", "function"),
    ],
)
def test_a_make_task_that_fails_is_told_as_the_users(
    module: str, function: str, message: str
) -> None:
    with pytest.raises(ValueError, match="task") as caught:
        prepared(build({"task": f"{module}:{function}"}))
    text, code = scored(caught.value)
    assert message in text
    assert code == 2
    assert "should not happen" not in text


@pytest.mark.parametrize("name", ["their_syntax", "their_exit"])
def test_a_module_that_cannot_be_imported_is_told_as_the_users(module: str, name: str) -> None:
    with pytest.raises(UnusableData, match=f"importing {name}") as caught:
        TaskReference(f"{name}:make_task").load()
    assert scored(caught.value)[1] == 2


# -- names of tasks ------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["mine.npz", "./mine.npz", "sub/../mine.npz", "MINE.NPZ"])
def test_an_archive_needs_no_prefix(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for name in ("mine.npz", "MINE.NPZ"):
        with open(name, "wb") as file:
            np.savez(file, x=X, y=THIRDS)
    task, config = prepared(build({"task": written}))
    assert task.notes[0].startswith(f"task '{written}' was taken as npz:")
    assert config.task.startswith(f"npz:{tmp_path}/")
    assert TaskReference(config.task).load().fingerprint() == task.fingerprint()


def test_the_home_folder_is_known_with_and_without_a_prefix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    np.savez(tmp_path / "mine.npz", x=X, y=THIRDS)
    for written in ("~/mine.npz", "npz:~/mine.npz"):
        _, config = prepared(build({"task": written}))
        assert config.task == f"npz:{tmp_path / 'mine.npz'}"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("d.xlsx", "'d.xlsx', a file of a kind that is not read; supported are"),
        ("photos/", "'photos/', a folder"),
        ("photos", "'photos', a folder"),
        ("x.npy", "a file of a kind that is not read"),
        ("mine.py:make_task", "name the module, not its file: mine:make_task"),
    ],
)
def test_what_is_not_supported_says_what_is(
    written: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    (tmp_path / "x.npy").write_bytes(b"")
    with pytest.raises(ValueError, match="task") as caught:
        prepared(build({"task": written}))
    text, code = scored(caught.value)
    assert message in text
    assert code == 2
    assert "npz" in text or "module" in text


def test_a_registered_task_goes_before_a_folder_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    assert TaskReference("digits").load().name == "digits"


def test_a_misspelt_task_still_gets_a_suggestion() -> None:
    with pytest.raises((BadInput, ValueError), match="Did you mean 'digits'"):
        prepared(build({"task": "digitz"}))
