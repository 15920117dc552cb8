"""Imports a user's own modules, which register what they add: see `genomes.genes.registry`."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from genomes.genes.errors import describe

PACKAGES = ("evo", "fitness", "genomes", "runners")


@contextmanager
def folder_kept() -> Iterator[None]:
    """Run a user's code inside; whatever it does, the working directory is the same after it.

    A task is made more than once in a run, and is to find its files each time.
    """
    before = Path.cwd()
    try:
        yield
    finally:
        os.chdir(before)


def refuse_namesakes(folder: Path) -> None:
    """Raise ValueError if a file in a folder would hide one of evo's packages from workers."""
    if folder == Path(__file__).resolve().parent.parent:
        return  # these are ours
    for name in PACKAGES:
        for file in (folder / f"{name}.py", folder / name / "__init__.py"):
            if file.is_file():
                raise ValueError(
                    f"{file} hides evo's package {name!r} from workers, which look in the current "
                    "folder first; give it another name, or call evo from another folder"
                )


def import_here(module: str) -> ModuleType:
    """Import a user's module, looked for in the current folder too.

    Raises what it raises, and ValueError if a file there would hide one of evo's packages.
    """
    refuse_namesakes(Path.cwd())
    here = str(Path.cwd())
    if here not in sys.path:
        # A console script does not look where it is called, and "" looks elsewhere once the
        # working directory has changed.
        sys.path.insert(0, here)
    with folder_kept():
        return importlib.import_module(module)


def import_plugins(modules: Sequence[str]) -> None:
    """Import the modules, looked for in the current folder too; ValueError names one that fails.

    Modules that are imported already cost nothing.
    """
    if modules:
        refuse_namesakes(Path.cwd())
    for module in modules:
        try:
            import_here(module)
        except Exception as error:  # a user's code may raise anything
            raise ValueError(f"--plugin {module}: cannot import it: {describe(error)}") from error
