"""Real text with key-value pairs planted in it: `@ key value`; the key again asks for the value.

The text is the King James Bible of Debian's package bible-kjv where its program is installed, else
documentation strings of Python's standard library. Keys and values are words of it, each a token;
which value belongs to which key is drawn for each document.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.context_control import documentation
from fitness.data.text.vocabulary import Vocabulary, new_vocabulary

VOCABULARY, WORDS, HELD_OUT = 512, 32, 0.1
PAIRS, PLANTED = 4, 16  # in a window that is learnt from; the others ask
Tokens = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Source:
    """A text as tokens, and the numbers of the mark, of keys and of values."""

    name: str
    train: Tokens
    test: Tokens
    vocabulary: Vocabulary
    mark: int
    keys: Tokens
    values: Tokens


def read_source() -> Source:
    """Read the text; raise ValueError where too few of its words are single tokens."""
    name, text = ("King James Bible", _bible()) if shutil.which("bible") else ("", "")
    if not text:
        name, text = "documentation strings of Python", documentation()
    cut = int((1.0 - HELD_OUT) * len(text))
    vocabulary = new_vocabulary("bpe", text, text[:cut], VOCABULARY)
    words = [number for number, token in enumerate(vocabulary.tokens) if _is_word(token)]
    if len(words) < 2 * WORDS:
        raise ValueError(f"{name} has {len(words)} words that are tokens, expected {2 * WORDS}")
    drawn = np.random.default_rng(0).permutation(words)
    return Source(
        name,
        vocabulary.encode(text[:cut]),
        vocabulary.encode(text[cut:]),
        vocabulary,
        vocabulary.tokens.index(b"@"),
        drawn[:WORDS],
        drawn[WORDS : 2 * WORDS],
    )


def _bible() -> str:
    verses = ["bible", "-f", "gen1:1-rev22:21"]  # a verse a line, behind its number
    found = subprocess.run(verses, capture_output=True, text=True, check=True).stdout
    return "\n".join(line.partition(" ")[2] for line in found.splitlines())


def _is_word(token: bytes) -> bool:
    return len(token) > 3 and token[:1] == b" " and token[1:].isalpha()


def lesson(
    source: Source, length: int, rng: np.random.Generator
) -> tuple[Tokens, npt.NDArray[np.bool_]]:
    """Return tokens (length + 1,) with a few pairs, each planted several times, and the answers.

    An answer is a value whose pair came before.
    """
    start = rng.integers(0, len(source.train) - length)
    tokens, answers = source.train[start : start + length + 1].copy(), np.zeros(length + 1, bool)
    keys = rng.choice(source.keys, PAIRS, replace=False)
    values, seen = rng.choice(source.values, PAIRS), np.zeros(PAIRS, bool)
    for place in np.sort(rng.choice((length + 1) // 3, PLANTED, replace=False)) * 3:
        pair = rng.integers(PAIRS)
        tokens[place : place + 3] = source.mark, keys[pair], values[pair]
        answers[place + 2], seen[pair] = seen[pair], True
    return tokens, answers


@dataclass(frozen=True)
class Documents:
    """Held-out texts (N, T) in whose beginning pairs are planted: keys and values (N, PAIRS)."""

    tokens: Tokens
    keys: Tokens
    values: Tokens
    opening: int  # tokens up to behind the last pair


def documents(
    source: Source,
    count: int,
    length: int,
    rng: np.random.Generator,
    asked_at: Sequence[int] = (),
) -> Documents:
    """Return documents of different places of the text, which begins anew where it ends.

    So many tokens behind the last pair, `asked_at`, all keys are written without an answer,
    `@ key @ key`, in the place of what the text has there.
    """
    opening = 6 * PAIRS
    starts = np.arange(count) * len(source.test) // count
    places = (starts[:, None] + np.arange(opening + length)) % len(source.test)
    tokens = source.test[places]
    keys = np.stack([rng.choice(source.keys, PAIRS, replace=False) for _ in range(count)])
    values = rng.choice(source.values, (count, PAIRS))
    for pair in range(PAIRS):
        place = 6 * pair + 3
        tokens[:, place], tokens[:, place + 1] = source.mark, keys[:, pair]
        tokens[:, place + 2] = values[:, pair]
    for distance in asked_at:
        for pair in range(PAIRS):
            place = opening + distance + 2 * pair
            tokens[:, place], tokens[:, place + 1] = source.mark, keys[:, pair]
    return Documents(tokens, keys, values, opening)
