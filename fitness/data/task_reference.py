"""How a task is found by the name that a user typed, on any machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fitness.data.arrays import UnusableData
from fitness.data.given.options import NO_MODEL, ModelOptions
from fitness.data.loader import loader, loader_of
from fitness.data.options import INFERRED, DataOptions
from fitness.data.task import Task
from fitness.data.task_names import OBJECT, TASKS, taken_as, whole_name
from fitness.plugins import import_plugins
from genomes.graph.given.network import GivenNetwork

NO_OPTIONS: frozenset[str] = frozenset()


def options_taken(name: str) -> frozenset[str]:
    """Return which options a task takes, by its name: those of its loader."""
    format_name = loader_of(name)
    return loader(format_name).OPTIONS if format_name else NO_OPTIONS


@dataclass(frozen=True)
class TaskReference:
    """How to load a task anywhere: its name as the user typed it, where its data lies, what was
    said of them, and the network that is given beside them, if one is.

    `epoch_examples` are the examples of an epoch of training; None leaves them to the task.
    `given` is what was read of the network before, if that is known; nothing is made anew then.
    """

    name: str
    data_dir: str | None = None
    plugins: tuple[str, ...] = ()
    options: DataOptions = INFERRED
    model: ModelOptions = NO_MODEL
    epoch_examples: int | None = None
    given: GivenNetwork | None = None

    @property
    def is_object(self) -> bool:
        """Tell whether the task is an object, which no other process can find by this name."""
        return self.name.startswith(OBJECT)

    def load(self) -> Task:
        """Load the task; raise ValueError or FileNotFoundError with what to do about it.

        A name is a registered one, `LOADER:PATH` (or just a path that only one loader takes),
        `package.module:make_task` (a function without arguments that returns a `Task`), or
        that of an object which this process was given (`fitness.data.task_objects`).
        """
        import_plugins(self.plugins)
        name = whole_name(self.name)
        task = self._loaded(name)
        if not isinstance(task, Task):
            raise UnusableData(
                f"task {name!r} returned a {type(task).__name__}, expected a "
                "fitness.data.task.Task"
            )
        if name != self.name and not loader_of(self.name):
            task = replace(task, notes=(taken_as(self.name, name), *task.notes))
        if self.epoch_examples is not None:
            task = _with_epochs(task, self.epoch_examples)
        self.model.check()
        if self.model.model is None:
            return task
        if self.given is not None:
            return _with_known(task, self.given)
        from fitness.data.given.reading import read_given

        return task.with_network(read_given(self.model, task))

    def _loaded(self, name: str) -> Any:
        directory = Path(self.data_dir).expanduser() if self.data_dir else None
        self.options.check(name, options_taken(name))
        if format_name := loader_of(name):
            path = Path(name.removeprefix(f"{format_name}:"))
            if directory is not None and not path.exists():  # another machine's path
                path = directory / path.name
            return loader(format_name).load(path, self.options)
        if name.startswith(OBJECT):
            from fitness.data.task_objects import recall

            return recall(name)
        if ":" in name:
            from fitness.data.user_task import call_user_task

            return call_user_task(name)
        return TASKS.load(name).load(directory)


def _with_epochs(task: Task, examples: int) -> Task:
    """Return the task with epochs of so many examples; of fewer in train, all."""
    count = len(task.train)
    if examples >= count:
        return replace(task, epoch_examples=None)
    note = f"an epoch of training is {examples:,} of {count:,} examples, drawn anew each time"
    return replace(task, epoch_examples=examples, notes=(*task.notes, note))


def _with_known(task: Task, given: GivenNetwork) -> Task:
    """Return the task with a network that was read before; UnusableData if it does not fit."""
    ends = given.spec.input_shape, given.spec.output.shape
    wanted = task.input_shape, task.output_shape
    if ends != wanted:
        raise UnusableData(
            f"the given network maps inputs {ends[0]} to {ends[1]}, but task {task.name!r} needs "
            f"{wanted[0]} to {wanted[1]}"
        )
    return task.with_network(given)
