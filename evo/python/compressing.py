"""`evo.compress`: a network of the caller's, made smaller; what `evo run --model` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Unpack

from evo.errors import BadInput
from evo.python.asking import in_terms_of_arguments, named_task
from evo.python.loading import Tables
from evo.python.network_run import run
from evo.record.given.kept import keep_given
from evo.settings.function_references import refuse_import
from evo.settings.run_arguments import DataArguments, SearchArguments, config_of
from evo.settings.task_reference import task_reference
from fitness.data.given.options import UNIT, ModelOptions
from fitness.data.task import Task

if TYPE_CHECKING:  # torch is loaded by who has a module already
    from torch import nn

OF_DATA = (*DataArguments.__annotations__, "data_dir", "plugins")


def compress(
    model: str | nn.Module,
    task: str | Task | None = None,
    *,
    model_input: str = UNIT,
    keep: Sequence[str] = (),
    only: Sequence[str] = (),
    **settings: Unpack[SearchArguments],
) -> Tables:
    """Search for smaller networks that do what `model` does; return the run, as `evo.run` does.

    `model` is a `torch.nn.Module` with its weights, of which a copy is read, or
    `package.module:make_model`. `model_input` says what it is given: `unit`, `raw`, `standard` or
    MEANS/DEVIATIONS. `keep` and `only` are patterns of module paths: layers that keep all their
    channels, or the only ones that lose some. `settings` are those of `evo.run`.

    The run keeps the network, so that `evo resume` and `evo export` need no module of yours. Where
    `task` is an object, `evo.resume(RUN, task=RUN.task)` knows both. Raises `BadInput` for a model
    that cannot be read or does not fit the task, and what `evo.run` raises.
    """
    refuse_import("evo.compress")
    if isinstance(model, str):
        named = {"model": model, "model_input": model_input, "keep": keep, "only": only}
        return run(task, **{**settings, **named})  # type: ignore[arg-type]
    options = ModelOptions(model_input=model_input, keep=tuple(keep), only=tuple(only))
    with in_terms_of_arguments():
        given, rest = _loaded(task, settings), dict(settings)
        found = _with_model(given, model, options)
    if isinstance(task, Task):
        for name in OF_DATA:
            rest.pop(name, None)
        return run(found, **rest)  # type: ignore[arg-type]
    assert found.given is not None
    with TemporaryDirectory() as place:  # the run keeps it in its own folder
        keep_given(found.given, Path(place))
        rest |= {**vars(options), "model": type(model).__name__, "kept_model": place}
        return run(task, **rest)  # type: ignore[arg-type]


def _loaded(task: str | Task | None, settings: Mapping[str, Any]) -> Task:
    """Return the task that was asked for, loaded as the settings say."""
    named, given = named_task(task)
    if given is not None:
        return given
    of_data = {name: settings[name] for name in OF_DATA if name in settings}
    return task_reference(config_of({**named, **of_data})).load()


def _with_model(task: Task, model: object, options: ModelOptions) -> Task:
    from torch import nn

    from fitness.data.given.reading import given_module

    if not isinstance(model, nn.Module):
        raise BadInput(
            f"received a {type(model).__name__} as model, expected a torch.nn.Module or "
            "package.module:make_model"
        )
    return task.with_network(given_module(model, task, options))
