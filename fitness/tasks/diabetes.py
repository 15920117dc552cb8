"""Task `diabetes`: how far the disease has gone on after a year, of 442 patients; scikit-learn's.

Efron, Hastie, Johnstone & Tibshirani (2004), "Least Angle Regression",
https://doi.org/10.1214/009053604000000067. Inputs are raw: age, sex (1 or 2), body-mass index,
blood pressure and six figures of blood serum. The target is a score from 25 to 346. Linear models
reach an R² of about 0.5, and little more is known to be in it.

Split: 283 train (64 %), 71 validation (16 %), 88 test (20 %). `stratified_order` over tenths of
the target with seed 0 orders all examples; the first 88 are test, the next 71 validation, the rest
train.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from fitness.data.arrays import TABLE
from fitness.data.inputs.table_column import Column
from fitness.data.splitting.splits import stratified_parts
from fitness.data.task import SearchDefaults, Split, Task
from fitness.targets.values import Values

DESCRIPTION = "442 patients, 10 figures each: progress of diabetes (scikit-learn, embedded)"
TEST_SIZE, VALIDATION_SIZE, SPLIT_SEED = 88, 71, 0
COLUMNS = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


def load(data_dir: Path | None = None) -> Task:
    """Return the task; inputs (N, 10). `data_dir` is not needed and ignored."""
    folder = _folder()
    x = np.loadtxt(folder / "diabetes_data_raw.csv.gz")
    y = np.loadtxt(folder / "diabetes_target.csv.gz")[:, None]
    target = Values(names=("progression",))
    parts = stratified_parts(target.strata(y), (TEST_SIZE, VALIDATION_SIZE), SPLIT_SEED)
    test, validation, train = (Split(x[part], y[part], kind=TABLE) for part in parts)
    return Task(
        name="diabetes",
        description=DESCRIPTION,
        target=target,
        train=train,
        validation=validation,
        test=test,
        defaults=SearchDefaults(
            family="mlp",
            generations=30,
            sons=10,
            stages=(5, 40),
            max_flops=1e4,
            max_activations=1e3,
            max_parameters=5e3,
            batch_sizes=(16, 32, 64),
        ),
        columns=tuple(map(Column, COLUMNS)),
    )


def _folder() -> Path:
    """Return scikit-learn's own folder; to import its loader takes longer than all the rest."""
    found = find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the task diabetes needs scikit-learn: pip install scikit-learn")
    return Path(found.submodule_search_locations[0]) / "datasets" / "data"
