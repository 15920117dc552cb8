"""Task `wine`: which of three growers 178 wines are of, by 13 figures; scikit-learn's own table.

Forina et al. (1988), https://doi.org/10.24432/C5PC7J. Split as tables are, see `docs/tasks.md`.
"""

from __future__ import annotations

from pathlib import Path

from fitness.data.tables.embedded import embedded_task
from fitness.data.task import SearchDefaults, Task

DESCRIPTION = "178 wines, 13 figures each: 3 growers (scikit-learn, embedded)"


def load(data_dir: Path | None = None) -> Task:
    """Return the task; inputs (N, 13). `data_dir` is not needed and ignored."""
    defaults = SearchDefaults(
        family="mlp",
        generations=20,
        stages=(5, 40),
        max_flops=1e4,
        max_activations=1e3,
        max_parameters=5e3,
        batch_sizes=(8, 16, 32),
    )
    return embedded_task("wine", DESCRIPTION, defaults)
