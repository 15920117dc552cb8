"""Defaults by size: small tables have more epochs and small batches, large ones bounded steps."""

from __future__ import annotations

from fitness.data.tables.usual_search import BY_ROWS, usual_search


def test_small_tables_are_seen_more_often_in_smaller_batches() -> None:
    found = [usual_search(rows) for rows in (100, 1_000, 5_000, 50_000, 1_000_000)]
    epochs, batches = [one.stages[-1] for one in found], [one.batch_sizes[-1] for one in found]
    assert epochs == sorted(epochs, reverse=True)
    assert batches == sorted(batches)
    assert {one.family for one in found} == {"mlp"}


def test_whole_trainings_make_enough_steps_and_not_too_many() -> None:
    for most, _, _ in BY_ROWS[:-1]:
        rows = int(most)
        found = usual_search(rows)
        steps = [found.stages[-1] * (rows // batch) for batch in found.batch_sizes]
        assert min(steps) > 300
        assert max(steps) < 50_000
