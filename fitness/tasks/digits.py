"""Task `digits`: 1,797 handwritten digits of 8x8 pixels, embedded in scikit-learn.

Alpaydin & Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI Machine Learning
Repository, its test part. Pixels count 0 to 16.

Split: 1,149 train (64 %), 288 validation (16 %), 360 test (20 %). `stratified_order` with seed 0
orders all examples; the first 360 are test, the next 288 validation, the rest train. Writers are
mixed across the splits, so figures are higher than for unknown writers.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fitness.splits import stratified_parts
from fitness.task import SearchDefaults, Split, Task

DESCRIPTION = "1,797 handwritten digits, 8x8 grey (scikit-learn, embedded)"
TEST_SIZE, VALIDATION_SIZE, SPLIT_SEED = 360, 288, 0


def load(data_dir: Path | None = None) -> Task:
    """Return the task; inputs (N, 1, 8, 8) uint8. `data_dir` is not needed and ignored."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    x = digits.images.astype(np.uint8)[:, None]  # (1797, 1, 8, 8)
    y = digits.target.astype(np.int64)
    test, validation, train = stratified_parts(y, (TEST_SIZE, VALIDATION_SIZE), SPLIT_SEED)
    return Task(
        name="digits",
        description=DESCRIPTION,
        classes=10,
        train=Split(x[train], y[train]),
        validation=Split(x[validation], y[validation]),
        test=Split(x[test], y[test]),
        augmentations=("none", "shift", "shift-erase"),  # a mirrored digit is another sign
        defaults=SearchDefaults(
            max_flops=1.2e6,
            max_activations=2e4,
            max_parameters=2e4,
            batch_sizes=(16, 32, 64),
            reference_accuracy=0.9,
        ),
        labels=tuple("0123456789"),
    )
