"""A call of `evo.search`, checked: as it was written in Python, or read from a run's config."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np

from evo.engine.engine import Limits
from evo.errors import BadInput, clause
from evo.pareto.open_axes import AxisPlan
from evo.settings.config import RunConfig
from evo.settings.function_arguments import (
    check_function,
    check_names,
    check_pins,
    check_settings,
    checked,
)
from evo.settings.function_config import (
    FUNCTIONS,
    KEYS,
    ONLY_BY_CALL,
    PLACES,
    FunctionConfig,
    FunctionPlaces,
    Functions,
    read_function_config,
)
from evo.settings.function_references import found
from evo.settings.operators import check_operators
from evo.settings.places import NONE
from evo.settings.run_settings import RunSettings
from evo.settings.space_data import space_from_data
from evo.strategy import Settings, check_staged
from fitness.data.task import SearchDefaults
from fitness.metric import Direction
from fitness.stages import check_stages
from genomes.genes.gene import Struct
from genomes.genes.number import finite_number, shown, whole_number
from genomes.genes.registry import suggest
from genomes.genes.user_space import Parameter, parameter_struct

Aim = Direction | tuple[Direction, Literal["linear", "log"]]  # what to do with an objective
BROOD = 20  # candidates predicted for each child; twice a network's, for they cost nothing
NO_SETTINGS = ("population", "stages")  # have arguments of their own
TAKES = ("parameters", "epochs", "seed", "checkpoint")
TABLES = ("settings", "pins", "pins_json", "operators", "objectives", "space")
AGAIN = "Repeat the call of evo.search with its name= and results= to continue it."


@dataclass(frozen=True)
class Call:
    """What a search is asked, unchecked; None stands for what was not given.

    `plain` are the arguments of plain values by their names; `folders` are looked into for
    operators that are text.
    """

    space: Mapping[str, Parameter] | Struct
    functions: Functions
    objectives: Mapping[str, Aim]
    epochs: int | Sequence[int]
    plain: Mapping[str, object]
    reference: Mapping[str, float] | None = None
    ideal: Mapping[str, float] | None = None
    settings: Mapping[str, object] | None = None
    pins: Mapping[str, Any] | None = None
    operators: Mapping[str, Callable[..., object] | str] | None = None
    results: str | None = None
    folders: Sequence[str] = ()

    def config(self) -> FunctionConfig:
        """Return the settings of the search; raise `BadInput` for what does not fit."""
        stages = make_stages(self.epochs)
        given = check_settings(_or_empty(self.settings), _names_of_settings())
        arguments = checked(self.plain, given)
        check_staged(arguments.strategy, stages)
        plans = make_plans(self.objectives, self.reference, self.ideal)
        parameters = parameter_struct(self.space)
        self._check_functions()
        limits = Limits(arguments.generations, arguments.budget_epochs, arguments.max_minutes)
        operators = check_names("operators", _or_empty(self.operators))
        return FunctionConfig(
            plans=plans,
            parameters=parameters,
            search=RunSettings(
                strategy=arguments.strategy,
                breeding=_breeding(arguments, stages, given),
                seed=arguments.seed,
                limits=limits,
                overlap=arguments.overlap,
                operators=check_operators(arguments.strategy, operators, self.folders),
            ),
            functions=self.functions,
            pins=check_pins(_or_empty(self.pins)),
            places=FunctionPlaces.of(arguments),
            results=self.results,
        )

    def _check_functions(self) -> None:
        given: dict[str, Any] = {name: getattr(self.functions, name) for name in FUNCTIONS}
        check_function("evaluate", given.pop("evaluate"), TAKES)
        for name, function in given.items():
            if function is not None:
                check_function(name, function, TAKES[:1])


def load_function_config(file: Path, changes: Mapping[str, Any]) -> FunctionConfig:
    """Read the config of a search, functions included, with other values of some keys.

    Raises `BadInput` where only a call of `evo.search` continues it, saying why, where a function
    is not found or fails to be imported, or where a value is wrong.
    """
    values = read_function_config(file)
    assert values is not None  # else the run is one of networks
    serial = changes.get("runner") == "serial"  # it has no use for what only Ray takes
    unused = {**NONE, "job_timeout": "auto"} if serial else {}
    try:
        return _read({**values, **unused, **changes}).config()
    except KeyError as error:
        raise BadInput(f"{file}: the key {error} is missing") from None
    except BadInput as error:
        raise BadInput(f"{file}: {error}") from None


def _read(values: Mapping[str, Any]) -> Call:
    if any(isinstance(gene, str) for gene in values.get("space", {}).values()):
        raise BadInput(f"it was written by an evo that kept no more than names. {AGAIN}")
    if ONLY_BY_CALL in values:
        raise BadInput(f"{clause(values[ONLY_BY_CALL])}. {AGAIN}")
    _check_keys(values)
    try:
        space = space_from_data(values.get("space"))
    except BadInput as error:
        raise BadInput(f"{clause(error)}. {AGAIN}") from None
    settings, folders = dict(values["settings"]), values.get("import_from", ())
    population, stages = (settings.pop(name) for name in NO_SETTINGS)
    plain = ("generations", "budget_epochs", "minutes", "seed", "strategy", "overlap", *PLACES)
    bounds: Mapping[str, Mapping[str, Any]] = values["objectives"]
    pins_json = {name: json.loads(text) for name, text in values.get("pins_json", {}).items()}
    return Call(
        space=space,
        functions=Functions(**{n: found(n, values[n], folders) for n in FUNCTIONS if n in values}),
        objectives={n: (given["direction"], given["scale"]) for n, given in bounds.items()},
        epochs=stages,
        plain={n: values[n] for n in plain if n in values} | {"population": population},
        reference={n: given["reference"] for n, given in bounds.items() if "reference" in given},
        ideal={n: given["ideal"] for n, given in bounds.items() if "ideal" in given},
        settings=settings,
        pins={**values.get("pins", {}), **pins_json},
        operators=values.get("operators"),
        results=values.get("results"),
        folders=folders,
    )


def _check_keys(values: Mapping[str, Any]) -> None:
    """Raise `BadInput` for keys that a config has not, or that are no tables where they should."""
    for key, value in values.items():
        if key not in KEYS:
            raise BadInput(suggest("key", key, KEYS))
        if key in TABLES and not isinstance(value, Mapping):
            raise BadInput(f"{key}: received {shown(value)}, expected a table")


def _or_empty(given: Any) -> Any:
    return {} if given is None else given


def _names_of_settings() -> set[str]:
    return {field.name for field in fields(Settings)} - set(NO_SETTINGS)


def _breeding(
    arguments: RunConfig, stages: tuple[int, ...], given: Mapping[str, object]
) -> Settings:
    usual = usual_settings(stages, arguments.population or 0)
    return Settings(**usual | {name: getattr(arguments, name) for name in given})


def make_plans(
    objectives: Mapping[str, Aim],
    reference: Mapping[str, float] | None,
    ideal: Mapping[str, float] | None,
) -> tuple[AxisPlan, ...]:
    """Read objectives as the user writes them; raise `BadInput` saying what is allowed."""
    if not check_names("objectives", objectives):
        raise BadInput('received no objectives; expected for instance {"accuracy": "max"}')
    for what, given in (("reference", reference), ("ideal", ideal)):
        for name in check_names(what, {} if given is None else given):
            if name not in objectives:
                raise BadInput(suggest("objective", name, objectives))
    return tuple(
        _plan(name, written, *((given or {}).get(name) for given in (reference, ideal)))
        for name, written in objectives.items()
    )


def _plan(name: str, written: Any, reference: Any, ideal: Any) -> AxisPlan:
    pair: tuple[Any, Any] = (written, "linear") if isinstance(written, str) else _pair(written)
    direction, scale = pair
    if direction not in ("max", "min") or scale not in ("linear", "log"):
        raise BadInput(
            f"objective {name}: received {written!r}, expected 'max' or 'min', or one of these "
            "with 'linear' or 'log', as in ('min', 'log')"
        )
    try:
        given = {"reference": reference, "ideal": ideal}
        bounds = [None if x is None else finite_number(x, n) for n, x in given.items()]
        plan = AxisPlan(name, direction, scale, *bounds)
        plan.axis([bound for bound in bounds if bound is not None] or [1.0])
    except (TypeError, ValueError) as error:
        raise BadInput(f"objective {name}: {error}") from None
    return plan


def _pair(written: Any) -> tuple[Any, Any]:
    if not isinstance(written, Sequence) or len(written) != 2:
        return None, None
    return written[0], written[1]


def make_stages(epochs: int | Sequence[int]) -> tuple[int, ...]:
    """Return the stages of a search, a single one for a single fidelity."""
    given = epochs if isinstance(epochs, Sequence | np.ndarray) else (epochs,)
    try:
        stages = tuple(whole_number(each, "epochs") for each in given)
        check_stages(stages)
    except (ValueError, TypeError):  # a TypeError for an array of no dimension
        raise BadInput(
            f"received epochs={shown(epochs)}, expected a positive whole number for a single "
            "fidelity, or rising ones, as (early, full): after all but the last falls a decision"
        ) from None
    return stages


def usual_settings(stages: tuple[int, ...], population: int) -> dict[str, Any]:
    """Return how to breed unless the user says otherwise.

    With one fidelity births are dear, so there are fewer at a time.
    """
    usual = SearchDefaults()
    return {
        "population": population,
        "females": usual.females,
        "sons": population if len(stages) > 1 else max(4, population // 2),
        "daughters": usual.daughters,
        "brood": BROOD,
        "promoted_share": usual.promoted_share,
        "audit_share": usual.audit_share,
        "stages": stages,
    }
