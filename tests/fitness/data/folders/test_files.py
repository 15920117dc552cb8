"""Examples are told by their names; what else lies there is passed over by a rule, or named."""

from pathlib import Path

import pytest

from fitness.data.arrays import UnusableData
from fitness.data.folders.files import find, holds, listed
from fitness.data.images.listing import PICTURES
from tests.fitness.data.images.pictures import class_folders, noise, save


def test_what_file_managers_leave_is_passed_over_and_documents_are_told(tmp_path: Path) -> None:
    class_folders(tmp_path, {"a": 1})
    save(tmp_path / "B.JPG", noise(7))
    (tmp_path / "__MACOSX").mkdir()
    for name in ("Thumbs.db", ".DS_Store", "a/desktop.ini", "__MACOSX/x", "README.md"):
        (tmp_path / name).write_text("x")
    found = find(tmp_path, PICTURES)
    assert found.examples == ("B.JPG", "a/0.png")
    assert found.folders == ("a",)
    assert found.notes == ("ignored: README.md",)


def test_other_files_are_named(tmp_path: Path) -> None:
    class_folders(tmp_path, {"a": 1})
    (tmp_path / "a" / "boxes.xml").write_text("x")
    (tmp_path / "a" / "x.csv").write_text("a table that does not lie beside the folders")
    with pytest.raises(
        UnusableData, match=r"2 files are no pictures.*: a/boxes\.xml, a/x\.csv\. "
    ):
        find(tmp_path, PICTURES)


def test_links_are_followed_once(tmp_path: Path) -> None:
    data = class_folders(tmp_path / "data", {"a": 2})
    (data / "b").symlink_to(data / "a")
    (data / "a" / "up").symlink_to(data)
    assert len(find(data, PICTURES).examples) == 2


def test_a_folder_shows_that_it_holds_pictures(tmp_path: Path) -> None:
    assert not holds(tmp_path, PICTURES)
    (tmp_path / "x.txt").write_text("x")
    assert not holds(tmp_path, PICTURES)
    class_folders(tmp_path / "deep", {"a": 1})
    assert holds(tmp_path, PICTURES)


def test_long_lists_are_shortened() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(number) for number in range(1200)]) == "0, 1, 2, 3, 4, ... (1,200 in all)"
