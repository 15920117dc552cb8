"""The estimate of a training's memory beside what torch allocates on the CPU."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import partial

import pytest
import torch

from fitness.data.task_reference import TaskReference
from fitness.evaluation import Job, Shares, Weighs
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.loop import EVALUATION_BATCH, train
from fitness.training.memory import (
    MEASURED_AT_ONCE,
    MOST_STATES,
    OPTIMIZER_STATES,
    data_bytes,
    training_bytes,
)
from fitness.training.numerics import Numerics
from fitness.training.optimizers import OPTIMIZERS
from genomes.chromosomes.space import naming_features, network_space
from genomes.chromosomes.training_genes import BACKPROPAGATION
from genomes.graph.interface import Interface
from genomes.graph.sizes import Sizes
from tests.fitness.measured_memory import peak_bytes
from tests.fitness.tiny import evaluator, expressed, job, make_task

SMALL = Sizes(parameters=1000, flops=0, activations=500)


def test_batches_parameters_and_states_count() -> None:
    task = make_task()  # 100 images of 36 numbers, 48 for validation
    plain = training_bytes(SMALL, task, "sgd", 32)
    assert training_bytes(SMALL, task, "adamw", 32) - plain == 4 * 1000
    assert training_bytes(SMALL, task, "sgd", 64) - plain == 4 * 2 * 32 * 500
    assert training_bytes(SMALL, task, "sgd", 100) == training_bytes(SMALL, task, "sgd", 1000)
    larger = training_bytes(SMALL._replace(parameters=2000), task, "sgd", 32)
    assert larger - plain == 4 * 5 * 1000
    assert data_bytes(task) == 148 * (36 + 8)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_no_optimizer_keeps_more_than_is_counted(name: str) -> None:
    weights = torch.nn.Parameter(torch.ones(1000))
    weights.grad = torch.ones(1000)
    groups = [{"params": [weights], "weight_decay": 0.0}]
    optimizer = OPTIMIZERS[name][0](groups, 0.1)
    optimizer.step()
    kept = sum(x.numel() for x in optimizer.state[weights].values() if torch.is_tensor(x))
    assert kept // 1000 <= OPTIMIZER_STATES.get(name, MOST_STATES)


def test_the_sizes_of_the_training_loop_are_those_counted() -> None:
    assert MEASURED_AT_ONCE == EVALUATION_BATCH


@pytest.mark.slow
def test_the_estimate_is_near_what_random_networks_take() -> None:
    """Draw networks for digits; the estimate may be generous, but hardly too low."""
    networks = NetworkEvaluator(TaskReference("digits"), Numerics())
    task, rng = networks.task, random.Random(5)
    space = network_space(
        family="cnn",
        interface=Interface(task.input_shape, task.target.outputs),
        augmentations=task.augmentations,
        batch_sizes=(16, 32, 64),
        juvenile_epochs=1,
        proxies=(),
    )
    space = naming_features(space.pin({"training.credit": BACKPROPAGATION}))
    assert len(networks.data.train) == 1149  # loaded, and not counted below
    torch.set_num_threads(1)
    pairs: list[tuple[int, int]] = []
    while len(pairs) < 12:
        genome = space.sample("m", "male", rng)
        given = replace(job(genome.expressed(), 0, 1), adult_epochs=4)
        if networks.spec(given.expressed).flops() > 4e6:
            continue
        measured = peak_bytes(partial(train_once, networks, given))
        pairs.append((networks.job_bytes(given), measured))
    assert all(estimated > 0.7 * measured for estimated, measured in pairs), pairs
    assert all(estimated < 3 * measured + 2e6 for estimated, measured in pairs), pairs


def train_once(networks: NetworkEvaluator, given: Job) -> None:
    training_state = networks.training_state(given)
    train(training_state, networks.data, networks.measured[0], 0, 1, None)


def test_the_evaluator_weighs_its_jobs_but_not_a_cpu() -> None:
    networks = evaluator()
    assert isinstance(networks, Weighs)
    assert isinstance(networks, Shares)
    small = networks.job_bytes(job(expressed(training__batch_size=8)))
    assert networks.job_bytes(job(expressed(training__batch_size=64))) > small > 1_000_000
    assert networks.device_bytes() is None
    assert networks.idle_bytes() == 0


def test_what_is_lent_trains_the_same_without_loading_the_task() -> None:
    lender = evaluator()
    borrower = NetworkEvaluator(TaskReference("no.such:task"), Numerics())
    borrower.unshare(lender.share())
    given = job(expressed())
    ours, theirs = lender.evaluate(given), borrower.evaluate(given)
    assert theirs.status == "ok", theirs.reason
    assert theirs.checkpoint == ours.checkpoint
