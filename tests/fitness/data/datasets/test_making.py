"""`Task.from_datasets`: held or streamed, said which; the same history either way."""

import pickle

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, Subset, TensorDataset

from fitness.data.arrays import UnusableData
from fitness.data.streaming.inputs import Streamed
from fitness.data.task import Task
from fitness.data.task_objects import remember
from fitness.data.task_reference import TaskReference
from fitness.evaluation import Evaluation
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.numerics import Numerics
from tests.fitness.data.datasets.sets import Own, parts
from tests.fitness.tiny import evaluator, expressed, job, make_task

STREAMED = "tests.fitness.data.datasets.sets:streamed_task"
SHAKEN = "tests.fitness.data.datasets.sets:shaken_task"


def test_small_datasets_are_held_in_memory() -> None:
    task, plain = Task.from_datasets(*parts()), make_task()
    for split in ("train", "validation", "test"):
        assert np.array_equal(getattr(task, split).x, getattr(plain, split).x)
        assert np.array_equal(getattr(task, split).y, getattr(plain, split).y)
    assert not task.streams
    assert task.target.outputs == 3
    assert task.notes == (
        "the datasets' inputs are held in memory: 0.0 MB (limit 2,000 MB, resident_bytes)",
    )


def test_large_ones_are_streamed_and_said_so() -> None:
    task = Task.from_datasets(*parts(), resident_bytes=1000, workers=0)
    assert isinstance(task.train.x, Streamed)
    assert np.array_equal(task.train.x[:], make_task().train.x)
    assert task.train.y.tolist() == make_task().train.y.tolist()
    assert task.notes[0].startswith("the datasets are streamed by 0 reading processes a worker: ")
    assert "limit 0 MB" in task.notes[0]
    again = Task.from_datasets(*parts(), resident_bytes=1000, workers=1)
    assert again.fingerprint() == task.fingerprint()


def trained(name: str, *spans: tuple[int, int]) -> Evaluation:
    """Train in parts and return the last one."""
    judge, checkpoint = evaluator(name), None
    for start, end in spans:
        genes = expressed(training__augmentation="shift")
        found = judge.evaluate(job(genes, start, end, checkpoint=checkpoint))
        assert found.status == "ok", found.reason
        checkpoint = found.checkpoint
    return found


@pytest.mark.parametrize("name", [STREAMED, SHAKEN])
def test_the_same_seed_gives_the_same_training_streamed_and_in_parts(name: str) -> None:
    whole, again, last = (
        trained(name, (0, 3)),
        trained(name, (0, 3)),
        trained(name, (0, 1), (1, 3)),
    )
    assert whole.curve == again.curve
    assert whole.curve[1:] == last.curve
    assert whole.checkpoint == again.checkpoint == last.checkpoint


def test_streamed_is_trained_as_resident_is() -> None:
    streamed, held = trained(STREAMED, (0, 3)), trained("tests.fitness.tiny:make_task", (0, 3))
    assert streamed.curve == held.curve
    assert streamed.objectives == held.objectives


def test_random_examples_differ_from_epoch_to_epoch() -> None:
    task = TaskReference(SHAKEN).load()
    assert task.streams
    assert "what train returns is random, from seeds of the run" in task.notes[0]
    assert (
        task.notes[-1] == "what validation, test return is random; it is the same in every epoch"
    )
    assert isinstance(task.train.x, Streamed)
    one, other = (task.train.x.read(0, seed)[0] for seed in (1, 2))
    assert not np.array_equal(one, other)
    assert np.array_equal(task.validation.x[:], task.validation.x[:])


def test_folds_and_refits_stay_streamed() -> None:
    from fitness.data.folds import fold_splits
    from fitness.data.refit import merged

    task, plain = Task.from_datasets(*parts(), resident_bytes=0, workers=0), make_task()
    for found, expected in zip(fold_splits(task, 1), fold_splits(plain, 1), strict=True):
        assert isinstance(found.x, Streamed)
        assert np.array_equal(found.x[:], expected.x)
    assert np.array_equal(merged(task).train.x[:], merged(plain).train.x)


def test_targets_that_a_dataset_keeps_are_not_read_one_by_one() -> None:
    train, validation, test = parts()
    train.targets = train.split.y.tolist()
    task = Task.from_datasets(
        Subset(train, range(90)), validation, test, resident_bytes=0, workers=0
    )
    assert task.train.y.tolist() == train.split.y[:90].tolist()
    assert len(set(train.read)) < 20
    train.targets = [(y + 1) % 3 for y in train.targets]  # other ones than it returns
    task = Task.from_datasets(train, validation, test, resident_bytes=0, workers=0)
    assert task.train.y.tolist() == train.split.y.tolist()


def test_loaders_are_taken_for_their_datasets() -> None:
    loaders = [DataLoader(part, batch_size=7, num_workers=0, shuffle=True) for part in parts()]
    task = Task.from_datasets(*loaders)
    assert task.fingerprint() == Task.from_datasets(*parts()).fingerprint()
    assert task.notes[0].startswith("of DataLoaders datasets and num_workers count")
    own = DataLoader(parts()[0], collate_fn=lambda batch: batch)
    with pytest.raises(UnusableData, match="the loader of train has a collate_fn of its own"):
        Task.from_datasets(own, *loaders[1:])


def test_channels_that_come_last_are_turned_and_told() -> None:
    images = [(np.full((5, 6, 3), n, np.uint8), n % 2) for n in range(9)]
    task = Task.from_datasets(images, images, images)
    assert task.input_shape == (3, 5, 6)
    assert task.notes[0].startswith("the datasets' images have their channels last")


def test_values_are_learnt_from_tensors() -> None:
    x = torch.randn(30, 4)
    data = TensorDataset(x, x @ torch.ones(4, 2) + 0.5)
    task = Task.from_datasets(data, data, data, name="sums")
    assert (task.name, task.target.kind, task.target.outputs, task.input_shape) == (
        "sums",
        "values",
        2,
        (4,),
    )


class Endless(IterableDataset):
    def __iter__(self) -> object:
        return iter(())


@pytest.mark.parametrize(
    ("train", "message"),
    [
        (Endless(), "received train as Endless, expected a map-style dataset"),
        ([], "the dataset of train is empty"),
        (Own(), r"example 0 of train differs when it is read twice with the same seeds"),
    ],
    ids=["iterable", "empty", "own generator"],
)
def test_datasets_that_cannot_be_used_are_refused(train: object, message: str) -> None:
    with pytest.raises(UnusableData, match=message):
        Task.from_datasets(train, *parts()[1:])


def test_what_does_not_pickle_is_made_by_each_worker() -> None:
    name = "tests.fitness.data.datasets.sets:unpicklable_task"
    judge = NetworkEvaluator(TaskReference(name), Numerics())
    assert "task" not in judge.share()
    worker = pickle.loads(pickle.dumps(judge))
    worker.unshare(judge.share())
    assert worker.evaluate(job(expressed(), 0, 1)).status == "ok"
    assert "task" in evaluator(STREAMED).share()
    held = judge.task  # an object, which no worker could make
    assert "task" in NetworkEvaluator(TaskReference(remember(held)), Numerics()).share()


def test_a_failing_dataset_is_a_failed_training() -> None:
    train, validation, test = parts()
    task = Task.from_datasets(train, validation, test, resident_bytes=0, workers=1)
    judge = NetworkEvaluator(TaskReference(remember(task)), Numerics())
    assert judge.interface.input_shape == (1, 6, 6)
    train.split = None  # as a file that is gone
    found = judge.evaluate(job(expressed(), 0, 1))
    assert found.status == "failed"
    assert found.reason.startswith("AttributeError: 'NoneType' object has no attribute")
