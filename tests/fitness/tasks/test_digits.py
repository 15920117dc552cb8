"""Task `digits`: its documented splits, for ever the same."""

import numpy as np

from fitness.data.task_reference import TaskReference


def test_the_splits_are_as_documented() -> None:
    task = TaskReference("digits").load()
    assert task.train.x.shape == (1149, 1, 8, 8)
    assert task.train.x.dtype == np.uint8
    assert (len(task.validation), len(task.test)) == (288, 360)
    assert (task.train.x.min(), task.train.x.max()) == (0, 16)
    assert np.bincount(task.test.y).tolist() == [36, 36, 35, 37, 36, 37, 36, 36, 35, 36]
    assert task.fingerprint() == "5db022996e112772"


def test_no_image_is_in_two_splits() -> None:
    task = TaskReference("digits").load()
    images = [
        image.tobytes() for split in (task.train, task.validation, task.test) for image in split.x
    ]
    assert len(set(images)) == len(images) == 1797
