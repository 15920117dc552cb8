"""Folders of small pictures for tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 8


def save(path: Path, pixels: np.ndarray, **options: object) -> Path:
    """Write an array (H, W) or (H, W, C) as a picture; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def noise(seed: int, *, side: int = SIDE, channels: int = 3) -> np.ndarray:
    """Return a random picture, which no other seed returns."""
    shape = (side, side, channels) if channels > 1 else (side, side)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def class_folders(folder: Path, counts: Mapping[str, int], seed: int = 0) -> Path:
    """Write as many random pictures as said into the folder of each class."""
    for number, (name, count) in enumerate(counts.items()):
        for place in range(count):
            save(folder / name / f"{place}.png", noise(1000 * seed + 100 * number + place))
    return folder


def table(folder: Path, header: str, rows: Sequence[str], name: str = "labels.csv") -> Path:
    """Write pictures 0.png, 1.png, ... into `folder/pictures`, and a table of them."""
    for place in range(len(rows)):
        save(folder / "pictures" / f"{place}.png", noise(place))
    lines = [header, *(row.format(f"pictures/{place}.png") for place, row in enumerate(rows))]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
