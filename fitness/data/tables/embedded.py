"""Tables that scikit-learn brings along, as tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from fitness.data.options import DataOptions
from fitness.data.tables.reading import Raw
from fitness.data.tables.table_task import TARGET, table_task
from fitness.data.task import Task

SMALL: dict[str, Any] = {
    "generations": 20, "max_flops": 1e4, "max_activations": 1e3, "max_parameters": 5e3
}  # fmt: skip


def embedded_task(name: str, description: str) -> Task:
    """Return the task of a table of classes: `wine` for scikit-learn's `load_wine`.

    These are small tables that small networks learn, and are searched so. Raises
    FileNotFoundError where scikit-learn is not installed.
    """
    try:
        from sklearn import datasets
    except ImportError:
        raise FileNotFoundError(
            f"the task {name} needs scikit-learn: pip install scikit-learn"
        ) from None
    import pandas

    found = getattr(datasets, f"load_{name.replace('-', '_')}")()
    frame = pandas.DataFrame(found.data, columns=[str(column) for column in found.feature_names])
    frame[TARGET] = np.asarray(found.target_names)[found.target]
    task = table_task(Raw(frame), name, "scikit-learn", DataOptions(target=(TARGET,)))
    return replace(task, description=description, defaults=replace(task.defaults, **SMALL))
