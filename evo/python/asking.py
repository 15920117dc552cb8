"""What a caller in Python asks: a task by name or as an object; errors speak of arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from evo.errors import BadInput
from evo.settings.run_arguments import as_arguments
from fitness.data.task import Task
from fitness.data.task_objects import remember
from genomes.genes.number import shown


def named_task(task: object) -> tuple[dict[str, str], Task | None]:
    """Return a task as the setting that finds it, none for None, and the object if it is one.

    The object has to be held as long as it is to be found. Raises `BadInput` for what is neither a
    name nor a task.
    """
    if isinstance(task, Task):
        return {"task": remember(task)}, task
    if task is not None and not isinstance(task, str):
        raise BadInput(
            f"received task={shown(task)}, expected the name of a task, as in `evo tasks`, or a "
            "fitness.data.task.Task"
        )
    return {} if task is None else {"task": task}, None


@contextmanager
def in_terms_of_arguments(
    has_begun: Callable[[], bool] = lambda: False, more: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Let errors about what was asked for speak of arguments; once something has begun they stay.

    `more` are arguments by the options that mean them, beside those of `evo run`.
    """
    try:
        yield
    except (ValueError, FileNotFoundError) as error:
        if has_begun():
            raise
        raise BadInput(as_arguments(str(error), more)) from error
