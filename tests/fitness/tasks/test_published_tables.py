"""Tasks `california-housing` and `covertype`: small files of their form; nothing is fetched."""

from __future__ import annotations

import gzip
import tarfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fitness.data.downloads import DownloadError
from fitness.data.published import table_file
from fitness.tasks import california_housing, covertype

ROWS = 80


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take small files as whole ones."""
    for module in (california_housing, covertype):
        monkeypatch.setattr(module, "FILE", replace(module.FILE, rows=ROWS))


def houses() -> np.ndarray:
    rng = np.random.default_rng(0)
    table = rng.uniform(1, 9, (ROWS, 9))
    table[:, 6] = 2.0  # households
    table[:, 8] = rng.integers(15_000, 500_001, ROWS)
    return table


def places() -> np.ndarray:
    rng = np.random.default_rng(1)
    figures = rng.integers(0, 4000, (ROWS, 10))
    areas, soils = np.eye(4)[rng.integers(0, 4, ROWS)], np.eye(40)[rng.integers(0, 3, ROWS)]
    return np.hstack([figures, areas, soils, (np.arange(ROWS) % 7 + 1)[:, None]])


def written(table: np.ndarray, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, table, delimiter=",", fmt="%.6f")
    return path


def test_houses_have_the_columns_and_the_unit_of_published_tables(tmp_path: Path) -> None:
    table = houses()
    written(table, tmp_path / "CaliforniaHousing" / "cal_housing.data")
    task = california_housing.load(tmp_path)
    assert {column.name for column in task.columns} == {
        "longitude", "latitude", "age", "rooms", "bedrooms", "population", "income", "occupancy",
    }  # fmt: skip
    splits = task.train, task.validation, task.test
    assert [len(split) for split in splits] == [51, 13, 16]
    values = np.sort(np.concatenate([split.y[:, 0] for split in splits]))
    assert values == pytest.approx(np.sort(table[:, 8] / 100_000))
    place = [column.name for column in task.columns].index("occupancy")
    people = np.sort(np.concatenate([split.array[:, place] for split in splits]))
    assert people == pytest.approx(np.sort(table[:, 5] / 2), abs=1e-5)


def test_the_archive_is_read_if_it_has_the_checksum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = written(houses(), tmp_path / "plain" / "cal_housing.data")
    folder = tmp_path / "packed"
    folder.mkdir()
    with tarfile.open(folder / "cal_housing.tgz", "w:gz") as archive:
        archive.add(data, "CaliforniaHousing/cal_housing.data")
    with pytest.raises(ValueError, match=r"cal_housing\.tgz is damaged \(it has the SHA-256"):
        california_housing.load(folder)
    monkeypatch.setattr(table_file, "has_sha256", lambda sha256: lambda path: None)
    assert california_housing.load(folder).fingerprint() == (
        california_housing.load(data.parent).fingerprint()
    )


def test_ones_among_columns_are_two_categories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = written(places(), tmp_path / "covtype.data")
    task = covertype.load(tmp_path)
    assert len(task.columns) == 12
    by_name = {column.name: column for column in task.columns}
    assert len(by_name["wilderness"].categories) == 4
    assert set(by_name["soil"].categories) == {"soil 1", "soil 2", "soil 3"}
    assert task.target.outputs == 7
    assert "krummholz" in task.target.names
    monkeypatch.setattr(table_file, "has_sha256", lambda sha256: lambda path: None)
    (tmp_path / "covtype.data.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert covertype.load(tmp_path).fingerprint() == task.fingerprint()


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ((3, 10), 2.0, "expected one 1 among the columns of wilderness"),
        ((3, 54), 8.0, "kinds of trees beyond 1 to 7"),
        ((3, 0), np.nan, r"covtype\.data is damaged \(row 4 lacks a number"),
    ],
)
def test_what_is_damaged_is_named(
    tmp_path: Path, place: tuple[int, int], value: float, message: str
) -> None:
    table = places()
    table[place] = value
    written(table, tmp_path / "covtype.data")
    with pytest.raises(ValueError, match=message):
        covertype.load(tmp_path)


@pytest.mark.parametrize("module", [california_housing, covertype])
def test_another_file_is_refused_and_an_absent_one_said_to_be_put_where(
    tmp_path: Path, module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileNotFoundError, match=rf"{module.FILE.packed} is expected in it"):
        module.load(tmp_path)
    written(np.ones((5, 3)), tmp_path / Path(module.FILE.inside).name)
    with pytest.raises(ValueError, match=r"expected 80 rows of .* found 5 x 3"):
        module.load(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    absent = (tmp_path / "absent").as_uri()
    monkeypatch.setattr(module, "FILE", replace(module.FILE, addresses=(absent,)))
    with pytest.raises(DownloadError, match=rf"fetch {module.FILE.packed} elsewhere"):
        module.load()
