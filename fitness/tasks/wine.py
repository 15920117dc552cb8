"""Task `wine`: which of three growers 178 wines are of, by 13 figures; scikit-learn's own table.

Forina et al. (1988), https://doi.org/10.24432/C5PC7J. Split as tables are, see `docs/tasks.md`.
"""

from __future__ import annotations

from pathlib import Path

from fitness.data.tables.embedded import embedded_task
from fitness.data.task import Task

DESCRIPTION = "178 wines, 13 figures each: 3 growers (scikit-learn, embedded)"


def load(data_dir: Path | None = None) -> Task:
    """Return the task; inputs (N, 13). `data_dir` is not needed and ignored."""
    return embedded_task("wine", DESCRIPTION)
