"""One picture file becomes an array of the shape that all have: Pillow, and what is said of it.

Pictures are turned as their EXIF orientation says, palettes become colours, what is transparent is
laid on white. Their aspect is kept: they are padded with their own mean colour, so that nothing is
cut off that the label may be about, and the border has little contrast; `crop` and `stretch` are
the other ways to fit. Grey values of more than 8 bits stay, as float32.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData
from fitness.data.inputs.picture_form import FITS, Form

if TYPE_CHECKING:
    from PIL.Image import Image

GREY = frozenset({"1", "L", "LA", "La"})
DEEP = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})  # more than 8 bits, grey
TRANSPARENT = frozenset({"LA", "La", "RGBA", "RGBa", "PA"})
TURNED = frozenset({5, 6, 7, 8})  # EXIF orientations that swap the sides
ORIENTATION = 0x0112
WHITE = (255, 255, 255, 255)
DRAFT = 2  # a JPEG is decoded at no less than so many times the size it is scaled to


class Unreadable(ValueError):
    """A file that is no picture, or damaged; the message says why."""


@dataclass(frozen=True)
class Header:
    """What a file says of its picture before it is decoded."""

    width: int
    height: int
    grey: bool
    deep: bool
    transparent: bool
    turned: bool
    reduced: bool  # 16 bits a colour, of which Pillow reads 8


def read_header(path: Path) -> Header:
    """Read a file's header; raises Unreadable."""
    with _opened(path) as image:
        frames = getattr(image, "n_frames", 1)
        if frames > 1 and image.format != "MPO":  # a JPEG with a depth map or the like behind it
            raise Unreadable(f"has {frames} frames, expected one picture")
        orientation = 1
        if image.format in ("JPEG", "MPO", "TIFF", "WEBP"):  # of a PNG this would decode it
            orientation = image.getexif().get(ORIENTATION, 1)
        width, height = image.size[::-1] if orientation in TURNED else image.size
        tiles = getattr(image, "tile", None)
        stored = str(tiles[0][3]) if tiles else ""
        return Header(
            width,
            height,
            grey=image.mode in GREY or image.mode in DEEP,
            deep=image.mode in DEEP,
            transparent=_is_transparent(image),
            turned=orientation != 1,
            reduced=image.mode in ("RGB", "RGBA", "LA") and ";16" in stored,
        )


def decode(path: Path, form: Form) -> npt.NDArray[Any]:
    """Return a picture (channels, height, width); raises Unreadable."""
    from PIL import ImageOps

    with _opened(path) as image:
        if (image.height, image.width) != (form.height, form.width):
            image.draft(None, (DRAFT * form.width, DRAFT * form.height))
        turned = ImageOps.exif_transpose(image)
        fitted = _fitted(_plain(turned, form), form)
        array = np.asarray(fitted, dtype=form.type)
    return array[None] if form.channels == 1 else array.transpose(2, 0, 1)


@contextmanager
def _opened(path: Path) -> Iterator[Image]:
    """Open a file; whatever Pillow raises then or later says why it is not readable."""
    from PIL import Image, UnidentifiedImageError

    contents = path.read_bytes()
    if not contents:
        raise Unreadable("is empty")
    try:
        with Image.open(io.BytesIO(contents)) as image:
            yield image
    except UnidentifiedImageError:
        raise Unreadable("is no picture of a known format") from None
    except Unreadable:
        raise
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        IndexError,
        KeyError,
        TypeError,
        struct.error,
        zlib.error,
        MemoryError,
        Image.DecompressionBombError,
    ) as error:  # formats differ in what they raise of damaged files
        text = " ".join(str(error).split()) or type(error).__name__
        raise Unreadable(f"is damaged ({text})") from None


def _is_transparent(image: Image) -> bool:
    return image.mode in TRANSPARENT or "transparency" in image.info


def _plain(image: Image, form: Form) -> Image:
    """Return a picture of mode L, RGB or F."""
    from PIL.Image import alpha_composite, fromarray, new

    if form.deep:
        return fromarray(np.asarray(image).astype(np.float32))
    if _is_transparent(image):
        whole = image.convert("RGBA")
        image = alpha_composite(new("RGBA", whole.size, WHITE), whole)
    return image.convert("L" if form.channels == 1 else "RGB")


def _fitted(image: Image, form: Form) -> Image:
    from PIL import ImageOps
    from PIL.Image import Resampling

    size = form.width, form.height
    if image.size == size:
        return image
    # Bilinear scaling has no overshoot, which bytes are clipped of but floats are not.
    method = Resampling.BILINEAR if form.deep else Resampling.LANCZOS
    if form.fit == "stretch":
        return image.resize(size, method)
    if form.fit == "crop":
        return ImageOps.fit(image, size, method)
    mean = image.resize((1, 1), Resampling.BOX).getpixel((0, 0))
    return ImageOps.pad(image, size, method, color=mean)  # type: ignore[arg-type]


def check_fit(fit: str | None) -> str:
    """Return how pictures are fitted; raises UnusableData for an unknown way."""
    if fit is not None and fit not in FITS:
        raise UnusableData(f"received image fit {fit!r}, expected one of {', '.join(FITS)}")
    return fit or FITS[0]
