"""Task `digits`: 1,797 handwritten digits of 8x8 pixels, embedded in scikit-learn.

Alpaydin & Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI Machine Learning
Repository, its test part. Pixels count 0 to 16.

Split: 1,149 train (64 %), 288 validation (16 %), 360 test (20 %). `stratified_order` with seed 0
orders all examples; the first 360 are test, the next 288 validation, the rest train. Writers are
mixed across the splits, so figures are higher than for unknown writers.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from fitness.data.splitting.splits import stratified_parts
from fitness.data.task import SearchDefaults, Split, Task
from fitness.targets.classes import Classes

DESCRIPTION = "1,797 handwritten digits, 8x8 grey (scikit-learn, embedded)"
TEST_SIZE, VALIDATION_SIZE, SPLIT_SEED = 360, 288, 0


def load(data_dir: Path | None = None) -> Task:
    """Return the task; inputs (N, 1, 8, 8) uint8. `data_dir` is not needed and ignored."""
    table = np.loadtxt(_file(), delimiter=",")  # (1797, 65)
    x = table[:, :-1].astype(np.uint8).reshape(-1, 1, 8, 8)
    y = table[:, -1].astype(np.int64)
    test, validation, train = stratified_parts(y, (TEST_SIZE, VALIDATION_SIZE), SPLIT_SEED)
    return Task(
        name="digits",
        description=DESCRIPTION,
        target=Classes(10, names=tuple("0123456789")),
        train=Split(x[train], y[train]),
        validation=Split(x[validation], y[validation]),
        test=Split(x[test], y[test]),
        augmentations=("none", "shift", "shift-erase"),  # a mirrored digit is another sign
        defaults=SearchDefaults(
            sons=10,
            stages=(3, 20),
            max_flops=1.2e6,
            max_activations=2e4,
            max_parameters=2e4,
            batch_sizes=(16, 32, 64),
            reference=0.9,
        ),
    )


def _file() -> Path:
    """Return scikit-learn's own file; to import its loader takes longer than all the rest."""
    found = find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the task digits needs scikit-learn: pip install scikit-learn")
    return Path(found.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz"
