"""Checks what `evo.search` is called with, before anything begins.

Plain arguments are checked by the rules of a run's config, so that they are the same here and on
the command line; their errors speak of arguments.
"""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from evo.errors import BadInput
from evo.settings.config import RunConfig
from evo.settings.config_errors import expectation
from evo.strategy import STRATEGIES
from genomes.genes.gene import Value
from genomes.genes.number import check_name, shown, type_name
from genomes.genes.registry import suggest

KEYS = {"minutes": "max_minutes"}  # argument -> key of the config, where the two differ
MAY_BE_NONE = (
    "generations", "budget_epochs", "minutes", "workers", "address", "name", "storage",
)  # fmt: skip
# What None means here and a word in a config.
AUTO = ("gpus_per_worker", "job_timeout")


def checked(arguments: Mapping[str, object], settings: Mapping[str, object]) -> RunConfig:
    """Return the arguments, and the settings among them, as a config; raise `BadInput`."""
    values: dict[str, object] = {}
    for name, value in arguments.items():
        if value is None and name in MAY_BE_NONE:
            continue
        if value is None and name not in AUTO:
            raise BadInput(f"received {name}=None, expected a value")
        values[KEYS.get(name, name)] = "auto" if value is None else _plain(value)
    try:
        config = RunConfig.model_validate(values | {n: _plain(x) for n, x in settings.items()})
    except ValidationError as error:
        lines = (
            _line(str(problem["loc"][0]), problem["input"], expectation(problem), settings)
            for problem in error.errors()
        )
        raise BadInput("\n".join(lines)) from None
    if config.strategy not in STRATEGIES.names():
        raise BadInput(suggest("strategy", config.strategy, STRATEGIES.names()))
    return config


def _line(key: str, value: object, expected: str, settings: Mapping[str, object]) -> str:
    if key in settings:
        return f"received settings={{{key!r}: {shown(value)}}}, {expected}"
    argument = next((name for name, own in KEYS.items() if own == key), key)
    expected = expected.replace("auto", "None") if key in AUTO else expected
    return f"received {argument}={shown(value)}, {expected}"


def _plain(value: object) -> object:
    """Return numpy's scalars as Python's; the rules ask for the exact type."""
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "shape", None) == () else value


def check_function(name: str, function: object, takes: tuple[str, ...]) -> None:
    """Raise `BadInput` unless this can be called with so many arguments."""
    if not callable(function):
        kind = type_name(function)
        raise BadInput(f"received {name}={shown(function)} of type {kind}, expected a function")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a builtin says nothing of itself
        return
    try:
        signature.bind(*takes)
    except TypeError as error:
        raise BadInput(
            f"{name}{signature} cannot be called with ({', '.join(takes)}): {error}"
        ) from None


def check_names(what: str, given: object) -> Mapping[str, object]:
    """Return a mapping whose keys are names; raise `BadInput` for anything else."""
    if not isinstance(given, Mapping):
        raise BadInput(
            f"received {what}={shown(given)} of type {type_name(given)}, expected a mapping (a "
            "dict) of names"
        )
    for name in given:
        check_name(f"{what} with the name", name)
    return given


def check_settings(given: object, allowed: set[str]) -> Mapping[str, object]:
    """Return the settings; raise `BadInput` for names that are none."""
    settings = check_names("settings", given)
    for name, value in settings.items():
        if name not in allowed:
            raise BadInput(suggest("setting", name, allowed))
        if value is None:
            raise BadInput(f"received settings={{{name!r}: None}}, expected a value")
    return settings


def check_pins(given: object) -> dict[str, Value]:
    """Return the pins with values as genes have them; raise `BadInput` for what JSON has not."""
    pins = {name: _pin(value) for name, value in check_names("pins", given).items()}
    try:
        json.dumps(pins, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadInput(f"received pins={shown(given)}, expected plain values: {error}") from None
    return pins


def _pin(value: object) -> Value:
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
        items = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        return [_pin(item) for item in items]
    return _plain(value.tolist() if hasattr(value, "tolist") else value)


def folder_of(results: object) -> Path:
    """Return the folder for run folders, made absolute: user code may change where we are."""
    if not isinstance(results, str | os.PathLike) or not str(results).strip():
        raise BadInput(f"received results={shown(results)}, expected the path of a folder")
    path = Path(results)
    if not str(path).isprintable():
        raise BadInput(f"received results={shown(results)}, expected printable characters")
    return path.expanduser().absolute()
