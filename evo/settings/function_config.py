"""What a search of a user's function is asked to do, and its record as `config.toml`.

All of it is data but for the functions, which are written as text that finds them again. Where
none does, the config says so, and the search is continued by calling `evo.search` again; then the
config serves to tell whether the call is the same.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from evo.breeding.operators import name_of
from evo.errors import BadInput
from evo.files.bounded import read_text
from evo.pareto.open_axes import AxisPlan
from evo.record.earlier_names import stages_as_now
from evo.settings.config import RunConfig
from evo.settings.function_references import folders_of, plain_name, reference_to
from evo.settings.run_settings import RunSettings
from evo.settings.space_data import held_by_toml, space_in_words, space_to_data
from evo.storage.places import as_written
from evo.strategy import Settings
from evo.version import VERSION
from fitness.evaluators.function import Function
from fitness.evaluators.user_code import Costs, Feasible
from genomes.genes.gene import Struct

PROBLEM = "function"  # value of the key `problem`, which configs of networks do not have
FUNCTIONS = ("evaluate", "costs", "feasible")
USUAL = {one.name: one.default for one in fields(Settings) if isinstance(one.default, str | int)}
ONLY_BY_CALL = "only_by_call"  # key of the reason why no more than the call itself continues it
BY_RESUME = (
    "`evo resume` continues it, and so does the same call with this name.\n"
    "# `evo run` with this file and another --name starts the same search again.\n"
)
BY_CALL = "The same call with this name continues it.\n"


@dataclass(frozen=True)
class Functions:
    """The user's functions."""

    evaluate: Function
    costs: Costs | None = None
    feasible: Feasible | None = None

    def given(self) -> dict[str, Callable[..., Any]]:
        """Return those there are, by name."""
        found = {name: getattr(self, name) for name in FUNCTIONS}
        return {name: function for name, function in found.items() if function is not None}


@dataclass(frozen=True)
class FunctionPlaces:
    """Where a search is computed, and what keeps and follows it.

    Its history does not depend on these, but for a `job_timeout` that strikes.
    """

    runner: str = "serial"
    workers: int | None = None
    address: str | None = None
    cpus_per_worker: float = 1.0
    gpus_per_worker: float | Literal["auto"] = 0.0
    job_timeout: float | Literal["auto"] = "auto"
    storage: str | None = None
    loggers: tuple[str, ...] = ()
    keep_all: bool = False

    @classmethod
    def of(cls, arguments: RunConfig) -> FunctionPlaces:
        """Return the places among arguments."""
        values = {each.name: getattr(arguments, each.name) for each in fields(cls)}
        storage = None if arguments.storage is None else as_written(arguments.storage)
        return cls(**values | {"storage": storage})


PLACES = tuple(each.name for each in fields(FunctionPlaces))
EARLIER_MEMBERS = 3  # of the ensemble, written when nobody had said how many
MAY_CHANGE = (
    *FUNCTIONS, *PLACES, "import_from", ONLY_BY_CALL, "budget_epochs", "generations", "minutes",
    "evo_version", "results",
)  # fmt: skip
KEYS = (
    "problem", *MAY_CHANGE, "strategy", "seed", "overlap", "settings", "pins", "pins_json",
    "operators", "objectives", "space",
)  # fmt: skip


@dataclass(frozen=True)
class FunctionConfig:
    """All settings of a search; `results` is the folder of its folder, as the user gave it."""

    plans: tuple[AxisPlan, ...]
    parameters: Struct
    search: RunSettings
    functions: Functions
    pins: Mapping[str, Any] = field(default_factory=dict)
    places: FunctionPlaces = FunctionPlaces()
    results: str | None = None

    def __post_init__(self) -> None:
        limits = self.search.limits
        if limits.generations is None and limits.budget_epochs is None:
            raise BadInput("received neither budget_epochs nor generations; give one of them")

    def to_toml(self) -> str:
        """Write the config for people, for `differences` and for `evo resume`."""
        search, pins = self.search, self.pins
        functions = {**self.functions.given(), **search.operators}
        written = {n: reference_to(each) or name_of(each) for n, each in functions.items()}
        values = {
            "problem": PROBLEM,
            **{name: written[name] for name in self.functions.given()},
            "import_from": folders_of(functions.values()),
            ONLY_BY_CALL: _not_found(functions),
            "evo_version": VERSION,
            "strategy": search.strategy,
            "seed": search.seed,
            "overlap": search.overlap or None,
            **asdict(search.limits),
            "results": self.results,
            **asdict(self.places),
            "settings": {n: x for n, x in asdict(search.breeding).items() if x is not None},
            "pins": {name: x for name, x in pins.items() if held_by_toml(x)},
            "pins_json": {name: json.dumps(x) for name, x in pins.items() if not held_by_toml(x)},
            "operators": {name: written[name] for name in search.operators},
            "objectives": {p.name: _bounds(p) for p in self.plans},
            "space": space_to_data(self.parameters),
        }
        return in_toml({name: value for name, value in values.items() if _is_said(value)})


def in_toml(values: Mapping[str, Any]) -> str:
    """Write a config's values as a file."""
    import tomli_w

    by_whom = BY_CALL if ONLY_BY_CALL in values else BY_RESUME
    return f"# A call of evo.search. {by_whom}{tomli_w.dumps(values)}"


def _not_found(functions: Mapping[str, Callable[..., Any]]) -> str:
    """Say which functions no reference finds again, and why; empty if there is none."""
    lost = [f"{n} ({name_of(f)})" for n, f in functions.items() if reference_to(f) is None]
    return f"no module has this under a name of its own: {', '.join(lost)}" if lost else ""


def _is_said(value: object) -> bool:
    """Tell a value from the absence of one; zero is a value."""
    return value is not None and value is not False and value not in ("", (), [], {})


def _bounds(plan: AxisPlan) -> dict[str, Any]:
    return {key: x for key, x in asdict(plan).items() if key != "name" and x is not None}


def differences(written: str, now: str) -> list[str]:
    """List the settings in which two configs differ, but for those that may change."""
    before, after = (_as_now(tomllib.loads(text)) for text in (written, now))
    if any(isinstance(gene, str) for gene in before.get("space", {}).values()):
        after = readable(after)  # as earlier configs are
    before, after = shaping(before), shaping(after)
    return [
        f"{key} was {before.get(key)}, now {after.get(key)}"
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]


def shaping(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what shapes a history of a config, in words that earlier configs have too."""
    kept = {name: value for name, value in values.items() if name not in MAY_CHANGE}
    pins = {**kept.pop("pins", {}), **kept.pop("pins_json", {})}
    operators = {name: plain_name(each) for name, each in kept.pop("operators", {}).items()}
    exchanged = {"pins": pins, "operators": operators}
    return kept | {name: table for name, table in exchanged.items() if table}


def read_function_config(path: Path) -> dict[str, Any] | None:
    """Return the values of the config of a search of a function, None for anything else."""
    try:
        values = tomllib.loads(read_text(path))
    except (OSError, ValueError, RecursionError):  # no TOML, or no text, among them
        return None
    return _as_now(values) if values.get("problem") == PROBLEM else None


def _as_now(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with settings under the names of this version.

    What earlier versions did not know of was as it is by default.
    """
    settings = values.get("settings")
    if not isinstance(settings, dict):
        return values
    settings = {**USUAL, **stages_as_now(settings)}
    if settings.get("ensemble_members") == EARLIER_MEMBERS:
        del settings["ensemble_members"]
    return {**values, "settings": settings}


def readable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config's values with a line of text for each gene of the space."""
    return {**values, "space": space_in_words(values.get("space", {}))}
