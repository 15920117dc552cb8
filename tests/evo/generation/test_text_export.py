"""Exports that continue texts: read as data, in words where they are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evo.errors import BadInput
from evo.export.folder import write_export
from evo.generation.sampling import Sampling
from evo.generation.text_export import TextExport
from tests.evo.exports import random_export

GREEDY = Sampling(0.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("exports") / "out"
    write_export(random_export("transformer", 3), path)
    (path / "model.py").write_text("raise SystemExit('model.py ran')")
    return path


def test_it_continues_in_the_tokens_of_the_vocabulary(folder: Path) -> None:
    found = list(TextExport.of(folder).continued("ab\na", 30, GREEDY, 0))
    assert len(found) == 30
    assert set(found) <= {b"\n", b"a", b"b"}
    assert found == list(TextExport.of(folder).continued("ab\na", 30, GREEDY, 0))


@pytest.mark.parametrize(
    ("prompt", "message"), [("", "an empty text"), ("abc", "'c' at place 2 is not one of the 3")]
)
def test_a_prompt_that_says_nothing_to_it_is_refused(
    folder: Path, prompt: str, message: str
) -> None:
    with pytest.raises(BadInput, match=f"--prompt: .*{message}"):
        TextExport.of(folder).continued(prompt, 1, GREEDY, 0)


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        ({"kind": "character", "tokens": ["a", "b"]}, "2 tokens, spec.json describes .* of 3"),
        ({"kind": "letters", "tokens": ["a"]}, "unknown kind of tokens 'letters'"),
        ({"kind": "character", "tokens": ["a", "b", "cd"]}, "one character a token"),
        ({"kind": "character", "tokens": 3}, "expected a vocabulary of evo"),
        (["a"], "expected a vocabulary of evo"),
    ],
)
def test_a_vocabulary_of_another_network_is_refused(
    folder: Path, tmp_path: Path, vocabulary: object, message: str
) -> None:
    for name in ("spec.json", "weights.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "vocabulary.json").write_text(json.dumps(vocabulary))
    with pytest.raises(BadInput, match=f"vocabulary.json.*{message}"):
        TextExport.of(tmp_path)


def test_what_continues_no_text_is_refused(tmp_path: Path) -> None:
    write_export(random_export("mlp", 3), tmp_path / "out")
    with pytest.raises(
        BadInput, match="continues no text; expected the export of a run on a task"
    ):
        TextExport.of(tmp_path / "out")
