"""An empty working folder with a small task, for the tests of whole runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest


def enter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make `folder` the working one, with vectors of two classes in `points.npz`; return it."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(150, 3))
    np.savez(folder / "points.npz", x=x, y=(x[:, 0] + x[:, 1] > 0).astype(int))
    monkeypatch.chdir(folder)
    return folder
