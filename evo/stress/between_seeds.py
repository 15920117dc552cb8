"""Do trainings that nothing but their seed tells apart give the same answers?

They are those that `evo retrain --seeds` kept of the exported genome. How often two trainings of a
network disagree is its churn (Milani Fard et al. 2016, "Launch and Iterate: Reducing Prediction
Churn"): what users of one see change when it is replaced by the other, as accurate as it may be.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from evo.export.evaluate import answered
from evo.export.export_network import evaluator_of
from evo.export.exported import plain_network
from evo.export.retrained import Retrained, read_retrained, weights_of
from evo.record.lookup import find_genome
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.settings.config import load_toml
from evo.stress.stability import changed
from evo.stress.stress_data import StressData
from evo.stress.subjects import Subject
from fitness.regimen import NONE


@dataclass(frozen=True)
class Trainings:
    """Networks of one genome by seed, and how all of them were trained, in words."""

    manner: str
    networks: tuple[Subject, ...]

    def __post_init__(self) -> None:
        if len(self.networks) < 2:
            raise ValueError(f"received {len(self.networks)} networks, expected at least 2")


def kept_trainings(folder: RunFolder, genome: str) -> list[Trainings]:
    """Return what `evo retrain` kept of a genome of a run, where it has two seeds or more."""
    store, config = weights_of(folder), load_toml(folder.config)
    kept = store.names()
    by_manner: dict[Hashable, list[Retrained]] = {}
    for row in read_retrained(folder):
        if row.genome == genome and row.status == "ok" and row.key in kept:
            by_manner.setdefault(row.manner, []).append(row)
    with Store.open(folder.database, read_only=True) as record:
        expressed = find_genome(record, genome).expressed()

    def network(row: Retrained) -> Subject:
        evaluator, checkpoint = evaluator_of(config, refit=row.refit), store.read(row.key)
        assert checkpoint is not None  # it is among those that are kept
        trained = evaluator.network(expressed, checkpoint)
        return Subject(f"seed {row.seed}", plain_network(trained, evaluator.task.target))

    groups = (rows for rows in by_manner.values() if len(rows) > 1)
    return [Trainings(in_words(rows[0]), tuple(map(network, rows))) for rows in groups]


def in_words(row: Retrained) -> str:
    """Say how a network was trained, but for the seed."""
    parts = [f"{row.epochs} epochs"]
    if row.refit:
        parts.append("refit")
    if row.average != NONE:
        parts.append(row.average)
    if row.teacher:
        parts.append(f"taught by {row.teacher} (T {row.temperature:g}, W {row.teaching_weight:g})")
    return ", ".join(parts)


def between_seeds(
    trainings: Sequence[Trainings], export: Subject, data: StressData
) -> pd.DataFrame:
    """Return how many answers differ among trainings of a kind, one row a `manner`.

    `differing` is the mean share over pairs of `seeds` networks, `most` that of the worst pair,
    `from_export` the mean share in which one differs from the export; the metric's mean and its
    standard deviation between seeds stand beside them.
    """
    own, found = export.outputs(data.x), []
    for one in trainings:
        outputs = [network.outputs(data.x) for network in one.networks]
        pairs = [float(changed(a, b, data.target).mean()) for a, b in combinations(outputs, 2)]
        worth = [
            data.value(answered(subject.network, data.target, data.split).kept)
            for subject in one.networks
        ]
        found.append(
            {
                "manner": one.manner,
                "seeds": len(one.networks),
                "differing": float(np.mean(pairs)),
                "most": max(pairs),
                "from_export": float(
                    np.mean([changed(own, other, data.target).mean() for other in outputs])
                ),
                data.metric.name: float(np.mean(worth)),
                "deviation": float(np.std(worth, ddof=1)),
            }
        )
    return pd.DataFrame(found)
