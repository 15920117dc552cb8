"""evo: evolutionary architecture search for small, accurate PyTorch networks.

The public API is loaded on first use: `import evo` brings in neither torch nor ray nor pandas.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from evo.version import VERSION

if TYPE_CHECKING:  # what type checkers and editors see
    from evo.config import RunConfig
    from evo.errors import BadInput, Interrupted
    from evo.search import Outcome, resume, start
    from evo.tables import Tables, load

__version__ = VERSION

__all__ = [
    "BadInput",
    "Interrupted",
    "Outcome",
    "RunConfig",
    "Tables",
    "__version__",
    "load",
    "resume",
    "start",
]

_HOMES = {
    "BadInput": "evo.errors",
    "Interrupted": "evo.errors",
    "Outcome": "evo.search",
    "RunConfig": "evo.config",
    "Tables": "evo.tables",
    "load": "evo.tables",
    "resume": "evo.search",
    "start": "evo.search",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'evo' has no attribute {name!r}")
