"""A table becomes a task: what is an input, what is left out and why, how rows are split."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from fitness.data.arrays import UnusableData
from fitness.data.fit_normalization import interface_of
from fitness.data.inputs.table_column import Column
from fitness.data.tables.table_task import MOST_CATEGORIES
from tests.fitness.data.tables.tiny import houses, load, text_of


def test_numbers_come_first_and_categories_have_codes(tmp_path: Path) -> None:
    task = load(tmp_path, text_of(houses()))
    assert task.columns[:2] == (Column("size"), Column("age"))
    assert set(task.columns[2].categories) == {"Ulm", "Bonn", "Köln"}
    assert (task.name, task.target.kind, task.target.names) == ("houses", "values", ("price",))
    assert [len(split) for split in (task.train, task.validation, task.test)] == [26, 6, 8]
    assert np.isnan(task.train.x[:, 1]).any()
    assert set(task.train.x[:, 2]) <= {0.0, 1.0, 2.0}
    assert "inputs are 2 numbers: size, age; 1 category: city (3)" in task.notes
    table = interface_of(task).table
    assert table is not None
    assert (table.lacking, table.categories) == ((1,), (4,))


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("n", lambda n: n + 5, "an identifier: it counts the rows"),
        ("house_id", lambda n: (n * 7919) % 40, "an identifier: all values differ"),
        ("key", lambda n: f"k{n}", "an identifier: all values differ"),
        ("one", lambda n: 1, "constant"),
        ("none", lambda n: "", "nothing in it"),
    ],
)
def test_columns_of_no_use_are_left_out_and_told(
    tmp_path: Path, name: str, values: object, reason: str
) -> None:
    task = load(tmp_path, text_of(houses(**{name: values})))
    assert [column.name for column in task.columns] == ["size", "age", "city"]
    assert f"left out: {name} ({reason})" in task.notes


def test_a_kind_that_is_said_keeps_a_column(tmp_path: Path) -> None:
    rows = text_of(houses(n=lambda n: n, code=lambda n: n % 3))
    stated = {"n": "number", "code": "category", "size": "ignore"}
    task = load(tmp_path, rows, columns=stated)
    assert [(c.name, c.kind) for c in task.columns] == [
        ("age", "number"), ("n", "number"), ("city", "category"), ("code", "category")
    ]  # fmt: skip
    assert task.columns[3].categories == ("0", "1", "2")
    with pytest.raises(
        UnusableData, match="'size': received kind 'digit', expected one of number"
    ):
        load(tmp_path, rows, columns={"size": "digit"})
    with pytest.raises(UnusableData, match=r"column 'city': 'Bonn' in row 1 is no number"):
        load(tmp_path, rows.replace("Ulm", "Köln"), columns={"city": "number"})


@pytest.mark.parametrize("change", [lambda p: p, lambda p: 100 * p, lambda p: 7 - p / 3])
def test_a_copy_of_the_target_is_left_out(tmp_path: Path, change: object) -> None:
    rows = houses()
    for row in rows:
        row["copy"] = change(row["price"])  # type: ignore[operator]
    assert "left out: copy (tells the target: a copy of it)" in load(tmp_path, text_of(rows)).notes


def test_classes_under_other_names_are_left_out(tmp_path: Path) -> None:
    rows = houses(town=lambda n: 0)
    for row in rows:
        row["town"] = f"in {row['city']}"
    task = load(tmp_path, text_of(rows), target="city")
    assert task.target.kind == "classes"
    assert "left out: town (tells the target: a copy of it)" in task.notes


def test_rows_without_a_target_are_left_out(tmp_path: Path) -> None:
    rows = houses()
    rows[4]["price"] = rows[9]["price"] = ""
    task = load(tmp_path, text_of(rows))
    assert sum(map(len, (task.train, task.validation, task.test))) == 38
    assert "2 rows without price are left out (the first is row 5)" in task.notes


def test_rows_of_a_group_and_equal_rows_stay_in_one_split(tmp_path: Path) -> None:
    rows = houses(60, street=lambda n: f"s{n % 12}")
    for number, row in enumerate(rows):
        row["size"] = 20.5 + number
    rows += rows[:5]
    task = load(tmp_path, text_of(rows), group="street")
    assert "street (the rows are split by it)" in " ".join(task.notes)
    place = [column.name for column in task.columns].index("size")
    streets = {float(np.float32(row["size"])): row["street"] for row in rows}  # type: ignore[arg-type]
    found = [{streets[float(s)] for s in split.x[:, place]} for split in _splits(task)]
    assert not found[0] & found[1]
    assert not found[1] & found[2]
    assert not found[0] & found[2]
    with pytest.raises(UnusableData, match="has 2 groups, expected at least 3"):
        load(tmp_path, text_of(houses(half=lambda n: n % 2)), group="half")


def test_the_latest_rows_are_test(tmp_path: Path) -> None:
    rows = houses(50, day=lambda n: f"2024-03-{n % 25 + 1:02}")
    random.Random(1).shuffle(rows)
    task = load(tmp_path, text_of(rows), time="day")
    assert "split by day: validation from 2024-03-17, test from 2024-03-21 on" in task.notes
    assert [len(split) for split in _splits(task)] == [32, 8, 10]
    with pytest.raises(UnusableData, match="give one of both"):
        load(tmp_path, text_of(rows), time="day", group="city")


def test_equal_rows_never_part(tmp_path: Path) -> None:
    rows = houses(30)
    task = load(tmp_path, text_of(rows * 2))
    seen = [{row.tobytes() for row in split.x} for split in _splits(task)]
    assert not seen[0] & seen[1]
    assert not seen[1] & seen[2]
    assert not seen[0] & seen[2]


def test_rare_categories_share_a_code_and_those_of_test_alone_are_unknown(tmp_path: Path) -> None:
    rows = houses(3000, tag=lambda n: f"t{n % 1400}")
    task = load(tmp_path, text_of(rows))
    tag = next(column for column in task.columns if column.name == "tag")
    assert 0 < len(tag.categories) <= MOST_CATEGORIES
    place = task.columns.index(tag)
    for split in _splits(task):
        assert float(split.x[:, place].max()) == len(tag.categories)
    assert any("of 1,400 categories are rare or not in train" in note for note in task.notes)


def test_what_is_missing_of_a_category_is_one(tmp_path: Path) -> None:
    rows = houses()
    for number in range(0, 40, 3):
        rows[number]["city"] = ""
    task = load(tmp_path, text_of(rows))
    assert task.columns[-1].categories[-1] == ""


def test_outliers_and_huge_scales_are_taken(tmp_path: Path) -> None:
    rows = houses(huge=lambda n: 1e30 if n == 3 else n % 5 + 0.5, tiny=lambda n: (n % 7) * 1e-20)
    table = interface_of(load(tmp_path, text_of(rows))).table
    assert table is not None
    assert table.robust is not None
    assert 1.0 < table.robust.std[2] < 3.0
    assert 1e-20 < table.robust.std[3] < 5e-20


def test_twelve_rows_are_enough(tmp_path: Path) -> None:
    task = load(tmp_path, text_of(houses(12)))
    assert [len(split) for split in _splits(task)] == [8, 2, 2]


def test_several_targets_are_values_or_labels(tmp_path: Path) -> None:
    from fitness.data.loaders import csv
    from fitness.data.options import DataOptions

    path = tmp_path / "two.csv"
    path.write_text(text_of(houses(old=lambda n: n % 2, big=lambda n: n // 2 % 2)))
    labels = csv.load(path, DataOptions(target=("old", "big")))
    assert (labels.target.kind, labels.target.names) == ("labels", ("old", "big"))
    values = csv.load(path, DataOptions(target=("price", "size")))
    assert (values.target.kind, values.target.outputs) == ("values", 2)
    with pytest.raises(UnusableData, match="column 'city' holds texts"):
        csv.load(path, DataOptions(target=("city", "price")))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "prize"}, "Did you mean 'price'"),
        ({"group": "stret"}, "stret"),
        ({"columns": {"sice": "number"}}, "Did you mean 'size'"),
        ({"target": "price", "columns": {"price": "ignore"}}, "to be learnt and to be ignored"),
    ],
)
def test_names_that_are_none_are_refused(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(UnusableData, match=message):
        load(tmp_path, text_of(houses()), **options)  # type: ignore[arg-type]


def test_without_a_target_the_columns_are_listed(tmp_path: Path) -> None:
    from fitness.data.loaders import csv

    path = tmp_path / "houses.csv"
    path.write_text(text_of(houses()))
    with pytest.raises(
        UnusableData, match=r"houses\.csv: has no column 'target': .*size, city, age"
    ):
        csv.load(path)


def test_nothing_left_to_learn_from_says_how_to_keep_it(tmp_path: Path) -> None:
    rows = "x,price\n" + "".join(f"{n},{n * n + 0.5}\n" for n in range(20))
    with pytest.raises(UnusableData, match=r"x .an identifier.*\[columns\]"):
        load(tmp_path, rows)
    assert load(tmp_path, rows, columns={"x": "number"}).columns == (Column("x"),)


def _splits(task):  # type: ignore[no-untyped-def]
    return task.train, task.validation, task.test


def test_groups_of_the_metric_are_in_every_split_and_stay_inputs(tmp_path: Path) -> None:
    rows = text_of(houses(60, era=lambda n: "old" if n % 6 == 0 else "new"))
    task = load(tmp_path, rows, metric_group=("era",))
    assert task.group_names == ("old", "new")
    assert "era" in [column.name for column in task.columns]
    counts = [np.bincount(one.groups).tolist() for one in (task.train, task.validation, task.test)]  # type: ignore[arg-type]
    assert counts == [[6, 32], [2, 8], [2, 10]]
    old = task.train.array[:, -1] == task.columns[-1].categories.index("old")
    assert (old == (task.train.groups == 0)).all()
    hidden = load(tmp_path, rows, metric_group=("era",), columns={"era": "ignore"})
    assert "era" not in [column.name for column in hidden.columns]
    assert hidden.group_names == task.group_names
    many = text_of(houses(300, era=lambda n: "old" if n % 6 == 0 else "new"))
    several = load(tmp_path, many, "city", metric_group=("era", "city")).group_names
    assert sorted(several)[:2] == ["new & Bonn", "new & Köln"]
    assert len(several) == 6


def test_groups_that_cannot_be_in_every_split_are_named(tmp_path: Path) -> None:
    rows = text_of(houses(era=lambda n: "odd" if n in (3, 4) else "new"))
    with pytest.raises(UnusableData, match=r"no example of the metric's group 'odd' .2 of 'odd'"):
        load(tmp_path, rows, metric_group=("era",))
    with pytest.raises(UnusableData, match=r"unknown column 'eras'. Did you mean 'era'"):
        load(tmp_path, rows, metric_group=("eras",))
    with pytest.raises(UnusableData, match="give it for one of both"):
        load(tmp_path, rows, metric_group=("era",), group="era")
