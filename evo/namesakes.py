"""Says which file of a user's hides one of evo's packages: Python takes whichever it finds first.

It executes none of them.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

OURS = {
    "genomes": "genes/gene.py",
    "fitness": "evaluation.py",
    "runners": "runner.py",
}  # has this file


def check_namesakes() -> None:
    """Raise ImportError, naming the file, if a package that evo needs is hidden."""
    for name, file in OURS.items():
        found = _found(name)
        if found is None or not Path(found).is_file() or (Path(found).parent / file).is_file():
            continue
        raise ImportError(
            f"{found} hides evo's package {name!r}: Python looks there first. Give it another "
            f"name, for instance my_{name}.py, or move it out of {Path(found).parent}."
        )


def _found(name: str) -> str | None:
    """Return the file of the module that an import of this name finds, or has found."""
    if name in sys.modules:
        return getattr(sys.modules[name], "__file__", None)
    spec: ModuleSpec | None = find_spec(name)
    return spec.origin if spec is not None else None
