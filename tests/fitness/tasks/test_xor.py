"""Task xor: four examples, the same in all splits."""

from fitness.data.task import Task
from fitness.data.task_names import TASKS


def test_it_is_exclusive_or_in_every_split() -> None:
    task: Task = TASKS.load("xor").load()
    assert [int(a) ^ int(b) for a, b in task.train.x] == task.train.y.tolist() == [0, 1, 1, 0]
    assert task.train is task.validation is task.test
    assert (task.target.outputs, task.input_shape, task.defaults.family) == (2, (2,), "neat")
