"""Task `breast-cancer`: whether 569 tumours are benign, by 30 figures; scikit-learn's own table.

Wolberg et al. (1995), https://doi.org/10.24432/C5DW2B. Split as tables are, see `docs/tasks.md`.
"""

from __future__ import annotations

from pathlib import Path

from fitness.data.tables.embedded import embedded_task
from fitness.data.task import Task

DESCRIPTION = "569 tumours, 30 figures each: malignant or benign (scikit-learn, embedded)"


def load(data_dir: Path | None = None) -> Task:
    """Return the task; inputs (N, 30). `data_dir` is not needed and ignored."""
    return embedded_task("breast-cancer", DESCRIPTION)
