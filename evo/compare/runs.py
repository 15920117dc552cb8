"""A run as a comparison sees it: what was asked, the adults, what was spent for what volume.

Reads only, also while the run goes on. Hypervolumes are those that the run recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evo.errors import BadInput
from evo.files.paths import quoted
from evo.findings.tables import read_tables
from evo.pareto.dominance import Axes, Axis
from evo.problems.network_problem import make_axes
from evo.record.run_folder import RunFolder
from evo.settings.config import load_toml, metric_of
from evo.settings.function_config import read_function_config, readable, shaping
from evo.settings.function_references import plain_name
from fitness.objective import Objective, objective_names
from fitness.plugins import import_plugins

# Keys of a config that do not shape what happens until a budget is spent, or are compared apart.
ASIDE = {
    "seed", "name", "results", "runner", "workers", "address", "data_dir", "plugins",
    "storage", "keep_all", "loggers",
    "generations", "budget_epochs", "max_minutes", "minutes",
    "task", "task_fingerprint", "metric", "objectives", "reference_point", "problem", "evaluate",
}  # fmt: skip
ABSENT = "none"  # how a setting without a value is written


@dataclass(frozen=True)
class ComparedRun:
    """One run.

    `settings`: what its group is told by, as text. `measured`: what has to be equal for
    hypervolumes to be comparable. `generations`: one row a finished generation, with
    `epochs_spent` and `hypervolume`. `adults`: one row an adult that ended well, with his
    objectives.
    """

    path: Path
    seed: int
    settings: Mapping[str, str]
    measured: Mapping[str, str]
    axes: Axes
    generations: pd.DataFrame
    adults: pd.DataFrame
    running: bool = False

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.path.resolve().name

    @property
    def spent(self) -> float:
        """The epochs that its finished generations took."""
        return float(self.generations["epochs_spent"].iloc[-1])

    @property
    def first(self) -> float:
        """The epochs after which its first generation was finished."""
        return float(self.generations["epochs_spent"].iloc[0])

    def at(self, epochs: float) -> pd.Series[Any]:
        """Return the last generation that was finished within so many epochs."""
        return self.generations[self.generations["epochs_spent"] <= epochs].iloc[-1]

    def points(self, names: tuple[str, ...], epochs: float) -> npt.NDArray[np.float64]:
        """Return objectives (N, K) of those that were adult within so many epochs."""
        until = self.adults["generation"] <= self.at(epochs)["generation"]
        if not set(names) <= set(self.adults.columns):
            return np.empty((0, len(names)))
        table = self.adults.loc[until, list(names)].dropna()
        points: npt.NDArray[np.float64] = table.to_numpy(dtype=np.float64)
        return points


def read(folder: RunFolder) -> ComparedRun:
    """Read a run; raises `BadInput` if no generation is finished or its scale was not given."""
    tables = read_tables(folder.path)
    generations = tables.generations
    if generations.empty or "hypervolume" not in generations:
        raise BadInput(f"{folder.path} has no finished generation yet; compare it later")
    generations = generations.assign(
        hypervolume=generations["hypervolume"].astype(float).fillna(0.0)
    )
    function = read_function_config(folder.config)
    of_what = _of_function(folder, function) if function else _of_networks(folder)
    grown = tables.adults
    return ComparedRun(
        path=folder.path,
        generations=generations,
        adults=grown[grown["status"] == "ok"],
        running=folder.driver() is not None,
        **of_what,
    )


def _of_networks(folder: RunFolder) -> dict[str, Any]:
    config = load_toml(folder.config)
    if not set(config.objectives) <= set(objective_names()):
        import_plugins(config.plugins)
    references = config.reference_point or {}
    objectives = [Objective.load(name) for name in config.objectives]
    if missing := [name for name in config.objectives if name not in references]:
        raise BadInput(
            f"{folder.config} has no reference point for {', '.join(missing)}: the evo that wrote "
            "it kept none, so its hypervolumes compare with no other run's. Leave it out, or "
            f"repeat it: `evo run {quoted(folder.config)} --name NEW`"
        )
    metric = metric_of(config)
    task = Path(config.task).name if config.task.startswith("npz:") else config.task
    values = config.model_dump()
    return {
        "seed": config.seed,
        "settings": _settings(values),
        "measured": {
            "tasks": task,
            "data": str(config.task_fingerprint),
            "metrics": metric.name,
            "objectives": _written(config.objectives),
            "reference points": _written([references[name] for name in config.objectives]),
        },
        "axes": make_axes(objectives, references, metric),
    }


def _of_function(folder: RunFolder, values: Mapping[str, Any]) -> dict[str, Any]:
    objectives: Mapping[str, Mapping[str, Any]] = values["objectives"]
    for name, given in objectives.items():
        if not {"reference", "ideal"} <= set(given):
            raise BadInput(
                f"the scale of {name} in {folder.path} was learnt from its own first adults, so "
                "its hypervolume compares with no other run's; give evo.search reference= and "
                "ideal= for every objective"
            )
    parts = [Axis(name, g["direction"], g["reference"], g["ideal"], g["scale"]) for name, g in (
        objectives.items()
    )]  # fmt: skip
    return {
        "seed": int(values["seed"]),
        "settings": _settings(shaping(readable(values))),
        "measured": {
            "functions": plain_name(values["evaluate"]),
            "objectives": _written(list(objectives)),
            "reference points": _written([axis.reference for axis in parts]),
            "ideals": _written([axis.ideal for axis in parts]),
        },
        "axes": Axes(tuple(parts)),
    }


def _settings(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Flatten the settings that shape a history to text by dotted name."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if not prefix and name in ASIDE:
            continue
        if isinstance(value, Mapping):
            found |= _settings(value, f"{prefix}{name}.")
        elif value is not None:
            found[prefix + name] = _written(value)
    return found


def _written(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "+".join(map(_written, value)) or ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
