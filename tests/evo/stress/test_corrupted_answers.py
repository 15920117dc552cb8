"""The bootstrap of what corruption costs, on answers given by hand."""

from __future__ import annotations

import numpy as np
import pytest

from evo.stress.corrupted_answers import CLEAN, CorruptedAnswers, means
from evo.stress.stress_data import StressData
from fitness.data.split import Split
from fitness.metric import Metric
from fitness.stress.corruption import SEVERITIES, Corruption
from fitness.stress.input_facts import facts_of
from fitness.targets.classes import Classes

EXAMPLES = 200


def answers(**wrong: tuple[int, int]) -> CorruptedAnswers:
    """Return networks that are wrong on so many clean inputs, and on so many corrupted ones."""
    x = np.random.default_rng(0).random((EXAMPLES, 1, 4, 4)).astype(np.float32)
    split = Split(x, np.zeros(EXAMPLES, dtype=np.int64))
    data = StressData(
        "t", "test", split, EXAMPLES, facts_of(x), Classes(2), Metric.load("accuracy")
    )
    noise = Corruption.load("noise")
    kept = {
        name: {
            (CLEAN, 0): _logits(clean),
            **{("noise", severity): _logits(corrupted) for severity in SEVERITIES},
        }
        for name, (clean, corrupted) in wrong.items()
    }
    return CorruptedAnswers(data, (noise,), kept)


def _logits(wrong: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([[0.0, 1.0]] * wrong + [[1.0, 0.0]] * (EXAMPLES - wrong))


def test_the_difference_is_how_much_more_is_lost() -> None:
    rows = answers(exported=(20, 100), best=(10, 30), same=(20, 100)).comparison()
    best, same = rows.iloc[1], rows.iloc[2]
    assert best["clean"] == 0.95
    assert best["corrupted"] == pytest.approx(0.85)
    assert best["difference"] == pytest.approx(0.4 - 0.1)
    assert 0.2 < best["low"] < best["difference"] < best["high"] < 0.4
    assert (same["difference"], same["low"], same["high"]) == (0.0, 0.0, 0.0)


def test_a_single_network_is_compared_with_nobody() -> None:
    row = answers(exported=(20, 100)).comparison().iloc[0]
    assert row["difference"] == 0.0
    assert np.isnan(row["low"])


def test_the_table_has_strengths_and_unmeasured_cells_are_no_part_of_a_mean() -> None:
    table = answers(exported=(20, 100)).table()
    assert table["strength"].tolist() == [0.0, 0.04, 0.08, 0.12, 0.18, 0.26]
    assert table["accuracy"].tolist() == pytest.approx([0.9] + [0.5] * 5)
    assert means(table, "accuracy", "corruption")["noise"] == 0.5
    table.loc[3, "accuracy"] = np.nan
    assert np.isnan(means(table, "accuracy", "corruption")["noise"])
