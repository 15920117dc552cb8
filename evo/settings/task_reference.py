"""How the task of a run's config is loaded, here or in a worker."""

from __future__ import annotations

from pathlib import Path

from evo.record.given.kept import kept_given
from evo.settings.config import RunConfig
from fitness.data.given.options import ModelOptions
from fitness.data.options import DataOptions
from fitness.data.task_reference import TaskReference


def task_reference(config: RunConfig, kind: type[TaskReference] = TaskReference) -> TaskReference:
    """Return a reference, of a kind, to the task that a config names."""
    return kind(
        config.task,
        config.data_dir,
        config.plugins,
        DataOptions.of(config),
        ModelOptions.of(config),
        config.epoch_examples,
        None if config.kept_model is None else kept_given(Path(config.kept_model)),
    )
