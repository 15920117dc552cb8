"""Registered tasks that are tables: what is in them, and how diamonds are found."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from fitness.tasks import breast_cancer, diamonds, wine


def test_the_embedded_tables_are_as_published() -> None:
    found = wine.load()
    assert [len(s) for s in (found.train, found.validation, found.test)] == [114, 28, 36]
    assert (found.target.outputs, len(found.columns)) == (3, 13)
    assert found.columns[0].name == "alcohol"
    tumours = breast_cancer.load()
    assert sum(map(len, (tumours.train, tumours.validation, tumours.test))) == 569
    assert tumours.target.names == ("benign", "malignant")
    assert len(tumours.columns) == 30
    assert (tumours.defaults.stages, tumours.defaults.batch_sizes) == ((5, 40), (16, 32, 64))
    assert (found.defaults.generations, found.defaults.max_parameters) == (20, 5e3)


def test_diamonds_are_read_from_the_folder_of_data(tmp_path: Path) -> None:
    rng = random.Random(0)
    rows = [
        (round(rng.uniform(0.2, 3), 2), rng.choice(("Ideal", "Good")), rng.randint(300, 9000))
        for _ in range(60)
    ]
    lines = ["carat,cut,price", *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "diamonds.csv").write_text("\n".join(lines))
    task = diamonds.load(tmp_path)
    assert [column.name for column in task.columns] == ["carat", "cut"]
    assert task.target.names == ("log_price",)
    learnt = np.sort(np.concatenate([s.y[:, 0] for s in (task.train, task.validation, task.test)]))
    assert learnt == pytest.approx(np.sort(np.log([price for *_, price in rows])))


@pytest.mark.parametrize(
    ("text", "message"),
    [("carat,cut\n1,Good\n", "no column 'price'"), ("carat,price\n1,0\n2,3\n", "not above zero")],
)
def test_what_are_no_diamonds_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "diamonds.csv").write_text(text)
    with pytest.raises(ValueError, match=rf"diamonds\.csv: .*{message}"):
        diamonds.load(tmp_path)


def test_where_no_diamonds_lie_it_is_said_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"diamonds\.csv in --data-dir .*write\.csv"):
        diamonds.load(tmp_path)
