"""evo: evolutionary architecture search for small, accurate PyTorch networks.

The public API is loaded on first use: `import evo` brings in neither torch nor ray nor pandas.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from evo.namesakes import check_namesakes
from evo.version import VERSION

if TYPE_CHECKING:  # what type checkers and editors see
    from evo.config import RunConfig
    from evo.errors import BadInput, Interrupted, NothingSucceeded
    from evo.function_search import search
    from evo.result import Result
    from evo.session import Ending, resume, start
    from evo.tables import Tables, load
    from fitness.function_evaluator import Outcome
    from genomes.gene import Choice, Conditional, Integer, ListOf, Real, Struct
    from genomes.topology import Topology

check_namesakes()
__version__ = VERSION

__all__ = [
    "BadInput",
    "Choice",
    "Conditional",
    "Ending",
    "Integer",
    "Interrupted",
    "ListOf",
    "NothingSucceeded",
    "Outcome",
    "Real",
    "Result",
    "RunConfig",
    "Struct",
    "Tables",
    "Topology",
    "__version__",
    "load",
    "resume",
    "search",
    "start",
]

_HOMES = {
    "BadInput": "evo.errors",
    "Choice": "genomes.gene",
    "Conditional": "genomes.gene",
    "Ending": "evo.session",
    "Integer": "genomes.gene",
    "Interrupted": "evo.errors",
    "ListOf": "genomes.gene",
    "NothingSucceeded": "evo.errors",
    "Outcome": "fitness.function_evaluator",
    "Real": "genomes.gene",
    "Result": "evo.result",
    "RunConfig": "evo.config",
    "Struct": "genomes.gene",
    "Tables": "evo.tables",
    "Topology": "genomes.topology",
    "load": "evo.tables",
    "resume": "evo.session",
    "search": "evo.function_search",
    "start": "evo.session",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'evo' has no attribute {name!r}")
