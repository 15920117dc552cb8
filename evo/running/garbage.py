"""Spares Python the search for reference cycles, of which an evolving population has none.

Memory is freed by counting references as ever; only cycles of garbage are looked for less often.
"""

from __future__ import annotations

import gc

SELDOM = (100_000, 50, 100)  # instead of (700, 10, 10)


def collect_seldom() -> None:
    """Raise the collector's thresholds for this process, if it is one of our own.

    Ten thousand genomes are hundreds of thousands of small values, which the collector would walk
    through again and again: a fifth of the engine's time (`benchmarks/engine_overhead.py`).
    """
    gc.set_threshold(*SELDOM)
