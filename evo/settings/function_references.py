"""Functions of a user as text by which they are found again: `package.module:function`.

A function of the script that was run is `/path/to/script.py:function`: the file is then imported,
not run. Text is looked up by names alone and never evaluated.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from pathlib import Path
from types import ModuleType
from typing import Any

from evo.errors import BadInput, clause, describe
from evo.files.paths import shown as shown_path
from fitness.plugins import (
    PACKAGES,
    SCRIPTS,
    import_here,
    import_script,
    look_in,
    script_under_way,
)
from genomes.genes.number import shown
from genomes.genes.registry import suggest

RUN = "__main__"  # the module of the script that Python was called with
INSTALLED = ("stdlib", "platstdlib", "purelib", "platlib")


def reference_to(function: Callable[..., Any]) -> str | None:
    """Return the text by which `found` finds a function in another process.

    None for what no module has under a name: a lambda that is passed on, a function within
    another, a method of an object, and all that a notebook defines.
    """
    home, name = _home(function)
    if home is None:
        return None
    where = _script(home) or _name_of(home)
    return f"{where}:{name}" if where else None


def folders_of(functions: Iterable[Callable[..., Any]]) -> list[str]:
    """Return where modules of functions lie, unless these are installed or evo's own."""
    homes = (_home(function)[0] for function in functions)
    found = (_folder(home) for home in homes if home is not None and not _script(home))
    return sorted({str(folder) for folder in found if folder is not None})


def plain_name(written: str) -> str:
    """Return a written function as earlier configs name it: `module.function`."""
    place, _, name = written.rpartition(":")
    if not place:
        return written
    return f"{RUN if is_script(place) else place}.{name}"


def is_script(place: str) -> bool:
    """Tell the path of a script from the dotted name of a module."""
    return os.sep in place or place.endswith(".py")


def found(what: str, written: str, folders: Sequence[str] = ()) -> Any:
    """Return the function that text refers to; `folders` are looked into besides the usual ones.

    Raises `BadInput` that begins with `what`, if it is not there or its module fails.
    """
    place, _, name = written.rpartition(":")
    names = name.split(".") + ([] if is_script(place) else place.split("."))
    if not all(part.isidentifier() for part in names):
        raise BadInput(
            f"{what}: received {shown(written)}, expected package.module:function, as in "
            "deap.tools:selSPEA2, or path/to/script.py:function"
        )
    module = _imported(f"{what}={written}", place, folders)
    try:
        return _attribute(module, name)
    except AttributeError:
        public = [item for item in vars(module) if callable(getattr(module, item))]
        known = [item for item in public if not item.startswith("_")]
        raise BadInput(f"{what}={written}: {suggest('function', name, known)}") from None


def refuse_import(call: str) -> None:
    """Raise `BadInput` if a script that is only imported, for its functions, makes this call."""
    if script := script_under_way():
        raise BadInput(
            f"{shown_path(script)} calls {call} as soon as it is imported; put the call under "
            "`if __name__ == '__main__':`, so that its functions can be imported without it"
        )


def _imported(what: str, place: str, folders: Sequence[str]) -> ModuleType:
    script = Path(place).expanduser().absolute() if is_script(place) else None
    main = sys.modules.get(RUN)
    if script is not None and main is not None and _script(main) == str(script):
        return main
    if script is not None and not script.is_file():
        raise BadInput(f"{what}: there is no file {script}")
    try:
        for folder in folders:
            look_in(Path(folder))
        return import_here(place) if script is None else import_script(script)
    except (Exception, SystemExit) as error:  # a user's code may raise anything
        raise BadInput(f"{what}: cannot import {place}: {clause(describe(error))}") from error


def _attribute(module: Any, name: str) -> Any:
    """Return what a module has under a dotted name; AttributeError if there is nothing."""
    return reduce(getattr, name.split("."), module)


def _home(function: Callable[..., Any]) -> tuple[ModuleType | None, str]:
    """Return the module that has a function under a name, and the name."""
    for module in _candidates(function):
        if name := _name_in(module, function):
            return module, name
    return None, ""


def _candidates(function: Callable[..., Any]) -> Iterator[ModuleType]:
    for name in (getattr(function, "__module__", None), type(function).__module__, RUN):
        if module := sys.modules.get(str(name)):
            yield module


def _name_in(module: ModuleType, function: Callable[..., Any]) -> str:
    qualified = str(getattr(function, "__qualname__", ""))
    try:
        if _attribute(module, qualified) is function:
            return qualified
    except AttributeError:  # local to a function, or a lambda
        pass
    return next((name for name, value in vars(module).items() if value is function), "")


def _script(module: ModuleType) -> str:
    """Return the path of a script, empty for any other module."""
    imported = [str(file) for file, script in SCRIPTS.items() if script is module]
    if imported or module.__name__ != RUN or getattr(module, "__spec__", None) is not None:
        return imported[0] if imported else ""
    file = getattr(module, "__file__", None)  # a notebook has none
    return str(Path(file).absolute()) if file and Path(file).is_file() else ""


def _name_of(module: ModuleType) -> str:
    """Return the name by which a module is imported, empty for one that was not."""
    spec = getattr(module, "__spec__", None)
    return str(spec.name) if spec is not None else ""


def _folder(module: ModuleType) -> Path | None:
    """Return the folder in which the name of a module is looked up; None of an installed one."""
    parts = _name_of(module).split(".")
    if not (file := getattr(module, "__file__", None)) or parts[0] in PACKAGES:
        return None
    path = Path(file).absolute()
    steps = len(parts) if path.name == "__init__.py" else len(parts) - 1
    installed = [Path(sysconfig.get_path(kind)) for kind in INSTALLED]
    is_installed = any(map(path.is_relative_to, installed))
    return None if is_installed or steps >= len(path.parents) else path.parents[steps]
