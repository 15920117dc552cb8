"""A user's own function, `package.module:function`: makes a `Task`, a network, or is a loss."""

from __future__ import annotations

import os
import sys
import sysconfig
import traceback
from collections.abc import Callable
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from fitness.data.arrays import UnusableData
from fitness.data.task_names import supported
from fitness.plugins import folder_kept, import_here, look_in
from genomes.genes.registry import suggest


def call_user_task(name: str) -> Any:
    """Call the function that makes a task, see `call_user`."""
    return call_user(name, "task", "a Task")


def call_user(name: str, what: str, result: str) -> Any:
    """Import the module, as from the current folder, call its function and return what it does.

    `what` it makes and the `result` that is expected are for messages. Raises UnusableData if
    module or function do not exist, or if either raises or exits.
    """
    function = user_function(name, what, f"package.module:make_{what}")
    return guarded(f"{what} {name!r}", name.partition(":")[2], function, result)


def user_function(name: str, what: str, allowed: str = "package.module:function") -> Any:
    """Import the module, as from the current folder, and return its function.

    Raises UnusableData if module or function do not exist, or if importing raises or exits.
    """
    named = f"{what} {name!r}"
    module_name, _, function_name = name.partition(":")
    if module_name.endswith(".py"):
        dotted = module_name.removesuffix(".py").strip("./").replace("/", ".")
        raise UnusableData(
            f"received {named}; name the module, not its file: {dotted}:{function_name}"
        )
    if not all(part.isidentifier() for part in (*module_name.split("."), function_name)):
        expected = supported() if what == "task" else allowed
        raise UnusableData(f"received {named}, expected {expected}")
    look_in(Path.cwd())
    if is_of_python(module_name):
        raise UnusableData(f"{named}: {module_name} is part of Python and has no {what}")
    module = _import(named, module_name)
    function = getattr(module, function_name, None)
    if not callable(function):
        known = [item for item in dir(module) if callable(getattr(module, item))]
        public = [item for item in known if not item.startswith("_")]
        raise UnusableData(f"{named}: {suggest('function', function_name, public)}")
    return function


def is_of_python(module: str) -> bool:
    """Tell a module of Python's own library from one of the same name that lies elsewhere."""
    top = module.partition(".")[0]
    found = PathFinder.find_spec(top)
    library = Path(sysconfig.get_path("stdlib"))
    if top not in sys.stdlib_module_names:
        return False
    return found is None or found.origin is None or Path(found.origin).is_relative_to(library)


def _import(named: str, module_name: str) -> ModuleType:
    here = str(Path.cwd())

    def load() -> ModuleType:
        try:
            return import_here(module_name)
        except ModuleNotFoundError as missing:
            if missing.name is None or not f"{module_name}.".startswith(f"{missing.name}."):
                raise  # the module is there, but something that it imports is not
            raise UnusableData(
                f"{named}: there is no module {missing.name!r}; it has to be installed or "
                f"to lie in the current folder, {here}"
            ) from None

    module: ModuleType = guarded(named, f"importing {module_name}", load)
    return module


def guarded(named: str, what: str, call: Callable[[], Any], result: str = "a Task") -> Any:
    """Call code of the user; what it raises is reported as the user's error, with its place."""
    try:
        with folder_kept():
            return call()
    except UnusableData as error:
        if what.startswith("importing"):
            raise
        raise UnusableData(f"{named}: {error}") from error
    except SystemExit as error:
        raise UnusableData(
            f"{named}: {what} called sys.exit({error.code!r}); it has to return {result}"
        ) from error
    except Exception as error:
        text = " ".join(str(error).split()) or "no message"
        raise UnusableData(
            f"{named}: {what} raised {type(error).__name__}: {text} ({_place(error)}). "
            "EVO_DEBUG=1 shows the traceback"
        ) from error


def _place(error: BaseException) -> str:
    """Return file and line where an error arose, of the user's code if it is on the way."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = os.path.dirname(os.path.dirname(__file__))
    outside = [f for f in frames if not f.filename.startswith((ours, "<", sys.prefix))]
    frame = (outside or frames)[-1]
    return f"{os.path.basename(frame.filename)}, line {frame.lineno}"
