from __future__ import annotations

import gc

import pytest

from fitness.data.arrays import UnusableData
from fitness.data.task_names import own_name, portable_name, whole_name
from fitness.data.task_objects import remember
from fitness.data.task_reference import TaskReference
from tests.fitness.tiny import make_task


def test_an_object_is_found_by_its_name_as_long_as_it_is_held() -> None:
    task = make_task("mine.csv")
    name = remember(task)
    assert name == f"object:{task.fingerprint()}:mine.csv"
    assert whole_name(name) == name
    assert (own_name(name), own_name("npz:mine.npz")) == ("mine.csv", "npz:mine.npz")
    assert (portable_name(name), portable_name("npz:/home/me/mine.npz")) == (name, "npz:mine.npz")
    assert TaskReference(name).load() is task
    del task
    gc.collect()
    with pytest.raises(UnusableData, match="Make it again and pass it"):
        TaskReference(name).load()


def test_other_data_of_the_same_name_are_another_object() -> None:
    one, other = make_task(seed=0), make_task(seed=1)
    names = remember(one), remember(other)
    assert TaskReference(names[0]).load() is one
    assert TaskReference(names[1]).load() is other
