"""The report of a run: one page that works offline and shows what evolved and why.

`write_report` gathers plain data from the record and puts it into the page; what the page shows is
decided by files of its own, a section each. Nothing here runs code or markup found in a record.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # loaded on first use: the live page's server does without pandas
    from evo.report.writing import write_report, write_report_if_possible

__all__ = ["write_report", "write_report_if_possible"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module("evo.report.writing"), name)
    raise AttributeError(f"module 'evo.report' has no attribute {name!r}")
