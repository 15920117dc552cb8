"""Pictures of every kind become arrays of one form; what is damaged says why."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fitness.data.images.decoding import Unreadable, check_fit, decode, read_header
from fitness.data.inputs.picture_form import Form
from tests.fitness.data.images.pictures import noise, save

COLOUR = Form(8, 8, 3, deep=False, fit="pad")
GREY = Form(8, 8, 1, deep=False, fit="pad")


def test_pixels_stay_as_they_are_where_nothing_is_scaled(tmp_path: Path) -> None:
    pixels = noise(0)
    path = save(tmp_path / "a.png", pixels)
    assert np.array_equal(decode(path, COLOUR), pixels.transpose(2, 0, 1))
    grey = noise(0, channels=1)
    assert np.array_equal(decode(save(tmp_path / "b.png", grey), GREY), grey[None])
    assert np.array_equal(decode(save(tmp_path / "b.png", grey), COLOUR), np.stack([grey] * 3))


def test_aspect_is_kept_and_nothing_cut_off_unless_said(tmp_path: Path) -> None:
    wide = np.zeros((8, 16, 3), np.uint8)
    wide[:, :, 0], wide[:, 8:, 1] = 200, 100
    path = save(tmp_path / "a.png", wide)
    padded = decode(path, COLOUR)
    assert padded[0].tolist() == [[200] * 8] * 8  # the border has the mean colour
    assert padded[1, 0].tolist() == padded[1, 7].tolist() == [50] * 8
    assert padded[1, 4].tolist()[::7] == [0, 100]
    cropped = decode(path, Form(8, 8, 3, deep=False, fit="crop"))
    assert cropped[1].tolist() == [[0] * 4 + [100] * 4] * 8
    stretched = decode(path, Form(8, 8, 3, deep=False, fit="stretch"))
    assert stretched[1, :, ::7].tolist() == [[0, 100]] * 8


def test_orientation_is_followed(tmp_path: Path) -> None:
    pixels = np.zeros((8, 8), np.uint8)
    pixels[0] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right
    path = save(tmp_path / "a.jpg", pixels, exif=exif, quality=100)
    assert read_header(path).turned
    assert (decode(path, GREY)[0] > 128).sum(axis=0).tolist() == [0] * 7 + [8]


def test_sides_are_those_after_turning(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    header = read_header(save(tmp_path / "a.jpg", noise(0)[:4], exif=exif))
    assert (header.width, header.height) == (4, 8)


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:4, :, 3] = 255
    path = save(tmp_path / "a.png", pixels)
    assert read_header(path).transparent
    assert decode(path, COLOUR)[:, :, 0].tolist() == [[0] * 4 + [255] * 4] * 3


def test_palettes_become_colours(tmp_path: Path) -> None:
    indexed = Image.fromarray(np.zeros((8, 8), np.uint8), mode="L").convert("P")
    indexed.putpalette([10, 20, 30] * 256)
    indexed.save(tmp_path / "a.png")
    assert not read_header(tmp_path / "a.png").grey
    assert decode(tmp_path / "a.png", COLOUR)[:, 0, 0].tolist() == [10, 20, 30]


def test_sixteen_bits_are_kept(tmp_path: Path) -> None:
    pixels = np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000
    path = save(tmp_path / "a.png", pixels)
    header = read_header(path)
    assert header.deep
    assert header.grey
    array = decode(path, Form(8, 8, 1, deep=True, fit="pad"))
    assert array.dtype == np.float32
    assert np.array_equal(array[0], pixels)
    half = decode(path, Form(4, 4, 1, deep=True, fit="pad"))
    assert half.shape == (1, 4, 4)
    assert 0 <= half.min() < half.max() <= 63_000


def test_damage_is_told(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", noise(0, side=64))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert read_header(path).width == 64
    with pytest.raises(Unreadable, match="truncated"):
        decode(path, COLOUR)
    for contents, why in ((b"", "is empty"), (b"no picture", "no picture of a known format")):
        path.write_bytes(contents)
        with pytest.raises(Unreadable, match=why):
            read_header(path)
    frames = [Image.fromarray(noise(seed)) for seed in range(3)]
    frames[0].save(tmp_path / "b.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(Unreadable, match="has 3 frames"):
        read_header(tmp_path / "b.gif")


def test_unknown_ways_to_fit_are_refused() -> None:
    assert check_fit(None) == "pad"
    with pytest.raises(ValueError, match="received image fit 'cover', expected one of pad"):
        check_fit("cover")
