"""A table beside pictures: its columns are understood, or an error names column and row."""

from pathlib import Path

import pytest

from fitness.data.arrays import UnusableData
from fitness.data.folders.files import find
from fitness.data.images.listing import PICTURES
from fitness.data.images.table import Table, read_table
from fitness.data.options import INFERRED, DataOptions
from tests.fitness.data.images.pictures import table


def read(folder: Path, options: DataOptions = INFERRED) -> Table:
    return read_table(folder, "labels.csv", find(folder, PICTURES).examples, options)


def test_semicolons_a_byte_order_mark_and_texts(tmp_path: Path) -> None:
    table(tmp_path, "\ufefffile; kind", ["{}; cat", "./{};dog"])
    found = read(tmp_path)
    assert found.files == ("pictures/0.png", "pictures/1.png")
    assert found.y.tolist() == ["cat", "dog"]
    assert found.notes == ()


@pytest.mark.parametrize("path", ["1.png", "1", "C:\\data\\1.png", "/x/1.png"])
def test_ways_to_name_a_picture(tmp_path: Path, path: str) -> None:
    table(tmp_path, "id,y", ["{},1", f"{path},2"])
    found = read(tmp_path)
    assert found.files == ("pictures/0.png", "pictures/1.png")
    assert found.notes == ("column id names pictures by file name",)


def test_several_targets_are_said(tmp_path: Path) -> None:
    table(tmp_path, "x,file,y,by", ["0.5,{},1,me", "1.5,{},0,you"])
    found = read(tmp_path, DataOptions(target=("x", "y")))
    assert found.y.tolist() == [[0.5, 1.0], [1.5, 0.0]]
    assert found.notes == ("columns that are not used: by",)
    assert read(tmp_path).y.tolist() == [1, 0]  # a column that is called y
    with pytest.raises(UnusableData, match=r"column by holds texts such as 'me'"):
        read(tmp_path, DataOptions(target=("x", "by")))
    with pytest.raises(UnusableData, match=r"unknown column 'yy'.*Did you mean 'y'"):
        read(tmp_path, DataOptions(target=("yy",)))


def test_splits_of_a_table(tmp_path: Path) -> None:
    table(tmp_path, "file,Split,y", ["{},train,1", "{},val,2", "{},test,3"])
    assert read(tmp_path).splits.tolist() == ["train", "validation", "test"]
    table(tmp_path, "file,split,y", ["{},train,1", "{},dog,2", "{},test,3"])
    with pytest.raises(UnusableData, match="row 3: split is 'dog'"):
        read(tmp_path)
    table(tmp_path, "file,split,y", ["{},train,1", "{},train,2", "{},val,3"])
    with pytest.raises(UnusableData, match="names train, validation; expected train and test"):
        read(tmp_path)


def test_pictures_that_the_table_does_not_name_are_counted(tmp_path: Path) -> None:
    table(tmp_path, "file,y", ["{},1", "{},2", "{},3"])
    (tmp_path / "labels.csv").write_text("file,y\n0.png,1\n2.png,3\n")
    assert read(tmp_path).notes[-1] == "pictures that are not in the table, left out: 1"


BAD = {
    "missing": ("file,y", ["{},1", "{},2", "none.png,3"], "row 4: there is no picture 'none.png'"),
    "no paths": ("file,y", ["x,7", "y,8"], "no column names the pictures"),
    "twice": ("file,y", ["{},1", "pictures/0.png,2"], "pictures/0.png is in 2 rows"),
    "empty": ("file,y", ["{},1", "{},", "{},"], r"row 3 has no y \(2 such rows\)"),
    "open": ("file,a,b", ["{},1,2", "{},3,4"], "received the columns a, b; say which.*--target a"),
    "one column": ("file", ["{}", "{}"], "received 2 rows of the columns file; expected a header"),
    "no table": ("file,y", ["{},1", '{},"2'], "it is no table"),
}


@pytest.mark.parametrize(("header", "rows", "message"), BAD.values(), ids=BAD)
def test_bad_tables_are_named(tmp_path: Path, header: str, rows: list[str], message: str) -> None:
    table(tmp_path, header, rows)
    with pytest.raises(UnusableData, match=message) as caught:
        read(tmp_path)
    assert str(caught.value).startswith("labels.csv: ")


def test_a_table_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    table(tmp_path, "file,y", ["{},1"])
    (tmp_path / "labels.csv").write_bytes("file,y\n0.png,Kätzchen\n".encode("latin-1"))
    with pytest.raises(UnusableData, match="not UTF-8"):
        read(tmp_path)
