"""The form of all pictures is inferred from their headers, and told."""

from pathlib import Path

import numpy as np
import pytest

from fitness.data.arrays import UnusableData
from fitness.data.images.survey import attempted, survey
from tests.fitness.data.images.pictures import noise, save


def files(folder: Path, *shapes: tuple[int, ...]) -> list[Path]:
    return [
        save(folder / f"{number}.png", np.full(shape, number, np.uint8))
        for number, shape in enumerate(shapes)
    ]


def test_pictures_of_one_small_size_stay(tmp_path: Path) -> None:
    found = survey(files(tmp_path, (20, 30), (20, 30)), None, "pad")
    assert found.form.shape == (1, 20, 30)
    assert found.notes == ()


def test_sizes_that_differ_come_to_the_median_side(tmp_path: Path) -> None:
    found = survey(files(tmp_path, (20, 30, 3), (12, 12, 3), (16, 40, 3)), None, "pad")
    assert found.form.shape == (3, 16, 16)
    assert found.notes == (
        "pictures of 12 x 12 to 40 x 16 are scaled to 16 x 16 (--image-size) and padded with "
        "their mean colour, so that nothing is cut off (--image-fit); enlarged: 1",
    )


def test_large_pictures_become_small_unless_a_size_is_said(tmp_path: Path) -> None:
    large = files(tmp_path, (100, 100))
    assert survey(large, None, "pad").form.shape == (1, 64, 64)
    assert survey(large, 96, "pad").form.shape == (1, 96, 96)
    assert survey(large, 100, "pad").notes == ()


def test_grey_ones_among_colours_are_told(tmp_path: Path) -> None:
    found = survey(files(tmp_path, (8, 8), (8, 8, 3), (8, 8, 4)), None, "pad")
    assert found.form.channels == 3
    assert [note.split(":")[0] for note in found.notes] == [
        "grey pictures among those in colour, taken as colour",
        "pictures with transparency, laid on white",
    ]


def test_depths_are_not_mixed(tmp_path: Path) -> None:
    paths = files(tmp_path, (8, 8))
    paths.append(save(tmp_path / "deep.png", np.zeros((8, 8), np.uint16)))
    with pytest.raises(UnusableData, match=r"1 pictures have more than 8 bits.*deep\.png"):
        survey(paths, None, "pad")
    assert survey(paths[1:], None, "pad").form.deep


def test_nothing_readable_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(UnusableData, match=r"1 of 1 pictures cannot be read: .*a\.png is no pic"):
        survey([tmp_path / "a.png"], None, "pad")


def test_results_are_by_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fitness.data.images.survey.WAITING", 2)
    paths = [save(tmp_path / f"{n}.png", noise(n)) for n in range(5)]
    came, failed = attempted(paths, lambda place, path: (place, path))
    assert came == dict(enumerate(enumerate(paths)))
    assert failed == {}
