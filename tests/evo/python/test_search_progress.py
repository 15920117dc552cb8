"""How far a search is: by whichever limit is nearest, and at its end why it ended."""

from __future__ import annotations

import pytest

from evo.engine.engine import Limits
from evo.python.search_progress import SearchProgress


def progress(limits: Limits, minutes_ago: float, **summary: float) -> SearchProgress:
    found = SearchProgress(limits, summary=summary)
    found.started -= 60 * minutes_ago
    return found


def test_the_nearest_limit_counts() -> None:
    summary = {"generation": 2, "epochs_spent": 30.0}
    found = progress(Limits(10, 100, 4.0), 1.0, **summary)
    assert found.share() == pytest.approx(0.3)  # of the epochs
    late = progress(Limits(10, 100, 4.0), 3.0, **summary)
    assert late.share() == pytest.approx(0.75, abs=0.01)
    assert "3 min 00 s of 4 min 00 s" in late.text()
    assert progress(Limits(10), 3.0, **summary).share() == pytest.approx(0.2)
    assert progress(Limits(10, None, 1.0), 3.0).share() == 1.0


def test_at_the_end_it_says_why() -> None:
    found = progress(Limits(10, None, 4.0), 1.0, generation=3)
    found.stage = (9, 9, "adult")
    assert found.text().endswith("of 4 min 00 s, adult 9/9")
    found.ended = "the minutes are over"
    assert found.share() == 1.0
    assert found.text().endswith("ended: the minutes are over")
