"""evo: evolutionary architecture search for small, accurate PyTorch networks.

The public API is loaded on first use: `import evo` brings in neither torch nor ray nor pandas.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from evo.namesakes import check_namesakes
from evo.version import VERSION

if TYPE_CHECKING:  # what type checkers and editors see
    from evo.errors import BadInput, Interrupted, NothingSucceeded
    from evo.monitoring.monitor import Calibration, Monitor
    from evo.python.compressing import compress
    from evo.python.loading import Tables, load
    from evo.python.network_run import RunForecast, forecast, resume, run
    from evo.python.result import Result, SearchFailed
    from evo.python.search import search
    from evo.python.sweep_run import PruningCurve, sweep
    from evo.running.session import Ending, start
    from evo.settings.config import RunConfig
    from fitness.data.task import Split, Task
    from fitness.evaluators.function import Outcome
    from genomes.genes.gene import Choice, Conditional, Integer, ListOf, Real, Struct
    from genomes.genes.topology import Topology
    from genomes.genes.user_space import Parameter

check_namesakes()
__version__ = VERSION

__all__ = [
    "BadInput",
    "Calibration",
    "Choice",
    "Conditional",
    "Ending",
    "Integer",
    "Interrupted",
    "ListOf",
    "Monitor",
    "NothingSucceeded",
    "Outcome",
    "Parameter",
    "PruningCurve",
    "Real",
    "Result",
    "RunConfig",
    "RunForecast",
    "SearchFailed",
    "Split",
    "Struct",
    "Tables",
    "Task",
    "Topology",
    "__version__",
    "compress",
    "forecast",
    "load",
    "resume",
    "run",
    "search",
    "start",
    "sweep",
]

_HOMES = {
    "BadInput": "evo.errors",
    "Calibration": "evo.monitoring.monitor",
    "Choice": "genomes.genes.gene",
    "Conditional": "genomes.genes.gene",
    "Ending": "evo.running.session",
    "Integer": "genomes.genes.gene",
    "Interrupted": "evo.errors",
    "ListOf": "genomes.genes.gene",
    "Monitor": "evo.monitoring.monitor",
    "NothingSucceeded": "evo.errors",
    "Outcome": "fitness.evaluators.function",
    "Parameter": "genomes.genes.user_space",
    "PruningCurve": "evo.python.sweep_run",
    "Real": "genomes.genes.gene",
    "Result": "evo.python.result",
    "RunConfig": "evo.settings.config",
    "RunForecast": "evo.python.network_run",
    "SearchFailed": "evo.python.result",
    "Split": "fitness.data.task",
    "Struct": "genomes.genes.gene",
    "Tables": "evo.python.loading",
    "Task": "fitness.data.task",
    "Topology": "genomes.genes.topology",
    "compress": "evo.python.compressing",
    "forecast": "evo.python.network_run",
    "load": "evo.python.loading",
    "resume": "evo.python.network_run",
    "run": "evo.python.network_run",
    "search": "evo.python.search",
    "start": "evo.running.session",
    "sweep": "evo.python.sweep_run",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'evo' has no attribute {name!r}")
