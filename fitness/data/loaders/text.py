"""Loader `text:FILE`: a text, of which a network learns what comes next.

A file or a folder of .txt files. The first 80 % are train, then 10 % validation, the rest test;
nothing is shuffled across. Windows of train lie side by side. Those of validation and test overlap
by half, and the first half counts only once: a token is predicted from half a window at least. Of
a long text an epoch draws some windows, and validation takes some, spread evenly; test takes all.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData
from fitness.data.options import INFERRED, DataOptions
from fitness.data.task import SearchDefaults, Split, Task
from fitness.data.text.reading import read_text
from fitness.data.text.vocabulary import Vocabulary, new_vocabulary
from fitness.data.text.windows import Windows, evenly, windows
from fitness.targets.next_token import NextToken

EXAMPLE = "text:FILE"
DESCRIPTION = "Your own text, or a folder of .txt files: what comes next."
OPTIONS = frozenset({"tokens", "vocabulary_size", "window"})

TRAIN_SHARE, VALIDATION_SHARE = 0.8, 0.1
MOST_CHARACTERS = 512  # different ones, up to which they are the tokens
USUAL_SIZE = 2048  # of a vocabulary of byte pairs
USUAL_WINDOW = 128
SMALLEST_WINDOW = 8
EPOCH_TOKENS, VALIDATION_TOKENS = 1 << 17, 1 << 15  # drawn in an epoch; predicted after each


def recognises(path: Path) -> bool:
    """Tell a text by the end of its name."""
    return path.suffix.lower() == ".txt"


def load(path: Path, options: DataOptions = INFERRED) -> Task:
    """Read the task; its name is that of the file or folder without its ending.

    Of options `tokens`, `vocabulary_size` and `window` count. Raises FileNotFoundError if there
    is no such file, UnusableData, naming it, for what is no text and for texts that are too short.
    """
    text, notes = read_text(path)
    try:
        return _task(path, text, notes, options)
    except UnusableData as error:
        raise UnusableData(f"{path}: {error}") from None


def _task(path: Path, text: str, notes: tuple[str, ...], options: DataOptions) -> Task:
    window = USUAL_WINDOW if options.window is None else options.window
    if window < SMALLEST_WINDOW:
        raise UnusableData(f"received a window of {window}, expected at least {SMALLEST_WINDOW}")
    parts = _parts(text)
    vocabulary, of_tokens = _vocabulary(text, parts[0], options)
    encoded = [vocabulary.encode(part) for part in parts]
    _check_length(encoded, window, text)
    train = windows(encoded[0], window, window)
    validation = windows(encoded[1], window, window // 2)
    some = evenly(validation, max(1, 2 * VALIDATION_TOKENS // window))
    test = windows(encoded[2], window, window // 2)
    epoch = max(1, EPOCH_TOKENS // window)
    notes = (*notes, of_tokens, *_notes_on_parts(train, epoch, validation, some, window))
    return Task(
        name=path.stem,
        description=f"{len(text):,} characters of {path.name}, {len(vocabulary):,} tokens",
        target=NextToken(vocabulary),
        train=_split(train, vocabulary, notes),
        validation=_split(some, vocabulary),
        test=_split(test, vocabulary),
        defaults=_defaults(len(vocabulary), window),
        tokens=len(vocabulary),
        epoch_examples=epoch if epoch < len(train.x) else None,
        inferred=DataOptions(tokens=vocabulary.kind, window=window),
    )


def _parts(text: str) -> tuple[str, str, str]:
    """Cut a text by position into train, validation and test."""
    first = round(TRAIN_SHARE * len(text))
    second = round((TRAIN_SHARE + VALIDATION_SHARE) * len(text))
    return text[:first], text[first:second], text[second:]


def _vocabulary(text: str, train: str, options: DataOptions) -> tuple[Vocabulary, str]:
    """Return the vocabulary, and what was chosen in words."""
    different = len({*text})
    kind = options.tokens or ("character" if different <= MOST_CHARACTERS else "byte")
    if kind != "bpe" and options.vocabulary_size is not None:
        raise UnusableData(
            f"received a vocabulary of {options.vocabulary_size} for tokens {kind}, which have "
            "their own; say --tokens bpe for byte pairs"
        )
    found = new_vocabulary(kind, text, train, options.vocabulary_size or USUAL_SIZE)
    why = "" if options.tokens else f", for the text has {different:,} different characters"
    return found, f"tokens are {found.noun} ({len(found):,}){why}"


def _check_length(encoded: list[npt.NDArray[np.int64]], window: int, text: str) -> None:
    shortest = min(map(len, encoded))
    if shortest > window:
        return
    fitting = shortest - 1
    do = f"say --window {fitting}, or " if fitting >= SMALLEST_WINDOW else ""
    raise UnusableData(
        f"a text of {len(text):,} characters is too short: a part of it has {shortest:,} tokens, "
        f"and a window takes {window} and the next one; {do}give a longer text"
    )


def _notes_on_parts(
    train: Windows, epoch: int, validation: Windows, some: Windows, window: int
) -> list[str]:
    notes = []
    if epoch < len(train.x):
        notes.append(
            f"an epoch is {epoch:,} of {len(train.x):,} windows of {window} tokens, drawn anew"
        )
    if len(some.x) < len(validation.x):
        notes.append(
            f"validation is measured on {len(some.x):,} of {len(validation.x):,} windows, spread "
            "evenly"
        )
    return notes


def _split(found: Windows, vocabulary: Vocabulary, notes: tuple[str, ...] = ()) -> Split:
    narrow = np.uint8 if len(vocabulary) <= 256 else np.float32
    return Split(found.x.astype(narrow), found.y, notes)


def _defaults(vocabulary: int, window: int) -> SearchDefaults:
    """Return settings that suit texts; limits leave room for the vocabulary."""
    parameters = 300_000 + 128 * vocabulary
    return SearchDefaults(
        family="transformer",
        population=8,
        females=8,
        sons=6,
        daughters=4,
        stages=(2, 16),
        batch_sizes=(4, 8, 16),  # 8 needs a quarter of the tokens that 32 needs
        max_parameters=parameters,
        max_flops=4.0 * parameters * window,
        max_activations=4000.0 * window + vocabulary * window,
    )
