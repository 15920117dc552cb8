"""How a run stands, read from its folder without disturbing it."""

from __future__ import annotations

from dataclasses import dataclass

from evo.errors import BadInput
from evo.record.run_folder import RunFolder
from evo.record.run_state import State, state_of
from evo.record.store import Store
from evo.settings.config import RunConfig, load_toml, main_objective
from evo.settings.function_config import read_function_config
from evo.settings.function_references import plain_name
from fitness.data.task_names import own_name
from fitness.prediction.features import main_outcome


@dataclass(frozen=True)
class Overview:
    """A run in a few figures; None where nothing is known yet.

    `main` is the objective that `best_metric` is the best value of; empty of a damaged run.
    """

    state: State
    task: str = "?"
    generations_done: int = 0
    generations: int | None = None
    hypervolume: float | None = None
    best_metric: float | None = None
    front_size: int | None = None
    main: str = ""


def overview(folder: RunFolder) -> Overview:
    """Return the overview of a run; a damaged one is reported as such, not raised."""
    function = read_function_config(folder.config)
    try:
        config = RunConfig() if function else load_toml(folder.config)
        name = plain_name(function["evaluate"]).rsplit(".", 1)[-1] if function else ""
        task = f"function {name}" if function else own_name(config.task)
        generations = function.get("generations") if function else config.generations
        named = list(function["objectives"]) if function else []
        main = named[main_outcome(named)] if function else main_objective(config)
        with Store.open(folder.database, read_only=True) as store:
            summaries, facts = store.generations(), store.meta()
    except BadInput:
        return Overview("damaged")
    last = summaries[-1] if summaries else {}
    return Overview(
        state=state_of(folder, facts.get("reason"), len(summaries), generations),
        task=task,
        generations_done=len(summaries),
        generations=generations,
        hypervolume=last.get("hypervolume"),
        best_metric=last.get("best_metric"),
        front_size=last.get("front_size"),
        main=main,
    )
