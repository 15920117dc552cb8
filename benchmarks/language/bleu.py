"""BLEU (Papineni et al. 2002) of what a network makes of held-out prompts, as sacrebleu counts it.

The likeliest token always follows. Passages are of validation windows, spread evenly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from typing import TypeVar

import numpy as np

from benchmarks.language.restoring import MARK
from evo.generation.continuing import Continuation
from evo.generation.sampling import Sampling
from fitness.data.task import Task
from fitness.data.text.vocabulary import Vocabulary
from genomes.networks.network import Network

Found = TypeVar("Found")


@dataclass(frozen=True)
class Passage:
    """A prompt, what followed it, and how many tokens are made at most; of a line to its end."""

    prompt: tuple[int, ...]
    reference: str
    most: int
    is_line: bool = False


def check_installed() -> None:
    """Raise SystemExit, saying what to install, where sacrebleu is missing."""
    if find_spec("sacrebleu") is None:
        raise SystemExit("--bleu needs sacrebleu: pip install 'evo-nas[benchmarks]'")


def vocabulary_of(task: Task) -> Vocabulary:
    """Return what the tokens of a text's task stand for."""
    found: Vocabulary = task.target.vocabulary  # type: ignore[attr-defined]
    return found


def continuations(task: Task, count: int) -> list[Passage]:
    """Return so many passages: the former half of a window, and the latter."""
    known, found = vocabulary_of(task), []
    for window in _evenly(_windows(task), count):
        half = len(window) // 2
        rest = window[half:]
        found.append(Passage(tuple(window[:half]), _text(known, rest), len(rest)))
    return found


def restorations(task: Task, count: int) -> list[Passage]:
    """Return so many lines of `benchmarks.language.restoring`: words shuffled, words in order.

    Raises SystemExit where no line is as a whole in a window.
    """
    known, found = vocabulary_of(task), []
    for window in _windows(task):
        for line in _text(known, window).split("\n")[1:-1]:
            shuffled, mark, whole = line.partition(MARK)
            prompt = known.encode(f"\n{shuffled}{mark}").tolist()
            found.append(Passage(tuple(prompt), whole, len(window), is_line=True))
    if not found:
        raise SystemExit("no line to be restored fits into a window; say a longer --window")
    return _evenly([*dict.fromkeys(found)], count)  # windows overlap


def _windows(task: Task) -> list[list[int]]:
    rows: list[list[int]] = task.validation.array.astype(int).tolist()
    return rows


def _evenly(all_of_them: Sequence[Found], count: int) -> list[Found]:
    places = np.unique(np.linspace(0, len(all_of_them) - 1, count).round().astype(int))
    return [all_of_them[place] for place in places]


def _text(known: Vocabulary, tokens: Sequence[int]) -> str:
    return b"".join(known.tokens[token] for token in tokens).decode(errors="replace")


def bleu(network: Network, known: Vocabulary, passages: Sequence[Passage]) -> float:
    """Return the BLEU of a corpus, 0 to 100, by sacrebleu's usual tokens."""
    import sacrebleu

    continuation = Continuation(network)
    said = [_said(continuation, known, one) for one in passages]
    return float(sacrebleu.corpus_bleu(said, [[one.reference for one in passages]]).score)


def _said(continuation: Continuation, known: Vocabulary, passage: Passage) -> str:
    made = []
    for token in islice(continuation.tokens(passage.prompt, Sampling(0.0), 0), passage.most):
        made.append(token)
        if passage.is_line and b"\n" in known.tokens[token]:
            break
    text = _text(known, made)
    return text.partition("\n")[0] if passage.is_line else text
