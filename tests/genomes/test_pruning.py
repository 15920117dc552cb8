"""The pruning chromosome."""

from __future__ import annotations

import random

from genomes.epigenome import MAXIMUM_STAGES
from genomes.pruning import genes


def test_a_schedule_starts_before_it_ends_and_has_a_share_for_every_stage() -> None:
    rng = random.Random(0)
    for _ in range(50):
        value = genes().mutate(genes().sample(rng), rng)
        assert 0.0 <= value["start"] <= 0.5 <= value["end"] <= 0.9
        assert len(value["final_sparsity"]) == MAXIMUM_STAGES
        assert all(0.0 <= share <= 0.95 for share in value["final_sparsity"])
        assert genes().check(value) == value
