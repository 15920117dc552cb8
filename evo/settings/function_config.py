"""What a search of a user's function is asked to do, and its record as `config.toml`.

The function itself cannot be written down; its name is. So such a run is continued by calling
`evo.search` again, and the config serves to tell whether the call is the same.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from evo.breeding.operators import name_of
from evo.errors import BadInput
from evo.pareto.open_axes import AxisPlan
from evo.settings.function_arguments import check_names
from evo.settings.run_settings import RunSettings
from evo.version import VERSION
from fitness.data.task import SearchDefaults
from fitness.metric import Direction
from genomes.genes.gene import Struct
from genomes.genes.number import finite_number, shown, whole_number
from genomes.genes.registry import suggest

Aim = Direction | tuple[Direction, Literal["linear", "log"]]  # what to do with an objective
BROOD = 20  # candidates predicted for each child; twice a network's, for they cost nothing
PROBLEM = "function"  # value of the key `problem`, which configs of networks do not have
MAY_CHANGE = (
    "evaluate", "budget_epochs", "generations", "minutes", "evo_version", "storage", "loggers",
    "keep_all",
)  # fmt: skip


@dataclass(frozen=True)
class FunctionConfig:
    """All settings of a search."""

    plans: tuple[AxisPlan, ...]
    parameters: Struct
    search: RunSettings
    pins: Mapping[str, Any] = field(default_factory=dict)
    storage: str | None = None
    loggers: tuple[str, ...] = ()
    keep_all: bool = False

    def __post_init__(self) -> None:
        limits = self.search.limits
        if limits.generations is None and limits.budget_epochs is None:
            raise BadInput("received neither budget_epochs nor generations; give one of them")

    def to_toml(self, evaluate: Callable[..., Any]) -> str:
        """Write the config for people and for `differences`."""
        import tomli_w

        search = self.search
        limits = {name: x for name, x in asdict(search.limits).items() if x is not None}
        exchanged = {name: name_of(function) for name, function in search.operators.items()}
        values = {
            "problem": PROBLEM,
            "evaluate": name_of(evaluate),
            "evo_version": VERSION,
            "strategy": search.strategy,
            "seed": search.seed,
            **({"overlap": search.overlap} if search.overlap else {}),
            **limits,
            **({"storage": self.storage} if self.storage else {}),
            **({"loggers": list(self.loggers)} if self.loggers else {}),
            **({"keep_all": True} if self.keep_all else {}),
            "settings": asdict(search.breeding),
            **({"pins": {name: _toml(x) for name, x in self.pins.items()}} if self.pins else {}),
            **({"operators": exchanged} if exchanged else {}),
            "objectives": {p.name: _bounds(p) for p in self.plans},
            "space": {name: repr(gene) for name, gene in self.parameters.fields.items()},
        }
        return "# A call of evo.search; the same call with this name continues it.\n" + (
            tomli_w.dumps(values)
        )


def _toml(value: Any) -> Any:
    """Return a pin's value as TOML knows it: what holds None as JSON."""
    text = json.dumps(value)
    return text if "null" in text else value


def _bounds(plan: AxisPlan) -> dict[str, Any]:
    return {key: x for key, x in asdict(plan).items() if key != "name" and x is not None}


def differences(written: str, now: str) -> list[str]:
    """List the settings in which two configs differ, but for those that may change."""
    before, after = (tomllib.loads(text) for text in (written, now))
    keys = sorted({*before, *after} - set(MAY_CHANGE))
    return [
        f"{key} was {before.get(key)}, now {after.get(key)}"
        for key in keys
        if before.get(key) != after.get(key)
    ]


def read_function_config(path: Path) -> dict[str, Any] | None:
    """Return the config of a search of a function, None for anything else."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    return values if values.get("problem") == PROBLEM else None


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
        _plan(name, written, *(given and given.get(name) for given in (reference, ideal)))
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


def make_epochs(epochs: int | Sequence[int]) -> tuple[int, int]:
    """Return early and full epochs, the former 0 for a single fidelity."""
    try:
        pair = tuple(epochs) if isinstance(epochs, Sequence | np.ndarray) else (epochs,)
        given = [whole_number(each, "epochs") for each in pair]
    except (BadInput, TypeError):
        given = []
    if len(given) == 1 and given[0] >= 1:
        return 0, given[0]
    if len(given) == 2 and 1 <= given[0] < given[1]:
        return given[0], given[1]
    raise BadInput(
        f"received epochs={shown(epochs)}, expected a positive whole number for a single "
        "fidelity, or (early, full) of these with early below full"
    )


def usual_settings(early: int, full: int, population: int) -> dict[str, Any]:
    """Return how to breed unless the user says otherwise.

    With one fidelity births are dear, so there are fewer at a time.
    """
    usual = SearchDefaults()
    return {
        "population": population,
        "females": usual.females,
        "sons": population if early else max(4, population // 2),
        "daughters": usual.daughters,
        "brood": BROOD,
        "promoted_share": usual.promoted_share,
        "audit_share": usual.audit_share,
        "juvenile_epochs": early,
        "adult_epochs": full,
    }
