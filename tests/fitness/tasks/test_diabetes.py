"""Task `diabetes`: its documented splits, for ever the same; and how far a line gets."""

from fitness.baselines import fit_baselines
from fitness.data.task_reference import TaskReference
from fitness.metric import Metric


def test_the_splits_are_as_documented() -> None:
    task = TaskReference("diabetes").load()
    assert [len(split) for split in (task.train, task.validation, task.test)] == [283, 71, 88]
    assert task.input_shape == (10,)
    assert task.target.kind == "values"
    means = [split.y.mean() for split in (task.train, task.validation, task.test)]
    assert max(means) - min(means) < 3  # of a deviation of 77
    assert task.fingerprint() == "f32519f9e6172c9f"


def test_ridge_regression_explains_what_it_is_known_to() -> None:
    task, r2 = TaskReference("diabetes").load(), Metric.load("r2")
    mean, ridge = fit_baselines(task, r2)
    assert abs(mean.value(r2, task.test)) < 0.01
    assert 0.35 < ridge.value(r2, task.test) < 0.55
    assert ridge.parameters == 11
