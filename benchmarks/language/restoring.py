"""A conditional task made of a text: parts of its sentences, their words shuffled, then in order.

A line is `words shuffled > shuffled words`, what follows the mark can be told from what precedes
it, and a network learns it like any other text.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

MARK = " >"
FEWEST, MOST = 4, 8  # words of a part
ENDS = re.compile(r"[.,:;?!()\[\]>\n]+")


def restoring_lines(text: str, seed: int = 0) -> Iterator[str]:
    """Yield a line for each part of a sentence between marks that has 4 to 8 words.

    What the text has twice has one line, so that none is learnt from and asked for.
    """
    rng = random.Random(seed)
    for words in dict.fromkeys(tuple(part.split()) for part in ENDS.split(text)):
        if FEWEST <= len(words) <= MOST:
            shuffled = rng.sample(words, len(words))
            yield f"{' '.join(shuffled)}{MARK} {' '.join(words)}"


def write_restoring(source: Path, path: Path) -> None:
    """Write the lines of a text into a file."""
    lines = restoring_lines(source.read_text(encoding="utf-8"))
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
