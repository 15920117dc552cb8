"""How a table is searched where nobody says so: the fewer its rows, the more often they are seen.

What a training needs is steps; a network for 300 rows takes 40 epochs of small batches to make as
many as are worth anything, one for a million rows has them in a few.
"""

from __future__ import annotations

from fitness.data.task import SearchDefaults

# Rows of train up to which stages and batch sizes are these.
BY_ROWS: tuple[tuple[float, tuple[int, ...], tuple[int, ...]], ...] = (
    (300, (5, 40), (8, 16, 32)),
    (2_000, (5, 40), (16, 32, 64)),
    (20_000, (4, 32), (32, 64, 128)),
    (100_000, (4, 24), (64, 128, 256)),
    (float("inf"), (1, 8), (128, 256, 512)),
)


def usual_search(rows: int) -> SearchDefaults:
    """Return the defaults of a table with so many rows of train."""
    stages, batches = next(found for most, *found in BY_ROWS if rows <= most)
    return SearchDefaults(family="mlp", stages=stages, batch_sizes=batches)
