"""The training chromosome."""

from __future__ import annotations

import random

import pytest

from genomes.training import genes


def test_values_are_drawn_from_what_the_task_offers() -> None:
    rng = random.Random(0)
    gene = genes((16, 64), ("none",))
    values = [gene.sample(rng) for _ in range(60)]
    assert {value["batch_size"] for value in values} == {16, 64}
    assert {value["augmentation"] for value in values} == {"none"}
    assert {value["optimizer"] for value in values} == {"sgd", "adamw"}
    assert all(1e-3 <= value["learning_rate"] <= 0.3 for value in values)


def test_other_values_are_refused() -> None:
    gene = genes((16,), ("none",))
    value = gene.sample(random.Random(0))
    with pytest.raises(ValueError, match="batch_size: received 17, expected one of 16"):
        gene.check(value.replacing(batch_size=17))
