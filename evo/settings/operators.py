"""Operators that a user exchanges: read from settings, imported, and checked before a run begins.

`evo.breeding.operators` puts them in the place of a strategy's own.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import reduce
from typing import Any

from evo.breeding.operators import KINDS
from evo.errors import BadInput, clause, describe
from evo.settings.config import RunConfig
from evo.settings.function_arguments import check_function
from evo.strategy import Operators, operators_of
from fitness.plugins import import_here
from genomes.genes.number import shown
from genomes.genes.registry import suggest

IN_A_PLUGIN = "EXCHANGED_OPERATORS"  # what a plugin calls its table of operators


def load_operators(config: RunConfig) -> Operators:
    """Return the functions that take an operator's place: those of the plugins, then the named.

    Raises `BadInput` for one that cannot be imported, cannot be called as its place asks, or is no
    operator of the run's strategy.
    """
    found: dict[str, Any] = {}
    for plugin in config.plugins:
        found |= getattr(sys.modules[plugin], IN_A_PLUGIN, {})
    return check_operators(config.strategy, {**found, **config.operators})


def check_operators(strategy: str, exchanged: Mapping[str, Any]) -> Operators:
    """Return functions by the operators they are to replace; those given as text are imported.

    Raises `BadInput`.
    """
    known = exchangeable(strategy)
    for name in exchanged:
        if name not in known:
            raise BadInput(suggest(f"operator of strategy {strategy}", name, known))
    functions = {
        name: imported(name, given) if isinstance(given, str) else given
        for name, given in exchanged.items()
    }
    for name, function in functions.items():
        check_function(f"operator {name}", function, KINDS[name].takes)
    return functions


def exchangeable(strategy: str) -> list[str]:
    """Name the operators of a strategy that a user can exchange."""
    return [name for name in operators_of(strategy) if name in KINDS]


def imported(name: str, written: str) -> Any:
    """Import `package.module:function`, looked for in the current folder too."""
    module, _, path = written.partition(":")
    if not all(part.isidentifier() for part in (*module.split("."), *path.split("."))):
        raise BadInput(
            f"operator {name}: received {shown(written)}, expected package.module:function, as in "
            "deap.tools:selSPEA2"
        )
    try:
        found = import_here(module)
    except (Exception, SystemExit) as error:  # a user's code may raise anything
        raise BadInput(
            f"operator {name}={written}: cannot import {module}: {clause(describe(error))}"
        ) from error
    try:
        return reduce(getattr, path.split("."), found)
    except AttributeError:
        public = [item for item in vars(found) if callable(getattr(found, item))]
        known = [item for item in public if not item.startswith("_")]
        raise BadInput(f"operator {name}={written}: {suggest('function', path, known)}") from None
