"""Writes an experiment that tools of automated research edit and run again: `evo template`.

The form is that of The AI Scientist (Lu et al. 2024, https://arxiv.org/abs/2408.06292): the tool
runs `python experiment.py --out_dir=run_i` and `python plot.py`, and reads `final_info.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from evo.errors import BadInput
from evo.files.atomic_file import unwritable
from evo.files.paths import absolute, shown
from fitness.data.loader import loader_of
from fitness.data.task_names import TASKS
from genomes.genes.registry import suggest

SOURCE = Path(__file__).parent / "files"
FILES = ("experiment.py", "plot.py", "prompt.json", "seed_ideas.json")


def write_template(folder: Path, task: str, seeds: int) -> list[Path]:
    """Write the files for a task and a number of seeds; return them.

    Raises `BadInput`, having written nothing, if the folder is taken or there is no such task.
    """
    constants = {"TASKS": f"({json.dumps(_known(task))},)", "SEEDS": str(seeds)}
    texts = {name: (SOURCE / name).read_text(encoding="utf-8") for name in FILES}
    texts["experiment.py"] = _with_constants(texts["experiment.py"], constants)
    _check_free(folder)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
            written.append(folder / name)
    except OSError as error:
        raise BadInput(f"{unwritable(folder, error)}; choose another folder") from error
    return written


def _check_free(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() or folder.is_symlink():
        what = "a folder that is not empty" if folder.is_dir() else "no folder"
        raise BadInput(
            f"{shown(folder)} exists already, {what}; choose another folder or remove it"
        )


def _known(task: str) -> str:
    """Return the task as the experiment, which runs in another folder, is to name it."""
    if prefix := loader_of(task):
        place = absolute(task.removeprefix(f"{prefix}:"))
        if not place.exists():
            raise BadInput(f"--task {task}: there is no file or folder {place}")
        return f"{prefix}:{place}"
    if ":" not in task and task not in TASKS.names():
        raise BadInput(suggest("task", task, TASKS.names()))
    return task


def _with_constants(source: str, values: Mapping[str, str]) -> str:
    """Set module-level constants; comments behind them stay."""
    for name, value in values.items():
        (line,) = re.findall(rf"(?m)^{name} = \S+", source)
        source = source.replace(line, f"{name} = {value}")
    return source
