"""How a run stands, by why it ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from evo.record.run_folder import RunFolder
from evo.record.run_state import state_of


@pytest.mark.parametrize(
    ("reason", "done", "state"),
    [
        ("generations", 5, "finished"),
        ("generations", 4, "interrupted"),  # more were asked for since
        ("budget", 4, "finished"),
        ("exhausted", 4, "finished"),
        ("minutes", 4, "out of time"),
        ("interrupted", 4, "interrupted"),
        (None, 4, "interrupted"),
    ],
)
def test_a_state_follows_from_the_reason(
    tmp_path: Path, reason: str | None, done: int, state: str
) -> None:
    assert state_of(RunFolder(tmp_path), reason, done, 5) == state
