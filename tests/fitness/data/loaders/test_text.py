"""`text:`: a text becomes windows of tokens; what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fitness.data.arrays import UnusableData
from fitness.data.loaders import text as loader
from fitness.data.options import DataOptions
from fitness.data.task_reference import TaskReference
from fitness.targets.next_token import SKIPPED, NextToken

TEXT = "".join(f"{k} green bottles hanging on the wall\n" for k in range(60))


def write(folder: Path, text: str = TEXT) -> Path:
    path = folder / "song.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_text_is_split_by_position(tmp_path: Path) -> None:
    path = write(tmp_path)
    task = TaskReference(str(path), options=DataOptions(window=16)).load()
    target = task.target
    assert isinstance(target, NextToken)
    assert (task.name, task.family, task.tokens) == ("song", "transformer", len({*TEXT}))
    assert task.input_shape == (16,)
    assert task.epoch_examples is None
    assert f"task '{path}' was taken as text:{path}" in task.notes
    parts = []
    for split in (task.train, task.validation, task.test):
        first = target.vocabulary.decode([int(split.x[0, 0])])
        parts.append(first + target.vocabulary.decode(split.y[split.y != SKIPPED].tolist()))
    assert "".join(parts) == TEXT
    assert [len(part) / len(TEXT) for part in parts] == pytest.approx([0.8, 0.1, 0.1], abs=0.01)


def test_tokens_are_predicted_from_half_a_window_outside_of_train(tmp_path: Path) -> None:
    task = loader.load(write(tmp_path), DataOptions(window=16))
    assert (task.train.y[:-1] != SKIPPED).all()
    assert (task.test.y[0] != SKIPPED).all()
    assert (task.test.y[1:, :8] == SKIPPED).all()


def test_a_long_text_is_drawn_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "EPOCH_TOKENS", 320)
    monkeypatch.setattr(loader, "VALIDATION_TOKENS", 80)
    task = loader.load(write(tmp_path), DataOptions(window=16))
    assert task.epoch_examples == 20
    assert len(task.validation) == 10
    assert "an epoch is 20 of 111 windows of 16 tokens, drawn anew" in task.notes
    assert "validation is measured on 10 of 27 windows, spread evenly" in task.notes


def test_a_vocabulary_is_chosen_or_said(tmp_path: Path) -> None:
    path = write(tmp_path, "".join(map(chr, range(0x4E00, 0x4E00 + 600))) * 4)
    task = loader.load(path, DataOptions(window=16))
    assert task.tokens == 256
    assert "tokens are bytes (256), for the text has 600 different characters" in task.notes
    assert task.train.x.dtype == np.uint8
    said = loader.load(path, DataOptions(window=16, tokens="character"))
    assert (said.tokens, said.train.x.dtype) == (600, np.float32)


def test_byte_pairs_have_a_size(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    options = DataOptions(tokens="bpe", vocabulary_size=290, window=8)
    task = TaskReference(f"text:{write(tmp_path)}", options=options).load()
    assert task.target.outputs == 290
    assert sum(task.target.repeated(np.zeros(290), task.test.y)[:, 2]) < len(TEXT) / 10


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("short", DataOptions(), r"song.txt: a text of 5 characters is too short"),
        (TEXT[:400], DataOptions(), "has 40 tokens, .* say --window 39, or give a longer text"),
        (TEXT, DataOptions(window=2), "a window of 2, expected at least 8"),
        (TEXT, DataOptions(vocabulary_size=300), "300 for tokens character.*--tokens bpe"),
        (TEXT, DataOptions(tokens="words"), "unknown kind of tokens 'words'"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, text: str, options: DataOptions, reason: str
) -> None:
    with pytest.raises(UnusableData, match=reason):
        loader.load(write(tmp_path, text), options)
