"""Folders of classes and splits, here of recordings: what they mean, or what leaves it open."""

from __future__ import annotations

from pathlib import Path

import pytest

from fitness.data.arrays import UnusableData
from fitness.data.signals.listing import Listing, list_recordings


def touch(folder: Path, *paths: str) -> Path:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    return folder


def classes(*names: str, each: int = 3, under: str = "") -> list[str]:
    return [f"{under}{name}/{number}.wav" for name in names for number in range(each)]


def told(listing: Listing, folder: Path) -> list[tuple[str, str, str]]:
    return [
        (path.relative_to(folder).as_posix(), listing.class_names[number], str(split))
        for path, number, split in zip(
            listing.files, listing.y.tolist(), listing.splits, strict=True
        )
    ]


def test_a_folder_a_class(tmp_path: Path) -> None:
    touch(tmp_path, *classes("dog", "cat"))
    listing = list_recordings(tmp_path)
    assert listing.class_names == ("cat", "dog")
    assert told(listing, tmp_path)[0] == ("cat/0.wav", "cat", "")
    assert len(listing.files) == 6
    assert listing.notes == ()


def test_folders_of_splits(tmp_path: Path) -> None:
    for split in ("training", "val", "test"):
        touch(tmp_path, *classes("dog", "cat", under=f"{split}/"))
    listing = list_recordings(tmp_path)
    assert told(listing, tmp_path)[::9] == [
        ("test/cat/0.wav", "cat", "test"), ("training/dog/0.wav", "dog", "train")
    ]  # fmt: skip
    assert set(listing.splits.tolist()) == {"train", "validation", "test"}


def test_numbers_are_ordered_by_size(tmp_path: Path) -> None:
    assert list_recordings(touch(tmp_path, *classes("10", "9"))).class_names == ("9", "10")


def test_a_folder_around_the_data_is_entered_and_litter_is_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, *classes("dog", "cat", under="speech/v1/"))
    touch(tmp_path, "speech/LICENSE.txt", "speech/v1/README", "__MACOSX/dog/0.wav")
    touch(tmp_path, "speech/.DS_Store", "thumbs.db")
    listing = list_recordings(tmp_path)
    assert listing.class_names == ("cat", "dog")
    assert listing.files[0] == tmp_path / "speech/v1/cat/0.wav"
    assert listing.notes == (
        "the data lie in its folder speech/v1", "ignored: README"
    )  # fmt: skip


def test_names_that_are_numbers_may_be_values(tmp_path: Path) -> None:
    touch(tmp_path, *classes("1.5", "-2"))
    listing = list_recordings(tmp_path, "values")
    assert listing.y.tolist() == [-2.0] * 3 + [1.5] * 3
    assert listing.class_names == ()
    with pytest.raises(UnusableData, match="target kind labels, but folders name classes"):
        list_recordings(tmp_path, "labels")


def test_an_empty_folder_is_a_class_without_examples(tmp_path: Path) -> None:
    touch(tmp_path, *classes("a", "b"))
    (tmp_path / "c").mkdir()
    with pytest.raises(UnusableData, match="fewer than 3 recordings of c"):
        list_recordings(tmp_path)


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    touch(tmp_path, *classes("dog", "cat"))
    (tmp_path / "dog" / "again").symlink_to(tmp_path)
    assert len(list_recordings(tmp_path).files) == 6


def split(name: str, *names: str) -> list[str]:
    return classes(*names, under=f"{name}/")


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ([], "no recordings were found"),
        (["README.md"], "no recordings were found"),
        ([*classes("a", "b"), "a/x.m4a", "a/y.txt"], r"2 files .*: a/x.m4a, a/y.txt\..*ffmpeg"),
        ([*classes("a", "b"), "labels.csv"], r"1 file is no recordings .*labels\.csv"),
        ([*classes("a", "b"), "c.wav"], r"c\.wav lies in no folder of a class.*class/file"),
        ([*classes("a", "b"), "a/1/c.wav"], r"a/1/c\.wav lies deeper than class/file"),
        (classes("a"), "the only folder of a class is a; .* at least 2"),
        ([*classes("a"), *classes("b", each=2)], "fewer than 3 recordings of b"),
        (split("train", "a", "b"), "received train alone; expected train and test"),
        ([*split("train", "a", "b"), *split("val", "a", "b")], "no test data: rename"),
        ([*split("train", "a", "b"), *split("training", "a", "b")], "two mean the same split"),
        ([*split("train", "a", "b"), *classes("a", "b")], "beside the splits train .* a, b"),
        ([*split("train", "a", "b"), "test/c.wav"], r"test/c\.wav lies in no folder"),
        ([*split("train", "a", "b"), *split("test", "a", "c")], "train has no recordings of c"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, paths: list[str], message: str) -> None:
    with pytest.raises(UnusableData, match=message):
        list_recordings(touch(tmp_path, *paths))
