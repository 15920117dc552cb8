"""The arguments of `evo.run` and `evo.resume`: every setting of a run, typed, and their check.

They are checked by the rules of `RunConfig`, so that they mean the same as on the command line;
errors speak of arguments.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypedDict

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from evo.errors import BadInput
from evo.settings.config import RunConfig, load_toml
from evo.settings.config_errors import expectation
from evo.settings.function_arguments import check_names, check_pins
from evo.settings.function_references import reference_to
from fitness.training.numerics import MemoryFormat, Precision
from genomes.genes.number import shown
from genomes.genes.registry import suggest

PathText = str | os.PathLike[str]
Plain = bool | int | float | str | None
PinValue = Plain | Sequence[Plain]  # a value fixes a gene, several narrow a choice


class PlaceArguments(TypedDict, total=False):
    """Where a run is computed, and what keeps, follows and feeds it; its history does not depend
    on these."""

    runner: Literal["ray", "serial"]
    workers: int | None
    address: str | None
    cpus_per_worker: float
    gpus_per_worker: float | Literal["auto"]
    ship: bool
    job_timeout: float | Literal["auto"]
    data_dir: PathText | None
    storage: str | None
    keep_all: bool
    loggers: Sequence[str]


class DataArguments(TypedDict, total=False):
    """What is said of the data."""

    target: str | Sequence[str]
    group: str | None
    metric_group: Sequence[str]
    time: str | None
    columns: Mapping[str, str]
    target_kind: str | None
    image_size: int | None
    image_fit: str | None
    skip_unreadable: bool | None
    signal_length: int | None
    sample_rate: int | None
    tokens: str | None
    vocabulary_size: int | None
    window: int | None


class SearchArguments(PlaceArguments, DataArguments, total=False):
    """How is searched, and for how long; None, where allowed, leaves it to the task."""

    # how long, and where to
    generations: int | None
    budget_epochs: int | None
    max_minutes: float | None
    results: PathText
    name: str | None
    seed: int
    # what is optimised, within which limits
    metric: str | None
    objectives: Sequence[str]
    reference_point: Mapping[str, float] | None
    latency_batch: int
    max_flops: float | None
    max_activations: float | None
    max_parameters: float | None
    max_bytes: float | None
    # how it is searched
    strategy: str
    operators: Mapping[str, Callable[..., object] | str]
    overlap: int
    population: int | None
    females: int | None
    sons: int | None
    daughters: int | None
    brood: int | None
    stages: Sequence[int] | None
    juvenile_epochs: int | None
    adult_epochs: int | None
    epoch_examples: int | None
    promoted_share: float | None
    audit_share: float | None
    mate_selection: Literal["early-efficiency", "equal"]
    promotion: Literal["in-turn", "ensemble", "early-efficiency"]
    audit: Literal["equal", "early", "uncertain", "early-uncertain"]
    choosing_members: int
    ensemble_members: int | None
    proxies: Sequence[str]
    warm_start: PathText | None
    # what networks are, and how they learn
    family: str | None
    pins: Mapping[str, PinValue]
    mechanisms: Sequence[str] | None
    inherit: Literal["none", "marks", "weights", "all"]
    batch_sizes: Sequence[int] | None
    loss: str | None
    device: Literal["auto", "cpu", "cuda"]
    precision: Precision | None
    memory_format: MemoryFormat | None
    plugins: Sequence[str]
    task_fingerprint: str | None


class RunArguments(SearchArguments, total=False):
    """All that a run can be asked besides its task, also of a network that is given."""

    model: str | None
    weights: PathText | None
    model_input: str
    keep: Sequence[str]
    only: Sequence[str]
    kept_model: str | None  # a folder, as a run has it: in place of what model makes


def config_of(arguments: Mapping[str, object], file: Path | None = None) -> RunConfig:
    """Return arguments, by the config's keys, as a config; those of a file stand behind them.

    Raises `BadInput` that names the argument, what was received, and what is allowed.
    """
    allowed = set(RunConfig.model_fields) - {"evo_version"}
    for name in arguments:
        if name not in allowed:
            raise BadInput(suggest("argument", name, allowed))
    values = {name: _read(name, value) for name, value in arguments.items()}
    given = {name: x for name, x in values.items() if x is not None or not _may_be_none(name)}
    try:
        config = RunConfig.model_validate(given)
    except ValidationError as error:
        raise BadInput("\n".join(map(_line, error.errors()))) from None
    return config if file is None else load_toml(file, given)


def _may_be_none(name: str) -> bool:
    return RunConfig.model_fields[name].default is None


def _line(problem: ErrorDetails) -> str:
    expected = expectation(problem)
    if not problem["loc"]:  # concerns several arguments, which the message names
        return expected
    argument = ".".join(map(str, problem["loc"]))
    return f"received {argument}={shown(problem['input'])}, {expected}"


def _read(name: str, value: object) -> object:
    """Return an argument as a config has it: paths as text, numpy's numbers as Python's."""
    if name == "pins":
        return check_pins(value)
    if name == "operators" and value is not None:
        return {key: _operator(key, one) for key, one in check_names(name, value).items()}
    if name == "reference_point" and value is not None:
        return {key: _plain(one) for key, one in check_names(name, value).items()}
    return _plain(value)


def _operator(name: str, given: object) -> object:
    """Return a function as the config has it, by a reference; `BadInput` where there is none."""
    if not callable(given):
        return given
    written = reference_to(given)
    if written is None:
        raise BadInput(
            f"received operators={{{name!r}: {shown(given)}}}, expected a function at the top of "
            "a module or script: the config of a run refers to it by its name"
        )
    return written


def _plain(value: object) -> object:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, list | tuple):
        return tuple(map(_plain, value))
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "shape", None) == () else value


def as_arguments(text: str, more: Mapping[str, str] | None = None) -> str:
    """Return a message of the command line's with its options as arguments: `name=`, not --name.

    `more` are arguments by options of other commands than `evo run`. Commands in backquotes stay,
    but for `evo resume RUN`, which is a function.
    """
    names = {**_options(), **(more or {})}
    options = "|".join(sorted(names, key=len, reverse=True))
    written = re.compile(rf"--({options})\b(?![-=])(?: (?=[-\d']))?")
    parts = text.split("`")
    parts[::2] = [written.sub(lambda found: f"{names[found[1]]}=", part) for part in parts[::2]]
    parts[1::2] = [
        re.sub(r"^evo resume (\S+)$", r'evo.resume("\1")', part) for part in parts[1::2]
    ]
    return "`".join(parts)


def _options() -> dict[str, str]:
    several = {"pin": "pins", "operator": "operators", "plugin": "plugins", "logger": "loggers"}
    return {name.replace("_", "-"): name for name in RunConfig.model_fields} | several
