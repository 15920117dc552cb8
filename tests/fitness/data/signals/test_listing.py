"""Folders of recordings: what they mean, and what is said of those that mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from fitness.data.arrays import UnusableData
from fitness.data.signals.listing import Listing, holds_recordings, list_recordings, listed


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
            listing.files, listing.classes.tolist(), listing.splits, strict=True
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
    touch(tmp_path, "speech/LICENSE.txt", "__MACOSX/dog/0.wav", "speech/.DS_Store", "thumbs.db")
    listing = list_recordings(tmp_path)
    assert listing.class_names == ("cat", "dog")
    assert listing.files[0] == tmp_path / "speech/v1/cat/0.wav"
    assert listing.notes == (
        "ignored: speech/LICENSE.txt", "the data lie in its folder speech/v1"
    )  # fmt: skip


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    touch(tmp_path, *classes("dog", "cat"))
    (tmp_path / "dog" / "again").symlink_to(tmp_path)
    assert len(list_recordings(tmp_path).files) == 6


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ([], "no recordings were found"),
        (["README.md"], "no recordings were found"),
        ([*classes("a", "b"), "a/x.m4a", "a/y.txt"], r"a/x.m4a, a/y.txt: no recordings.*ffmpeg"),
        ([*classes("a", "b"), "c.wav"], r"c\.wav lies in no folder of a class; .* class/file"),
        ([*classes("a", "b"), "a/1/c.wav"], r"a/1/c\.wav lies in a folder too deep"),
        (classes("a"), "the only class is a; .* at least 2"),
        ([*classes("a"), *classes("b", each=2)], "class b has 2 recordings, expected at least 3"),
        (classes("a", "b", under="train/"), r"the splits train; expected train and test"),
        (
            [*classes("a", "b", under="train/"), *classes("a", "b", under="val/")],
            "the splits train, val; expected train and test",
        ),
        (
            [*classes("a", "b", under="train/"), *classes("a", "b", under="training/")],
            "the splits train, training; expected",
        ),
        ([*classes("a", "b", under="train/"), *classes("a", "b")], "beside the split.* a, b"),
        ([*classes("a", "b", under="train/"), "test/c.wav"], r"test/c\.wav lies in no folder"),
        (
            [*classes("a", "b", under="train/"), *classes("a", "c", under="test/")],
            "class c has no recording in train",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, paths: list[str], message: str) -> None:
    with pytest.raises(UnusableData, match=message):
        list_recordings(touch(tmp_path, *paths))


def test_a_folder_of_recordings_shows_that_it_is_one(tmp_path: Path) -> None:
    assert not holds_recordings(tmp_path)
    assert not holds_recordings(touch(tmp_path, "a/1.png", ".hidden/2.wav"))
    assert holds_recordings(touch(tmp_path, "b/1.FLAC"))


def test_long_lists_are_shortened() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(number) for number in range(1200)]) == "0, 1, 2, 3, 4, ... (1,200 in all)"
