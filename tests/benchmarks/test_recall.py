"""Pairs are planted in the beginning, and keys alone where they are asked for in between."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.recall.__main__ import asked_before
from benchmarks.recall.contestants import USES, contestants
from benchmarks.recall.planting import PAIRS, Source, documents
from fitness.data.text.vocabulary import Vocabulary

SOURCE = Source(
    "numbers",
    np.arange(100),
    np.arange(100),
    Vocabulary("byte", tuple(bytes([number]) for number in range(256))),
    mark=200,
    keys=np.arange(210, 220),
    values=np.arange(230, 240),
)


def test_questions_in_between_are_keys_without_answers_and_change_nothing_else() -> None:
    once, twice = (
        documents(SOURCE, 3, 90, np.random.default_rng(1), asked_at) for asked_at in ((), (40,))
    )
    assert np.array_equal(once.keys, twice.keys)
    start = once.opening + 40
    asked = twice.tokens[:, start : start + 2 * PAIRS]
    assert (asked[:, ::2] == 200).all()
    assert np.array_equal(asked[:, 1::2], twice.keys)
    changed = (once.tokens != twice.tokens).any(axis=0)
    assert np.flatnonzero(changed).tolist() == list(range(start, start + 2 * PAIRS))


def test_questions_stand_evenly_before_the_nearest_distance() -> None:
    assert asked_before(1, 1000) == []
    assert asked_before(4, 1000) == [250, 500, 750]
    with pytest.raises(SystemExit, match="60 times do not fit into 100 tokens"):
        asked_before(60, 100)


def test_uses_are_a_rule_of_the_memory_that_costs_no_bytes() -> None:
    usual, other = contestants(), contestants(1)
    assert [one.kept_bytes() for one in usual] == [one.kept_bytes() for one in other]
    uses = [
        group[0].network(0).spec.by_name["memory"].attributes["uses"] for group in (usual, other)
    ]
    assert uses == [USES, 1]
