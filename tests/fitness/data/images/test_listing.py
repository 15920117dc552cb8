"""What a folder of pictures means: one thing, or an error that names what leaves it open."""

from pathlib import Path

import pytest

from fitness.data.arrays import UnusableData
from fitness.data.images.listing import list_examples
from fitness.data.options import INFERRED, DataOptions
from tests.fitness.data.images.pictures import class_folders, noise, save, table


def test_a_folder_is_a_class(tmp_path: Path) -> None:
    listing = list_examples(class_folders(tmp_path, {"dogs": 3, "cats": 4}), INFERRED)
    assert listing.class_names == ("cats", "dogs")
    assert listing.y.tolist() == [0] * 4 + [1] * 3
    assert {str(split) for split in listing.splits} == {""}
    assert listing.files[0] == tmp_path / "cats" / "0.png"


def test_numbers_as_names_are_in_their_order(tmp_path: Path) -> None:
    folder = class_folders(tmp_path, {"10": 3, "9": 3})
    assert list_examples(folder, INFERRED).class_names == ("9", "10")
    values = list_examples(folder, DataOptions(target_kind="values"))
    assert sorted(values.y.tolist()) == [9.0] * 3 + [10.0] * 3


def test_folders_of_splits(tmp_path: Path) -> None:
    for name, count in {"Train": 3, "val": 2, "test": 1}.items():
        class_folders(tmp_path / name, {"a": count, "b": count})
    listing = list_examples(tmp_path, INFERRED)
    assert sorted(listing.splits.tolist()) == ["test"] * 2 + ["train"] * 6 + ["validation"] * 4
    assert listing.class_names == ("a", "b")


def test_a_wrapper_is_entered(tmp_path: Path) -> None:
    class_folders(tmp_path / "archive" / "data", {"a": 3, "b": 3})
    (tmp_path / "README").write_text("x")
    listing = list_examples(tmp_path, INFERRED)
    assert len(listing.files) == 6
    assert listing.notes == ("the data lie in its folder archive/data",)


BAD = {
    "nothing": ([], "no pictures"),
    "no folders": (["1.png", "2.png"], "1.png lies in no folder of a class"),
    "one class": (["a/1.png", "a/2.png"], "the only folder of a class is a"),
    "stray": (["a/1.png", "b/1.png", "2.png"], "2.png lies in no folder of a class"),
    "deep": (["a/x/1.png", "b/1.png"], "a/x/1.png lies deeper than class/file"),
    "mixed": (["train/a/1.png", "test/a/1.png", "cats/1.png"], "beside the splits test, train"),
    "train alone": (["train/a/1.png", "train/b/1.png"], "received train alone"),
    "no test": (["train/a/1.png", "val/a/1.png"], "no test data: rename"),
    "twice": (["train/a/1.png", "val/a/1.png", "valid/a/1.png"], "two mean the same split"),
    "in a split": (["train/1.png", "test/1.png"], r"1.png lies in no folder of a class.*split/cl"),
}


@pytest.mark.parametrize(("paths", "message"), BAD.values(), ids=BAD)
def test_what_is_open_is_named(tmp_path: Path, paths: list[str], message: str) -> None:
    for number, path in enumerate(paths):
        save(tmp_path / path, noise(number))
    with pytest.raises(UnusableData, match=message):
        list_examples(tmp_path, INFERRED)


def test_options_that_mean_nothing_here_are_refused(tmp_path: Path) -> None:
    folder = class_folders(tmp_path, {"cats": 3, "dogs": 3})
    with pytest.raises(UnusableData, match="received the column age, but there is no table"):
        list_examples(folder, DataOptions(target=("age",)))
    with pytest.raises(UnusableData, match="received the column place, but there is no table"):
        list_examples(folder, DataOptions(metric_group=("place",)))
    with pytest.raises(UnusableData, match="target kind values, but folders name classes"):
        list_examples(folder, DataOptions(target_kind="values"))


def test_a_class_needs_three_pictures_and_some_in_train(tmp_path: Path) -> None:
    few = list_examples(class_folders(tmp_path / "few", {"a": 3, "b": 2}), INFERRED)
    with pytest.raises(UnusableData, match="fewer than 3 pictures of b"):
        few.check_classes()
    (tmp_path / "few" / "c").mkdir()
    with pytest.raises(UnusableData, match="fewer than 3 pictures of b, c"):
        list_examples(tmp_path / "few", INFERRED).check_classes()
    class_folders(tmp_path / "split" / "train", {"a": 3, "b": 3})
    class_folders(tmp_path / "split" / "test", {"a": 3, "c": 3})
    with pytest.raises(UnusableData, match="train has no pictures of c"):
        list_examples(tmp_path / "split", INFERRED).check_classes()


def test_tables_with_folders_are_read(tmp_path: Path) -> None:
    folder = table(tmp_path, "file,age", ["{},3.5", "{},4", "{},1"])
    listing = list_examples(folder, INFERRED)
    assert listing.y.tolist() == [3.5, 4.0, 1.0]
    assert listing.class_names == ()
    (tmp_path / "other.csv").write_text("x,y\n1,2\n")
    with pytest.raises(UnusableData, match=r"several tables, labels\.csv, other\.csv"):
        list_examples(folder, INFERRED)
