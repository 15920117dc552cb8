"""Run folders built by hand, without training: what `evo compare` and `evo lineage` read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evo.record.rows import TrialRow
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.settings.config import build, to_toml
from fitness.evaluation import Evaluation
from genomes.genes.gene import Record
from genomes.genes.genome import Genome

REFERENCE = {"accuracy": 0.5, "active_ratio": 1.1, "active_parameters": 1e4}
NAMES = tuple(REFERENCE)

# After so many epochs, this volume, and the objectives of one adult.
Step = tuple[float, float, tuple[float, float, float]]


def write_run(
    path: Path, steps: Sequence[Step], trivial: float = 0.5, **settings: Any
) -> RunFolder:
    """Record a run of one adult a generation; `settings` are those of its config.

    With the setting `metric`, whose reference is `trivial`, that is in the place of accuracy.
    """
    folder = RunFolder.create(path)
    metric = settings.get("metric", "accuracy")
    names = (metric, *NAMES[1:])
    given = {
        "task_fingerprint": "f1",
        "objectives": names,
        "reference_point": {metric: trivial, **{name: REFERENCE[name] for name in NAMES[1:]}},
        **settings,
    }
    folder.write_config(to_toml(build(given)))
    with Store.create(folder.database) as store:
        for number, (epochs, volume, objectives) in enumerate(steps, start=1):
            male, job = f"m{number:03d}-000", f"k{number}-0008"
            store.add_genomes(number, [Genome(male, "male", Record())])
            outcome = dict(zip(names, objectives, strict=True))
            store.add_evaluation(Evaluation(job, male, job, 0, 8, "ok", "", (), outcome), "adult")
            store.add_trials([TrialRow(number, 0, male, "adult", job)])
            store.add_generation(number, {
                "generation": number, "hypervolume": volume, "best_metric": objectives[0],
                "front_size": number, "epochs_spent": epochs,
                "training_flops": 1e6 * epochs, "training_seconds": 0.5 * epochs,
            })  # fmt: skip
    return folder
