"""A text whose next letter follows from the last two, and a transformer, both tiny."""

from typing import Any

import numpy as np

from fitness.data.task import Split, Task
from fitness.data.text.vocabulary import Vocabulary
from fitness.targets.next_token import NextToken
from genomes.architectures import transformer
from genomes.genes.gene import Record
from tests.fitness.tiny import expressed

TOKENS, LENGTH = 5, 8


def make_task() -> Task:
    """Windows of letters, each the sum of the two before it."""
    vocabulary = Vocabulary("character", tuple(letter.encode() for letter in "abcde"))
    return Task(
        "tiny-text", "sums", NextToken(vocabulary), *map(_split, (96, 32, 32)), tokens=TOKENS
    )


def control(**changes: Any) -> Record:
    """Genes of a small transformer with context control; `control_pressure=1.0` closes gates."""
    block = Record(feed_forward=2, activation="gelu", context=1.0)
    genes = transformer.TEXTBOOK[0].replacing(
        family="transformer", blocks=(block, block), heads=2, head_size=8, control=True,
        control_threshold=0.2, control_pressure=0.001, control_half_life=4,
    )  # fmt: skip
    trained = {"training__optimizer": "adamw", "training__learning_rate": 0.5}
    return expressed(**trained).replacing(architecture=genes.replacing(**changes))


def _split(count: int) -> Split:
    rng = np.random.default_rng(count)
    text = rng.integers(0, TOKENS, (count, LENGTH + 1))
    for place in range(2, LENGTH + 1):
        text[:, place] = (text[:, place - 1] + text[:, place - 2]) % TOKENS
    return Split(text[:, :-1].astype(np.uint8), text[:, 1:].astype(np.int32))
