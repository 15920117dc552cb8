"""Imports a user's own modules, which register what they add: see `genomes.registry`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path


def import_plugins(modules: Sequence[str]) -> None:
    """Import the modules, looked for in the current folder too; ValueError names one that fails.

    Modules that are imported already cost nothing.
    """
    here = str(Path.cwd())
    if modules and "" not in sys.path and here not in sys.path:
        sys.path.insert(0, here)  # a console script does not look where it is called
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception as error:  # a user's code may raise anything
            text = f"{type(error).__name__}: {error}".strip(": ")
            raise ValueError(f"--plugin {module}: cannot import it: {text}") from error
