"""Tasks that come as objects instead of by name: `object:HASH:NAME`, found again in this process.

The name goes into a run's config. Data cannot be loaded from it: a process that was not given the
object says what to do. Objects are remembered as long as somebody else holds them.
"""

from __future__ import annotations

from weakref import WeakValueDictionary

from fitness.data.arrays import UnusableData
from fitness.data.task import Task
from fitness.data.task_names import OBJECT

_known: WeakValueDictionary[str, Task] = WeakValueDictionary()


def name_of(task: Task) -> str:
    """Return the name of an object: its data's hash, and what the task calls itself."""
    return f"{OBJECT}{task.fingerprint()}:{task.name}"


def remember(task: Task) -> str:
    """Let `TaskReference` find a task in this process by the name that is returned."""
    name = name_of(task)
    _known[name] = task
    return name


def recall(name: str) -> Task:
    """Return the object of a name; raise UnusableData if this process was not given it."""
    found = _known.get(name)
    if found is None:
        raise UnusableData(
            f"task {name} was a Task object made in Python, which a run does not keep. Make it "
            "again and pass it: evo.resume(RUN, task=TASK) or evo.load(RUN, task=TASK). For the "
            "command line, let a function of a module return it and write task = "
            '"package.module:make_task" into the config.toml of the run'
        )
    return found
