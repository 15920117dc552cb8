"""What a run is asked to do: one frozen, validated value, from TOML and the command line.

`None` means "the task's default"; `resolve` fills those in once the task is known, so that the
`config.toml` of a run folder is complete and starts the same run again. This module must not
load a task, torch or ray.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from evo.engine.engine import MOST_OVERLAP
from evo.errors import BadInput
from evo.files.bounded import read_text
from evo.files.paths import absolute, quoted, shown
from evo.record.earlier_names import settings_as_now
from evo.record.earlier_versions import written_by
from evo.record.given.kept import is_kept
from evo.settings.config_errors import explain
from evo.settings.values import (
    Address,
    BatchSizes,
    GpuShare,
    Names,
    PositiveFloat,
    PositiveInt,
    Share,
    Stages,
    TimeLimit,
    Workers,
)
from evo.storage.places import as_written
from evo.strategy import check_staged, is_staged
from evo.version import VERSION
from fitness.data.given.options import ModelOptions
from fitness.data.task import SearchDefaults, Task
from fitness.data.task_names import absolute_name
from fitness.metric import METRICS, Metric
from fitness.objective import metric_for_task
from fitness.plugins import import_plugins
from fitness.prediction.features import main_outcome
from fitness.stages import in_words
from fitness.training.numerics import MemoryFormat, Numerics, Precision
from genomes.chromosomes.mechanism_registry import chosen, sees_whole_inputs, usual

TWO_STAGES = ("juvenile_epochs", "adult_epochs")  # settings that are another way to say two
OF_MODEL = ("task", *(one.name for one in dataclasses.fields(ModelOptions)))
SIZE = "active_parameters"  # the objective beside the metric, unless others are named


class RunConfig(BaseModel):
    """Settings of a run. Raise `BadInput` through `build`, not pydantic's error, for people."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    task: str = "digits"
    data_dir: str | None = None
    target: Names = ()  # these, down to `window`, are of `fitness.data.options`
    group: str | None = None
    metric_group: Names = ()
    time: str | None = None
    columns: Mapping[str, str] = Field(default_factory=dict)
    target_kind: str | None = None
    image_size: PositiveInt | None = None
    image_fit: str | None = None
    skip_unreadable: bool | None = None
    signal_length: PositiveInt | None = None
    sample_rate: PositiveInt | None = None
    tokens: str | None = None
    vocabulary_size: PositiveInt | None = None
    window: PositiveInt | None = None
    model: str | None = None  # these, down to `only`, are of `fitness.data.given.options`
    weights: str | None = None
    model_input: str = "unit"
    keep: Names = ()
    only: Names = ()
    kept_model: str | None = None  # the folder that holds the model; follows from where it lies
    loss: str | None = None  # of the user, in place of the target's: package.module:function
    generations: PositiveInt | None = None
    population: int | None = None
    females: int | None = None
    strategy: str = "gendered"
    metric: str | None = None
    objectives: Names = ()  # none are the metric and the size
    stages: Stages | None = None
    juvenile_epochs: PositiveInt | None = None  # these two are another way to say two stages
    adult_epochs: PositiveInt | None = None
    epoch_examples: PositiveInt | None = None
    seed: Annotated[int, Field(ge=0)] = 0
    overlap: Annotated[int, Field(ge=0, le=MOST_OVERLAP)] = 0
    budget_epochs: PositiveInt | None = None
    max_minutes: PositiveFloat | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Precision | None = None
    memory_format: MemoryFormat | None = None
    runner: Literal["ray", "serial"] = "ray"
    workers: Workers = None
    address: Address = None
    cpus_per_worker: PositiveFloat = 1.0
    gpus_per_worker: GpuShare = "auto"
    job_timeout: TimeLimit = "auto"
    ship: bool = False
    results: str = "results"
    name: str | None = None
    warm_start: str | None = None
    plugins: Names = ()
    family: str | None = None
    sons: PositiveInt | None = None
    daughters: Annotated[int, Field(ge=0)] | None = None
    brood: PositiveInt | None = None
    promoted_share: Share | None = None
    audit_share: Share | None = None
    mate_selection: Literal["early-efficiency", "equal"] = "early-efficiency"
    promotion: Literal["in-turn", "ensemble", "early-efficiency"] = "in-turn"
    audit: Literal["equal", "early", "uncertain", "early-uncertain"] = "equal"
    choosing_members: PositiveInt = 6
    ensemble_members: PositiveInt | None = None
    inherit: Literal["none", "marks", "weights", "all"] = "marks"
    max_flops: PositiveFloat | None = None
    max_activations: PositiveFloat | None = None
    max_parameters: PositiveFloat | None = None
    max_bytes: PositiveFloat | None = None
    batch_sizes: BatchSizes | None = None
    evo_version: str | None = None
    task_fingerprint: str | None = None
    mechanisms: Names | None = None
    proxies: Names = ()
    latency_batch: PositiveInt = 1
    storage: str | None = None
    keep_all: bool = False
    loggers: Names = ()
    pins: Mapping[str, Any] = Field(default_factory=dict)
    operators: Mapping[str, str] = Field(default_factory=dict)
    reference_point: Mapping[str, float] | None = None

    @field_validator("target", mode="before")
    @classmethod
    def _one_column(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("population")
    @classmethod
    def _enough_males(cls, value: int | None) -> int | None:
        if value is not None and value < 4:
            raise ValueError(
                "expected at least 4: parents are chosen by tournaments among the surviving "
                "males, and fewer than 4 leave nothing to choose"
            )
        return value

    @field_validator("females")
    @classmethod
    def _enough_females(cls, value: int | None) -> int | None:
        if value is not None and value < 2:
            raise ValueError(
                "expected at least 2: the females are the predictors that decide who is trained "
                "and who breeds, and their skill is measured against each other"
            )
        return value

    @field_validator("metric", "objectives")
    @classmethod
    def _as_registered(cls, value: Any) -> Any:
        """Join the words of metrics by underscores, as they are written in records."""
        if isinstance(value, tuple):
            return tuple(name.replace("-", "_") if name in METRICS else name for name in value)
        return value.replace("-", "_") if value and value in METRICS else value

    @field_validator("objectives")
    @classmethod
    def _objectives_differ(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or len(set(value)) != len(value):
            raise ValueError("expected one or more different objectives")
        return value

    @field_validator("name")
    @classmethod
    def _plain_folder_name(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", value):
            raise ValueError(
                "expected a plain folder name of at most 100 letters, digits, '.', '_' and '-'; "
                "the folder it lies in is set by --results, in Python results="
            )
        return value

    @field_validator("pins")
    @classmethod
    def _dotted(cls, value: Mapping[str, Any]) -> Mapping[str, Any]:
        return dict(_flattened(value, ""))

    @model_validator(mode="after")
    def _stages_agree(self) -> RunConfig:
        juvenile, adult = self.juvenile_epochs, self.adult_epochs
        if self.stages is not None:
            first, last = (*self.stages[:-1], None)[0], self.stages[-1]
            named = {"juvenile_epochs": (juvenile, first), "adult_epochs": (adult, last)}
            wrong = [f"{n} is {x}" for n, (x, said) in named.items() if x not in (None, said)]
            if wrong:
                raise ValueError(
                    f"stages are {in_words(self.stages)} and {' and '.join(wrong)}: they "
                    "disagree; give stages alone"
                )
        elif juvenile is not None and adult is not None and juvenile >= adult:
            raise ValueError(
                f"juvenile_epochs is {juvenile} and adult_epochs is {adult}: expected fewer "
                "juvenile than adult epochs, since an adult is a juvenile that is trained on"
            )
        return self


def _flattened(table: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    """List the leaves of nested tables by dotted name: TOML reads a.b = 1 as nested tables."""
    leaves = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            leaves += _flattened(value, f"{prefix}{key}.")
        else:
            leaves.append((prefix + key, value))
    return leaves


def build(
    file_values: Mapping[str, Any], options: Mapping[str, Any] | None = None, source: str = ""
) -> RunConfig:
    """Merge a file's values with the command line's options, which win, into a checked config.

    `options` uses the config's keys; `pins` and `operators` of both are merged. Raises `BadInput`
    with one line per problem that says where the value came from.
    """
    options = {key: value for key, value in (options or {}).items() if value is not None}
    file_values = _without_epochs_of(options, file_values)
    merged = {**file_values, **options}
    if isinstance(file_values.get("pins"), Mapping) and "pins" in options:
        merged["pins"] = {**dict(_flattened(file_values["pins"], "")), **options["pins"]}
    if isinstance(file_values.get("operators"), Mapping) and "operators" in options:
        merged["operators"] = {**file_values["operators"], **options["operators"]}
    for key, value in merged.items():
        if isinstance(value, str) and not _is_text(value):
            raise BadInput(
                f"{key}: received {value!r}, expected text; rename what is no valid UTF-8"
            )
    try:
        return RunConfig.model_validate(merged)
    except ValidationError as error:
        raise BadInput(explain(error, list(RunConfig.model_fields), options, source)) from None


def _without_epochs_of(options: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a file's values, but for what they say of stages otherwise than the options.

    Options for two stages take the place of either of two.
    """
    stages = values.get("stages")
    if "stages" in options:
        return {key: value for key, value in values.items() if key not in TWO_STAGES}
    if options.keys() & set(TWO_STAGES) and isinstance(stages, list) and len(stages) == 2:
        others = {key: value for key, value in values.items() if key != "stages"}
        return {**dict(zip(TWO_STAGES, stages, strict=True)), **others}
    return dict(values)


def _is_text(value: str) -> bool:
    """Tell text from what Python makes of a file's name in another encoding."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def load_toml(path: Path, options: Mapping[str, Any] | None = None) -> RunConfig:
    """Read a config file; raise `BadInput` saying which key is wrong, or that it is no TOML."""
    try:
        values = tomllib.loads(read_text(path))
    except FileNotFoundError:
        raise BadInput(f"there is no config file {shown(path)}") from None
    except IsADirectoryError:
        raise BadInput(f"{shown(path)} is a folder; expected a TOML file") from None
    except BadInput:
        raise
    except (ValueError, RecursionError) as error:  # of TOML, of text, of numbers with many digits
        raise BadInput(f"{path} is not valid TOML: {error}") from None
    if values.get("problem") == "function":  # see evo.settings.function_config
        raise BadInput(
            f"{path} belongs to a search of a function of your own, not of networks: `evo resume` "
            "or the same call of evo.search continues it, `evo run` starts it again, evo show, "
            "plot, report and lineage show it, evo.load reads it"
        )
    if values.get("problem") == "sweep":  # see evo.sweeps.plan
        raise BadInput(
            f"{shown(path)} belongs to a sweep of one network, not to a search: `evo sweep "
            f"{quoted(path)}` goes on with it"
        )
    try:
        return _with_model(build(settings_as_now(values), options, str(path)), path, options)
    except BadInput as error:
        wrote = values.get("evo_version")
        if not isinstance(wrote, str) or wrote == VERSION:
            raise
        raise BadInput(f"{error}\n{path} was written by {written_by(wrote)}.") from None


def _with_model(config: RunConfig, path: Path, options: Mapping[str, Any] | None) -> RunConfig:
    """Return a config whose network is the one kept beside its file, unless options name one."""
    given = {name for name, value in (options or {}).items() if value is not None}
    kept = config.model is not None and not given & set(OF_MODEL) and is_kept(path.parent)
    return config.model_copy(update={"kept_model": str(path.parent) if kept else None})


def to_toml(config: RunConfig) -> str:
    """Write a config as TOML that `load_toml` reads back to an equal one."""
    import tomli_w

    values = config.model_dump(exclude_none=True, exclude={"kept_model"}, mode="json")
    for name in ("pins", "operators", "objectives", "target", "metric_group", "columns"):
        if not values[name]:
            del values[name]
    head = "# `evo run` with this file and another --name starts the same run again.\n"
    return head + tomli_w.dumps(values)


def resolve(config: RunConfig, task: Task) -> RunConfig:
    """Fill in what was left to the task and the machine: the config then says everything.

    Raises `BadInput` if the config was made for other data of the same name, or if a setting
    does not fit the task's defaults; ValueError if there is no such device here.
    """
    fingerprint = task.fingerprint()
    if config.task_fingerprint not in (None, fingerprint):
        raise BadInput(
            f"the config was made for data of task {config.task!r} with fingerprint "
            f"{config.task_fingerprint}, but the data here have {fingerprint}. Use the same data, "
            "or remove the line task_fingerprint to run on these."
        )
    values = config.model_dump() | _epochs(config, task.defaults)
    for field in dataclasses.fields(task.defaults):
        if field.name in values and values[field.name] is None:
            values[field.name] = getattr(task.defaults, field.name)
    for name, limit in dataclasses.asdict(task.limits).items():
        values[name] = values[name] or limit
    if config.family is None:
        values["family"] = task.family
    metric, objectives = _aims(config, task)
    numerics = Numerics.for_device(config.device)
    values |= {
        "metric": metric,
        "objectives": objectives,
        "device": numerics.device,
        "precision": config.precision or numerics.precision,
        "memory_format": config.memory_format or numerics.memory_format,
        "mechanisms": _mechanisms(config, task),
        "task_fingerprint": fingerprint,
        "evo_version": VERSION,
    }
    return build(values)


def _mechanisms(config: RunConfig, task: Task) -> tuple[str, ...]:
    """Return the mechanisms that are meant, of `all` those that the task allows.

    Raises BadInput for one that is named, but looks at the whole of an input where answers about
    its positions are wanted.
    """
    names = chosen(config.mechanisms) if config.mechanisms is not None else _usual(task)
    if not task.target.per_position:
        return names
    wide = [name for name in names if sees_whole_inputs(name)]
    if wide and tuple(config.mechanisms or ()) == names:
        raise BadInput(
            f"received mechanism {', '.join(wide)}, which looks at the whole of an input, also at "
            f"what comes later; task {task.name} asks at each position. Leave it out"
        )
    return tuple(name for name in names if name not in wide)


def _usual(task: Task) -> tuple[str, ...]:
    return usual(given_teaches=task.given is not None and task.given.teaches)


def _epochs(config: RunConfig, defaults: SearchDefaults) -> dict[str, Any]:
    """Return the stages, and nothing under the names that are another way to say two of them.

    A strategy that decides once at most gets the first and the last of a task's stages.
    """
    usual = defaults.stages
    stages, early, full = config.stages, config.juvenile_epochs, config.adult_epochs
    if stages is None and (early or full):
        stages = (*((early,) if early else usual[:-1][:1]), full or usual[-1])
        build(dict(zip(TWO_STAGES, stages[-2:], strict=False)))  # raises if they do not rise
    elif stages is None:
        stages = usual if len(usual) < 3 or is_staged(config.strategy) else (usual[0], usual[-1])
    check_staged(config.strategy, stages)
    return {"stages": stages, **dict.fromkeys(TWO_STAGES)}


def _aims(config: RunConfig, task: Task) -> tuple[str, tuple[str, ...]]:
    """Return the metric and the objectives; what is left open follows from the other, or the task.

    Raises ValueError where they do not fit the task or each other.
    """
    named = [name for name in config.objectives if name in METRICS]
    metric = metric_for_task(config.metric or (named[0] if named else None), task).name
    for name in named:
        metric_for_task(name, task)
    if named and named[0] != metric:
        raise BadInput(
            f"the metric is {metric}, but of the objectives {named[0]} comes first: put {metric} "
            "before it, or leave --metric out"
        )
    return metric, config.objectives or (metric, SIZE)


def located(config: RunConfig) -> RunConfig:
    """Return a config whose paths do not depend on the working directory, but for `results`.

    A run may be resumed from another folder than it was started in; `results` is where it belongs
    on whatever machine it goes on.
    """
    values: dict[str, str] = {}
    if config.data_dir is not None:
        values["data_dir"] = str(absolute(config.data_dir))
    if config.warm_start is not None:
        values["warm_start"] = str(_found(config.warm_start, config.results))
    if config.storage is not None:
        values["storage"] = as_written(config.storage)
    if config.weights is not None:
        values["weights"] = str(absolute(config.weights))
    values["task"] = absolute_name(config.task)
    return config.model_copy(update=values)


def _found(run: str, results: str) -> Path:
    """Return a run that is named as a path, or by its name in the results folder."""
    named = absolute(results) / run
    return named if not absolute(run).exists() and named.exists() else absolute(run)


def metric_of(config: RunConfig) -> Metric:
    """Return the metric of a run; one of an earlier version names none, and had accuracy.

    A plugin of the run may be what has it.
    """
    name = config.metric or "accuracy"
    if name not in METRICS:
        import_plugins(config.plugins)
    return Metric.load(name)


def stages_of(config: RunConfig) -> tuple[int, ...]:
    """Return the stages of a run; none of a config that is not complete."""
    return config.stages or ()


def main_objective(config: RunConfig) -> str:
    """Return the objective whose best value is shown of a run."""
    named = config.objectives
    return named[main_outcome(named)] if named else metric_of(config).name


def parse_pin(text: str) -> tuple[str, Any]:
    """Read GENE=VALUE; the value as TOML (number, boolean, list), else as a plain word."""
    gene, separator, written = text.partition("=")
    gene, written = gene.strip(), written.strip()
    if not separator or not gene or not written:
        raise BadInput(
            f"--pin {text}: expected GENE=VALUE, for instance --pin training.optimizer=adamw"
        )
    return gene, _plain_value(written)


def parse_operator(text: str) -> tuple[str, str]:
    """Read NAME=package.module:function."""
    name, separator, written = (part.strip() for part in text.partition("="))
    if not (separator and name and written):
        raise BadInput(
            f"--operator {text}: expected NAME=package.module:function, for instance "
            "--operator survive=deap.tools:selSPEA2"
        )
    return name, written


def _plain_value(written: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {written}")
    except tomllib.TOMLDecodeError:
        return written
    value = parsed["value"]
    # Dates and several keys are TOML too, but no gene has such a value.
    return (
        value
        if len(parsed) == 1 and isinstance(value, bool | int | float | str | list)
        else written
    )
