"""Search for small, good networks with evo under a fixed budget, for several seeds.

    python experiment.py --out_dir run_0

Writes into the new folder `out_dir`:
    final_info.json     by data set: `means`, `stderrs`, and `final_info_dict` with the value of
                        every seed
    all_results.npy     one row a seed and generation; np.load reads it without pickle
    DATASET-seed-N/     the whole run, which `evo show`, `evo report` and `evo compare` open
    DATASET-seed-N-exported/    the smallest network as good as the best, as plain PyTorch

What to change is `settings` below; `evo run --help` explains them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import evo
from evo.export.export_network import export_network
from evo.findings.choice import Demand
from evo.record.run_folder import RunFolder

TASKS = ("digits",)  # `evo tasks` lists what there is
SEEDS = 3
# What all_results.npy holds of every generation.
COLUMNS = ("generation", "epochs_spent", "hypervolume", "best_metric", "front_size")
Rows = npt.NDArray[Any]


def settings(quick: bool) -> dict[str, Any]:
    """Return the settings of a search; those not named have the task's defaults.

    Every option of `evo run` is a key, with underscores; and so are `sons`, `daughters`, `brood`,
    `promoted_share`, `audit_share`, `mate_selection`, `choosing_members`, `ensemble_members`,
    `family`, and `pins`, which
    fixes genes: {"training.optimizer": "adamw"}.
    """
    chosen: dict[str, Any] = {
        "strategy": "gendered",  # or nsga2, regularized, local, random, successive-halving
        "metric": None,  # the task's own; with active_parameters the objectives, if none are named
        "generations": 50,
        "budget_epochs": 400,  # of training, all networks together: keep it when comparing
        "population": 12,
        "females": 8,
        "promotion": "in-turn",  # or ensemble, early-efficiency
        "inherit": "marks",  # or none, weights, all
    }
    if quick:  # a look whether everything works; its figures mean nothing
        chosen |= {
            "generations": 2, "population": 4, "females": 3, "sons": 4, "daughters": 2,
            "juvenile_epochs": 1, "adult_epochs": 2, "runner": "serial",
        }  # fmt: skip
    return chosen


def run(task: str, seed: int, out_dir: Path, quick: bool) -> tuple[dict[str, float], Rows]:
    """Breed once; return the final figures and one row a generation, its COLUMNS as floats."""
    name, started = f"{safe_name(task)}-seed-{seed}", time.perf_counter()
    config = evo.RunConfig(
        task=task, seed=seed, name=name, results=str(out_dir), **settings(quick)
    )
    ending = evo.start(config, Lines(name))
    seconds = time.perf_counter() - started
    card = export_network(
        RunFolder(ending.folder), None, Demand(), out_dir / f"{name}-exported"
    ).card  # the smallest as good as the best; Demand(reach=0.98) asks for something else
    metric = card["metric"]
    generations = evo.load(ending.folder).generations
    last = generations.iloc[-1]
    figures = {
        "best_metric": last["best_metric"],
        "hypervolume": last["hypervolume"],
        "front_size": last["front_size"],
        f"exported_validation_{metric}": card[f"validation_{metric}"],
        f"exported_test_{metric}": card[f"test_{metric}"],
        "exported_active_parameters": card["active_parameters"],
        "epochs": last["epochs_spent"],
        "seconds": seconds,
    }
    history = generations[list(COLUMNS)].to_numpy(dtype=float)
    return {key: float(value) for key, value in figures.items()}, history


def summary(found: list[dict[str, float]]) -> dict[str, Any]:
    """Put the seeds of a data set together; one seed alone has no standard error."""
    values = {key: [figures[key] for figures in found] for key in found[0]}
    error = {
        key: float(np.std(v, ddof=1) / np.sqrt(len(v))) if len(v) > 1 else None
        for key, v in values.items()
    }
    return {
        "means": {f"{key}_mean": float(np.mean(v)) for key, v in values.items()},
        "stderrs": {f"{key}_stderr": e for key, e in error.items()},
        "final_info_dict": values,
    }


class Lines:
    """Prints what happens."""

    def __init__(self, name: str) -> None:
        self.name = name

    def started(self, folder: Path, text: str) -> None:
        print(f"{self.name}: {text}", flush=True)

    def generation(self, summary: Mapping[str, Any]) -> None:
        shown = {key: summary[key] for key in COLUMNS if summary.get(key) is not None}
        line = ", ".join(f"{key} {value:.4g}" for key, value in shown.items())
        print(f"{self.name}: {line}", flush=True)

    def progress(self, done: int, total: int, stage: str) -> None:
        pass

    def note(self, text: str) -> None:
        print(f"{self.name}: {text}", flush=True)


def safe_name(task: str) -> str:
    """Return a task's name as part of a folder's: `npz:mine.npz` and `module:function` too."""
    kept = Path(task.rpartition(":")[2]).stem if ":" in task else task
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in kept)


def main() -> None:
    """Run every task and seed, then write both files."""
    parser = argparse.ArgumentParser(description="Breed small, good networks.")
    parser.add_argument("--out_dir", default="run_0", help="a new folder for the results")
    parser.add_argument("--quick", action="store_true", help="one seed of two generations")
    given = parser.parse_args()
    out_dir = Path(given.out_dir)
    if out_dir.exists() and (not out_dir.is_dir() or any(out_dir.iterdir())):
        sys.exit(f"{out_dir} exists already and is not empty; choose another --out_dir")
    final_info, rows = {}, []
    for task in TASKS:
        dataset, found = safe_name(task), []
        for seed in range(1 if given.quick else SEEDS):
            figures, history = run(task, seed, out_dir, given.quick)
            found.append(figures)
            rows += [(dataset, seed, *line) for line in history]
        final_info[dataset] = summary(found)

    # The first search has made the folder, once its settings were checked.
    (out_dir / "final_info.json").write_text(
        json.dumps(final_info, indent=2) + "\n", encoding="utf-8"
    )
    form = [("dataset", "U64"), ("seed", "i8"), *((column, "f8") for column in COLUMNS)]
    np.save(out_dir / "all_results.npy", np.array(rows, dtype=form), allow_pickle=False)
    for dataset, info in final_info.items():
        for key, mean in info["means"].items():
            print(f"{dataset} {key}: {mean:.6g}")


if __name__ == "__main__":
    main()
