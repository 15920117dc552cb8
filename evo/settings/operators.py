"""Operators that a user exchanges: read from settings, imported, and checked before a run begins.

`evo.breeding.operators` puts them in the place of a strategy's own.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from evo.breeding.operators import KINDS
from evo.errors import BadInput
from evo.settings.config import RunConfig
from evo.settings.function_arguments import check_function
from evo.settings.function_references import found
from evo.strategy import Operators, operators_of
from genomes.genes.registry import suggest

IN_A_PLUGIN = "EXCHANGED_OPERATORS"  # what a plugin calls its table of operators


def load_operators(config: RunConfig) -> Operators:
    """Return the functions that take an operator's place: those of the plugins, then the named.

    Raises `BadInput` for one that cannot be imported, cannot be called as its place asks, or is no
    operator of the run's strategy.
    """
    given: dict[str, Any] = {}
    for plugin in config.plugins:
        given |= getattr(sys.modules[plugin], IN_A_PLUGIN, {})
    return check_operators(config.strategy, {**given, **config.operators})


def check_operators(
    strategy: str, exchanged: Mapping[str, Any], folders: Sequence[str] = ()
) -> Operators:
    """Return functions by the operators they are to replace; those given as text are imported.

    They are looked for in `folders` too. Raises `BadInput`.
    """
    known = exchangeable(strategy)
    for name in exchanged:
        if name not in known:
            raise BadInput(suggest(f"operator of strategy {strategy}", name, known))
    functions = {
        name: found(f"operator {name}", given, folders) if isinstance(given, str) else given
        for name, given in exchanged.items()
    }
    for name, function in functions.items():
        check_function(f"operator {name}", function, KINDS[name].takes)
    return functions


def exchangeable(strategy: str) -> list[str]:
    """Name the operators of a strategy that a user can exchange."""
    return [name for name in operators_of(strategy) if name in KINDS]
