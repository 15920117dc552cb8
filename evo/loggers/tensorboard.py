"""TensorBoard: event files in the run's folder, written by tensorboardX without TensorFlow.

`tensorboard --logdir results` shows all runs beside each other.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tensorboardX import SummaryWriter

FOLDER = "tensorboard"


def make(folder: Path, settings: Mapping[str, str]) -> TensorBoard:
    """Return the logger of a run."""
    return TensorBoard(folder / FOLDER, settings)


class TensorBoard:
    """Writes one more event file for every driver of a run."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self._folder, self._settings = folder, settings
        self._writer: SummaryWriter | None = None
        self._last = 0

    def generation(self, number: int, figures: Mapping[str, float]) -> None:
        """Write figures as scalars; what was written of replayed generations is replaced."""
        if self._writer is None:
            self._writer = self._open(purge_step=number)
            self._writer.add_text("config", _table([self._settings]), number)
        for name, value in figures.items():
            self._writer.add_scalar(name, value, number)
        self._writer.flush()
        self._last = number

    def end(self, front: Sequence[Mapping[str, Any]], pictures: Sequence[Path]) -> None:
        """Write the front as a text and figures as images."""
        writer = self._writer = self._writer or self._open()
        writer.add_text("front", _table(front), self._last)
        for picture in pictures:
            with Image.open(picture) as image:
                pixels = np.asarray(image.convert("RGB"))  # (height, width, 3)
            writer.add_image(picture.stem, pixels, self._last, dataformats="HWC")

    def close(self, *, finished: bool) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()

    def _open(self, **options: int) -> SummaryWriter:
        # The name holds whole seconds only, and another driver may be as quick.
        suffix = f".{time.time_ns()}"
        return SummaryWriter(logdir=str(self._folder), filename_suffix=suffix, **options)


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows as a table in Markdown."""
    if not rows:
        return "empty"
    names = list(rows[0])
    cells = [[str(row.get(name)) for name in names] for row in rows]
    lines = [names, ["---"] * len(names), *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
