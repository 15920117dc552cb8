"""Task `package.module:make_task`: a user's own function that returns a `Task`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from fitness.plugins import folder_kept, refuse_namesakes
from fitness.task import Task
from genomes.registry import suggest


def load_user_task(name: str) -> Task:
    """Import the module, as from the current folder, call its function and return the task.

    Raises ValueError if module or function do not exist or something else than a `Task` is
    returned. What the function itself raises passes through.
    """
    module_name, _, function_name = name.partition(":")
    if not all(part.isidentifier() for part in (*module_name.split("."), function_name)):
        raise ValueError(f"received task {name!r}, expected package.module:function or npz:FILE")
    refuse_namesakes(Path.cwd())
    here = str(Path.cwd())
    if here not in sys.path:  # the `evo` command, unlike `python -m`, does not look here by itself
        sys.path.insert(0, here)
    try:
        with folder_kept():
            module = importlib.import_module(module_name)
    except ModuleNotFoundError as missing:
        if missing.name is None or not f"{module_name}.".startswith(f"{missing.name}."):
            raise  # the module is there, but something that it imports is not
        raise ValueError(
            f"task {name!r}: there is no module {missing.name!r}; it has to be installed or to "
            f"lie in the current folder, {here}"
        ) from None
    function = getattr(module, function_name, None)
    if not callable(function):
        known = [item for item in dir(module) if callable(getattr(module, item))]
        public = [item for item in known if not item.startswith("_")]
        raise ValueError(f"task {name!r}: {suggest('function', function_name, public)}")
    with folder_kept():
        task = function()
    if not isinstance(task, Task):
        raise ValueError(
            f"task {name!r} returned a {type(task).__name__}, expected a fitness.task.Task"
        )
    return task
