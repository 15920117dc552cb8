"""What every test starts from: floating point as the standard has it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _subnormal_numbers_exist() -> Iterator[None]:
    """Undo what a training in this process leaves behind: it flushes subnormal numbers to zero."""
    yield
    if "torch" in sys.modules:
        import torch

        torch.set_flush_denormal(False)
