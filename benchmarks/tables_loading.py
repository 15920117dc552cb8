"""How long a large CSV takes from its file to data that networks train on, and its memory.

    python benchmarks/tables_loading.py [ROWS] [COLUMNS]

Writes a table of numbers, some missing, and a fifth of categories to a temporary folder, then
loads it in a fresh process as a run does: task, facts, interface and fingerprint. The goal is
60 seconds and 4 GB for 1,000,000 rows and 50 columns.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas

ROWS, COLUMNS, BLOCK = 1_000_000, 50, 100_000
GOAL_SECONDS, GOAL_BYTES = 60.0, 4e9


def write(path: Path, rows: int, columns: int) -> None:
    """Write the table block by block: column 0 is the target."""
    rng = np.random.default_rng(0)
    for start in range(0, rows, BLOCK):
        count = min(BLOCK, rows - start)
        frame = pandas.DataFrame(rng.normal(size=(count, columns)).round(4))
        for place in range(5, columns, 5):
            frame[place] = "c" + pandas.Series(rng.integers(0, 200, count)).astype(str)
        frame = frame.mask(rng.random(frame.shape) < 0.01)
        frame[0] = rng.normal(size=count).round(4)
        frame.columns = ["target", *(f"column{place}" for place in range(1, columns))]
        frame.to_csv(path, mode="a", header=start == 0, index=False)


def load(path: Path) -> None:
    """Load the task as a run does and print what each part took."""
    from fitness.data.facts import DataFacts
    from fitness.data.fit_normalization import interface_of
    from fitness.data.task_reference import TaskReference
    from fitness.objective import metric_for_task

    marks = [time.perf_counter()]
    task = TaskReference(f"csv:{path}").load()
    marks.append(time.perf_counter())
    DataFacts.of(task, metric_for_task(None, task))
    marks.append(time.perf_counter())
    interface_of(task)
    marks.append(time.perf_counter())
    task.fingerprint()
    marks.append(time.perf_counter())
    names = ("task", "facts", "interface", "fingerprint")
    for name, before, after in zip(names, marks, marks[1:], strict=False):
        print(f"{name:<12} {after - before:6.1f} s")
    seconds = marks[-1] - marks[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    goal = "reached" if seconds <= GOAL_SECONDS and peak <= GOAL_BYTES else "missed"
    print(f"{'all':<12} {seconds:6.1f} s, peak {peak / 1e9:.2f} GB; goal {goal}")


def main() -> None:
    if sys.argv[1:2] == ["--load"]:
        load(Path(sys.argv[2]))
        return
    given = [int(text) for text in sys.argv[1:]]
    rows, columns = [*given, *(ROWS, COLUMNS)[len(given) :]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        write(path, rows, columns)
        print(f"{rows:,} rows, {columns} columns, {path.stat().st_size / 1e6:.0f} MB")
        subprocess.run([sys.executable, __file__, "--load", str(path)], check=True)


if __name__ == "__main__":
    main()
