"""Task `xor`: exclusive or of two bits, the problem that NEAT was shown on.

Stanley & Miikkulainen (2002), Evolving Neural Networks through Augmenting Topologies. There are
but four examples: they are train, validation and test alike, so figures tell whether a network
computes the function, not how well it generalises. Guessing is right on two of four.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fitness.data.task import SearchDefaults, Split, Task
from fitness.targets.classes import Classes

DESCRIPTION = "exclusive or: four examples of two bits, the same in all splits (embedded)"


def load(data_dir: Path | None = None) -> Task:
    """Return the task; inputs (4, 2) float32. `data_dir` is not needed and ignored."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
    y = np.array([0, 1, 1, 0], dtype=np.int64)
    four = Split(x, y)
    return Task(
        name="xor",
        description=DESCRIPTION,
        target=Classes(2, names=("0", "1")),
        train=four,
        validation=four,
        test=four,
        defaults=SearchDefaults(
            family="neat",
            generations=30,
            population=30,
            sons=20,
            stages=(5, 40),
            max_flops=1e4,
            max_activations=1e3,
            max_parameters=1e3,
            batch_sizes=(4,),
        ),
    )
