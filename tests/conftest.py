"""What every test starts from: floating point as the standard has it, and Ctrl-C that is heard."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest

# Started in the background, a shell's children ignore Ctrl-C, and so would theirs.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _subnormal_numbers_exist() -> Iterator[None]:
    """Undo what a training in this process leaves behind: it flushes subnormal numbers to zero."""
    yield
    if "torch" in sys.modules:
        import torch

        torch.set_flush_denormal(False)
