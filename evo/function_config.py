"""What a search of a user's function is asked to do, and its record as `config.toml`.

The function itself cannot be written down; its name is. So such a run is continued by calling
`evo.search` again, and the config serves to tell whether the call is the same.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evo.engine import MOST_OVERLAP, Limits
from evo.errors import BadInput
from evo.open_axes import Plan
from evo.strategy import STRATEGIES, Settings
from evo.version import VERSION
from fitness.task import SearchDefaults
from genomes.gene import Struct
from genomes.registry import suggest

BROOD = 20  # children foretold for each that is born; twice a network's, for they cost nothing
PROBLEM = "function"  # value of the key `problem`, which configs of networks do not have
MAY_CHANGE = ("evaluate", "budget_epochs", "generations", "minutes", "evo_version")


@dataclass(frozen=True)
class FunctionConfig:
    """All settings of a search."""

    plans: tuple[Plan, ...]
    parameters: Struct
    settings: Settings
    limits: Limits
    strategy: str
    seed: int
    pins: Mapping[str, Any] = field(default_factory=dict)
    overlap: int = 0

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES.names():
            raise BadInput(suggest("strategy", self.strategy, STRATEGIES.names()))
        if self.limits.generations is None and self.limits.budget_epochs is None:
            raise BadInput("received neither budget_epochs nor generations; give one of them")
        for name in ("budget_epochs", "generations", "minutes"):
            value = getattr(self.limits, name)
            if value is not None and value <= 0:
                raise BadInput(f"received {name}={value}, expected a positive number")
        if self.seed < 0:
            raise BadInput(f"received seed={self.seed}, expected 0 or more")
        if not 0 <= self.overlap <= MOST_OVERLAP:
            raise BadInput(f"received overlap={self.overlap}, expected 0 to {MOST_OVERLAP}")
        if self.settings.population < 4 or self.settings.females < 2:
            raise BadInput(
                f"received population={self.settings.population}, "
                f"females={self.settings.females}; expected at least 4 and 2"
            )
        if self.settings.judges < 1 or self.settings.jurors < 1:
            raise BadInput(
                f"received judges={self.settings.judges}, jurors={self.settings.jurors}; "
                "expected at least 1 of each"
            )

    def to_toml(self, evaluate: Callable[..., Any]) -> str:
        """Write the config for people and for `differences`."""
        import tomli_w

        limits = {name: value for name, value in asdict(self.limits).items() if value is not None}
        values = {
            "problem": PROBLEM,
            "evaluate": name_of(evaluate),
            "evo_version": VERSION,
            "strategy": self.strategy,
            "seed": self.seed,
            **({"overlap": self.overlap} if self.overlap else {}),
            **limits,
            "settings": asdict(self.settings),
            **({"pins": dict(self.pins)} if self.pins else {}),
            "objectives": {p.name: _bounds(p) for p in self.plans},
            "space": {name: repr(gene) for name, gene in self.parameters.fields.items()},
        }
        return "# A call of evo.search; the same call with this name continues it.\n" + (
            tomli_w.dumps(values)
        )


def name_of(evaluate: Callable[..., Any]) -> str:
    """Name a function as well as it can be named."""
    name = getattr(evaluate, "__qualname__", type(evaluate).__qualname__)
    return f"{getattr(evaluate, '__module__', '?')}.{name}"


def _bounds(plan: Plan) -> dict[str, Any]:
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
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    return values if values.get("problem") == PROBLEM else None


def make_plans(
    objectives: Mapping[str, Any],
    reference: Mapping[str, float] | None,
    ideal: Mapping[str, float] | None,
) -> tuple[Plan, ...]:
    """Read objectives as the user writes them; raise `BadInput` saying what is allowed."""
    if not objectives:
        raise BadInput('received no objectives; expected for instance {"accuracy": "max"}')
    for given in (reference or {}, ideal or {}):
        for name in given:
            if name not in objectives:
                raise BadInput(suggest("objective", name, objectives))
    return tuple(
        _plan(name, written, *(given and given.get(name) for given in (reference, ideal)))
        for name, written in objectives.items()
    )


def _plan(name: str, written: Any, reference: Any, ideal: Any) -> Plan:
    pair: tuple[Any, Any] = (written, "linear") if isinstance(written, str) else _pair(written)
    direction, scale = pair
    if direction not in ("max", "min") or scale not in ("linear", "log"):
        raise BadInput(
            f"objective {name}: received {written!r}, expected 'max' or 'min', or one of these "
            "with 'linear' or 'log', as in ('min', 'log')"
        )
    try:
        bounds = [None if bound is None else float(bound) for bound in (reference, ideal)]
        plan = Plan(name, direction, scale, *bounds)
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
    given = (0, epochs) if isinstance(epochs, int) else tuple(epochs)
    whole = all(isinstance(e, int) and not isinstance(e, bool) for e in given)
    one = isinstance(epochs, int) and epochs >= 1
    if not whole or len(given) != 2 or not (one or 1 <= given[0] < given[1]):
        raise BadInput(
            f"received epochs={epochs!r}, expected a positive number for a single fidelity, or "
            "(early, full) with early below full"
        )
    return given[0], given[1]


def make_settings(early: int, full: int, population: int, given: Mapping[str, Any]) -> Settings:
    """Return how to breed; raise `BadInput` for a name that is no setting.

    With one fidelity births are dear, so there are fewer at a time.
    """
    usual = SearchDefaults()
    values: dict[str, Any] = {
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
    allowed = set(asdict(Settings(**values))) - {"population", "juvenile_epochs", "adult_epochs"}
    for name in given:
        if name not in allowed:
            raise BadInput(suggest("setting", name, allowed))
    return Settings(**{**values, **given})
