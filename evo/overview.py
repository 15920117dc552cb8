"""How a run stands, read from its folder without disturbing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evo.config import load_toml
from evo.errors import BadInput
from evo.run_folder import RunFolder
from evo.store import Store

State = Literal["running", "finished", "interrupted", "damaged"]


@dataclass(frozen=True)
class Overview:
    """A run in a few figures; None where nothing is known yet."""

    state: State
    task: str = "?"
    generations_done: int = 0
    generations: int | None = None
    hypervolume: float | None = None
    best_accuracy: float | None = None
    front_size: int | None = None


def overview(folder: RunFolder) -> Overview:
    """Look at a run; a damaged one is reported as such, not raised."""
    try:
        config = load_toml(folder.config)
        with Store.open(folder.database, read_only=True) as store:
            summaries, facts = store.generations(), store.meta()
    except BadInput:
        return Overview("damaged")
    last = summaries[-1] if summaries else {}
    return Overview(
        state=_state(folder, facts.get("reason"), len(summaries), config.generations),
        task=config.task,
        generations_done=len(summaries),
        generations=config.generations,
        hypervolume=last.get("hypervolume"),
        best_accuracy=last.get("best_accuracy"),
        front_size=last.get("front_size"),
    )


def _state(folder: RunFolder, reason: str | None, done: int, total: int | None) -> State:
    if folder.driver() is not None:
        return "running"
    finished = reason in ("budget", "exhausted") or (reason == "generations" and done >= (total or 0))
    return "finished" if finished else "interrupted"
