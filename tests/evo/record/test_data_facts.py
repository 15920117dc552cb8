"""What a run says of its data: the line of a table counts columns by kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from evo.record.data_facts import data_lines, read_data, record_data
from evo.record.store import Store
from fitness.data.facts import DataFacts
from fitness.metric import metric_for
from tests.fitness.data.tables.tiny import houses, load, text_of
from tests.fitness.tiny import make_task


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "of 2 numbers, 1 category each, float"),
        (
            {"built": lambda n: f"2024-01-{n % 28 + 1:02}", "kind": lambda n: "ab"[n % 2]},
            "of 2 numbers, 1 time, 2 categories each, float",
        ),
    ],
)
def test_columns_of_a_table_are_counted_by_kind(
    tmp_path: Path, more: dict[str, object], expected: str
) -> None:
    task = load(tmp_path, text_of(houses(60, **more)))
    facts = DataFacts.of(task, metric_for(None, task.target))
    assert expected in dict(data_lines(facts))["data"]


def test_facts_are_read_as_they_were_recorded(tmp_path: Path) -> None:
    task = load(tmp_path, text_of(houses()))
    with Store.create(tmp_path / "run.sqlite") as store:
        facts = record_data(store, task, metric_for(None, task.target))
        assert read_data(store) == facts
        assert facts.columns == {"number": 2, "category": 1}
    images = make_task()
    assert DataFacts.of(images, metric_for(None, images.target)).columns == {}
