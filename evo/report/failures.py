"""What failed, by stage and cause."""

from __future__ import annotations

from typing import Any

from evo.report.source import Source

REASON = 300  # characters of a reason that are shown


def rows(source: Source) -> list[list[Any]]:
    """Return stage, status, how often, a reason as recorded; the most frequent first."""
    asked = (
        "SELECT stage, status, COUNT(*), MIN(substr(reason, 1, ?)) FROM evaluations "
        "WHERE status <> 'ok' GROUP BY stage, status ORDER BY 3 DESC, stage, status"
    )
    return [list(row) for row in source.rows(asked, [REASON])]
