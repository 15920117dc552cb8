"""Tiny recordings for tests: tones of one class each, no two alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

RATE = 800


def tone(number: int, frames: int = 40, channels: int = 1) -> npt.NDArray[np.float64]:
    """Return (frames, channels), of another loudness for each number."""
    time = np.arange(frames)[:, None] / RATE
    return (0.1 + 0.005 * number) * np.sin(2 * np.pi * 50 * time + np.arange(channels))


def write(path: Path, sound: npt.NDArray[Any], rate: int = RATE, **options: Any) -> Path:
    """Write a sound file, and the folders it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate, **options)
    return path


def make_folder(folder: Path, *classes: str, each: int = 10, **shape: int) -> Path:
    """Write some recordings of each class."""
    for number, name in enumerate(classes):
        for one in range(each):
            write(folder / name / f"{one}.wav", tone(number * each + one, **shape))
    return folder
