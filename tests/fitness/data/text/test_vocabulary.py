"""Vocabularies of all kinds write a text as tokens and read it back."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from fitness.data.arrays import UnusableData
from fitness.data.text.vocabulary import Vocabulary, new_vocabulary

TEXT = "the naïve theory of the thing\n" * 20 + "Ω and 😀\n"
SIZES = {"character": 18, "byte": 256, "bpe": 270}


@pytest.fixture(params=SIZES)
def vocabulary(request: pytest.FixtureRequest) -> Vocabulary:
    if request.param == "bpe":
        pytest.importorskip("tokenizers")
    return new_vocabulary(request.param, TEXT, TEXT[:500], 270)


def test_a_text_comes_back_and_its_sizes_add_up(vocabulary: Vocabulary) -> None:
    tokens = vocabulary.encode(TEXT)
    assert vocabulary.decode(tokens.tolist()) == TEXT
    assert len(vocabulary) == SIZES[vocabulary.kind]
    assert np.array(vocabulary.bytes_each)[tokens].sum() == len(TEXT.encode())
    assert np.array(vocabulary.characters_each)[tokens].sum() == len(TEXT)


def test_the_same_text_gives_the_same_vocabulary(vocabulary: Vocabulary) -> None:
    again = new_vocabulary(vocabulary.kind, TEXT, TEXT[:500], 270)
    assert again == vocabulary
    assert Vocabulary.from_json(json.loads(json.dumps(vocabulary.to_json()))) == vocabulary


def test_characters_are_in_the_order_of_their_numbers() -> None:
    found = new_vocabulary("character", "bÄab", "b", 0)
    assert found.tokens == (b"a", b"b", "Ä".encode())
    assert found.encode("Äba").tolist() == [2, 1, 0]
    assert found.to_json() == {"kind": "character", "tokens": ["a", "b", "Ä"]}
    assert found.shown(2) == "'Ä'"


@pytest.mark.parametrize("strange", ["c", "!", "😀"])
def test_a_character_without_a_token_is_named(strange: str) -> None:
    found = new_vocabulary("character", "ab", "ab", 0)
    with pytest.raises(UnusableData, match=f"'{strange}' at place 1 is not one of the 2"):
        found.encode(f"a{strange}")


def test_a_token_may_be_part_of_a_character() -> None:
    found = new_vocabulary("byte", "", "", 0)
    assert found.encode("Ä").tolist() == [0xC3, 0x84]
    assert (found.characters_each[0xC3], found.characters_each[0x84]) == (1, 0)
    assert found.decode([0xC3]) == "\ufffd"


def test_pairs_are_learnt_from_train_alone() -> None:
    pytest.importorskip("tokenizers")
    found = new_vocabulary("bpe", "xyxyxyxy", "abababab", 258)
    assert found.tokens[256:] == (b"ab", b"abab")
    assert found.encode("ababxy").tolist() == [257, *map(found.tokens.index, (b"x", b"y"))]


def test_what_cannot_be_a_vocabulary_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnusableData, match=r"kind of tokens 'characters'.*Did you mean 'char"):
        new_vocabulary("characters", "a", "a", 0)
    with pytest.raises(UnusableData, match="256 byte pairs, expected at least 257"):
        new_vocabulary("bpe", "a", "a", 256)
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(UnusableData, match=r"pip install 'evo-nas\[text\]'"):
        new_vocabulary("bpe", "a", "a", 300)
