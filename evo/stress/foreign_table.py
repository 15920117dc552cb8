"""How well each score of each network tells foreign inputs from those of the task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from evo.monitoring.monitor import Monitor
from evo.stress.foreign_inputs import auroc, by_logits, p_values
from evo.stress.stability import is_ranked
from evo.stress.stress_data import StressData
from evo.stress.subjects import EXPORTED, Subject
from fitness.stress.input_facts import Array

USUAL = "usual"


def foreign_table(
    subjects: Sequence[Subject],
    data: StressData,
    sets: Mapping[str, Array],
    monitor: Monitor | None,
) -> pd.DataFrame:
    """Return the AUROC of each score by network and by set of foreign inputs (N, ...).

    `monitor` is that of the export. Empty where nothing has a score.
    """
    rows = []
    for subject in subjects:
        own = monitor if subject.name == EXPORTED else None
        usual = _scores(subject, data, data.x, own)
        for name, x in sets.items():
            rows += [
                {
                    "network": subject.name,
                    "inputs": name,
                    "score": score,
                    "auroc": auroc(usual[score], values),
                }
                for score, values in _scores(subject, data, x, own).items()
            ]
    return pd.DataFrame(rows)


def _scores(
    subject: Subject, data: StressData, x: Array, monitor: Monitor | None
) -> dict[str, Array]:
    found = by_logits(subject.outputs(x)) if is_ranked(data.target) else {}
    return (
        found if monitor is None else {**found, "monitor": -p_values(monitor, x, subject.at_once)}
    )
