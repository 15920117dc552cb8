"""Tables that scikit-learn brings along, as tasks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fitness.data.options import DataOptions
from fitness.data.tables.reading import Raw
from fitness.data.tables.table_task import TARGET, table_task
from fitness.data.task import SearchDefaults, Task


def embedded_task(name: str, description: str, defaults: SearchDefaults) -> Task:
    """Return the task of a table of classes: `wine` for scikit-learn's `load_wine`.

    Raises FileNotFoundError where scikit-learn is not installed.
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
    task = table_task(Raw(frame), name, "scikit-learn", DataOptions(target=(TARGET,)), defaults)
    return replace(task, description=description)
