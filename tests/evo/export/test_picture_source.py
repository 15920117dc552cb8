"""`load_image` of an export gives the tensors that training had, of every kind of file."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from evo.export.picture_source import picture_source
from fitness.data.images.decoding import decode
from fitness.data.inputs.picture_form import FITS, Form
from tests.fitness.data.images.pictures import noise, save

SIZES = ((8, 8), (31, 20), (5, 13), (100, 70))  # width, height
IMPORTS = "import torch\nfrom torch import Tensor\n"


def loaded(path: Path, form: Form) -> torch.Tensor:
    """Read a picture as an export of this form does."""
    module: Any = ModuleType("model")
    exec(IMPORTS + picture_source(form), module.__dict__)
    found: torch.Tensor = module.load_image(path)
    return found


def colour(seed: int, size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Return a random picture of some size and mode."""
    large = Image.fromarray(noise(seed, side=128, channels=3))
    return large.crop((0, 0, *size)).convert(mode)


def written(folder: Path, size: tuple[int, int]) -> list[Path]:
    """Write pictures of every kind of 8 bits: modes, formats, transparency, orientation."""
    exif = Image.Exif()
    exif[0x0112] = 6
    see_through = colour(1, size, "RGBA")
    see_through.putalpha(colour(2, size, "L"))
    palette = colour(3, size, "P")
    pictures: dict[str, tuple[Image.Image, dict[str, Any]]] = {
        "colour.png": (colour(4, size), {}),
        "grey.png": (colour(5, size, "L"), {}),
        "bits.png": (colour(6, size, "1"), {}),
        "see-through.png": (see_through, {}),
        "grey-see-through.png": (see_through.convert("LA"), {}),
        "palette.png": (palette, {}),
        "palette-see-through.png": (palette, {"transparency": 3}),
        "photo.jpg": (colour(7, size), {"quality": 90}),
        "turned.jpg": (colour(8, size), {"exif": exif}),
        "print.jpg": (colour(9, size, "CMYK"), {}),
        "photo.webp": (see_through, {}),
    }
    for name, (picture, options) in pictures.items():
        picture.save(folder / name, **options)
    return [folder / name for name in pictures]


@pytest.mark.parametrize("size", SIZES)
def test_it_gives_what_training_had(tmp_path: Path, size: tuple[int, int]) -> None:
    for path, fit, channels in product(written(tmp_path, size), FITS, (1, 3)):
        form = Form(8, 12, channels, deep=False, fit=fit)
        expected = torch.tensor(decode(path, form)).float()
        found = loaded(path, form)
        assert found.shape == (1, channels, 8, 12)
        assert torch.equal(found[0], expected), (path.name, fit, channels)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("kind", [np.uint16, np.int32, np.float32])
def test_deep_pictures_keep_their_values(tmp_path: Path, fit: str, kind: type) -> None:
    pixels = (noise(1, side=20, channels=1)[:13].astype(np.float64) * 257).astype(kind)
    path = save(tmp_path / "deep.tiff", pixels)
    for height, width in ((13, 20), (8, 8)):
        form = Form(height, width, 1, deep=True, fit=fit)
        found = loaded(path, form)
        assert found.max() > 255
        assert torch.equal(found[0], torch.tensor(decode(path, form)))


def test_a_picture_of_another_depth_is_refused(tmp_path: Path) -> None:
    deep = save(tmp_path / "deep.png", noise(1, channels=1).astype(np.uint16) * 256)
    plain = save(tmp_path / "plain.png", noise(1))
    with pytest.raises(ValueError, match=r"deep.png has more than 8 bits a pixel, .* had 8"):
        loaded(deep, Form(8, 8, 3, deep=False, fit="pad"))
    with pytest.raises(ValueError, match=r"plain.png has 8 bits a pixel, .* had more"):
        loaded(plain, Form(8, 8, 1, deep=True, fit="pad"))


def test_without_picture_files_there_is_no_such_function() -> None:
    assert picture_source(None) == ""
