"""The problems of real training: what is trained, what is known before, what a run is told."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.efficiency import fashion_subset, real
from benchmarks.efficiency.problem import Problem
from benchmarks.efficiency.problems import MAKERS, SETS, TABLES, make_problem
from benchmarks.efficiency.real_networks import Networks, Trained
from benchmarks.efficiency.study import measure
from benchmarks.search_efficiency import _options
from fitness.tasks import fashion_mnist
from genomes.genes.gene import Struct

NOWHERE = Path("nowhere")
needs_fashion = pytest.mark.skipif(
    not fashion_mnist.SYSTEM_FOLDER.is_dir(), reason="data set not installed"
)
SMALL = {
    "stages": 1,
    "width1": 6,
    "width2": 8,
    "width3": 8,
    "block": "conv",
    "kernel": 3,
    "pooling": "max",
    "normalisation": "batch",
    "activation": "relu",
    "head": "flatten",
    "dropout": 0.1,
    "final_sparsity": 0.5,
    "pruning_start": 0.25,
    "optimizer": "adamw",
    "learning_rate": 0.05,
    "weight_decay": 1e-4,
    "schedule": "one-cycle",
    "batch_size": 64,
    "label_smoothing": 0.05,
    "augmentation": "shift",
}


def networks(epochs: int) -> Networks:
    return Networks(real.evaluator("digits"), epochs)


def drawn(problem: Problem, count: int) -> list[dict[str, Any]]:
    space, rng = Struct(problem.space), random.Random(1)
    points = (dict(space.sample(rng)) for _ in range(100 * count))
    assert problem.feasible is not None
    return [point for point in points if problem.feasible(point)][:count]


# -- points and networks --------------------------------------------------------------------------


def test_every_gene_of_the_space_reaches_the_network() -> None:
    assert set(SMALL) == set(real.space(("none", "shift")))
    genes = networks(2).expressed({**SMALL, "stages": 3})
    stages = genes["architecture"]["stages"]
    assert [stage["width"] for stage in stages] == [6, 8, 8]
    for name in ("block", "kernel", "pooling", "normalisation", "activation"):
        assert {stage[name] for stage in stages} == {SMALL[name]}
    assert genes["architecture"]["head"] == "flatten"
    assert genes["architecture"]["dropout"] == 0.1
    assert set(genes["pruning"]["final_sparsity"]) == {0.5}
    assert genes["pruning"]["start"] == 0.25
    names = "optimizer", "learning_rate", "weight_decay", "schedule", "batch_size"
    for name in (*names, "label_smoothing", "augmentation"):
        assert genes["training"][name] == SMALL[name]


def test_only_the_first_stage_has_the_stride() -> None:
    genes = Networks(real.evaluator("digits"), 2, first_stride=2).expressed({**SMALL, "stages": 2})
    assert [stage["stride"] for stage in genes["architecture"]["stages"]] == [2, 1]


def test_genes_of_stages_that_are_not_there_are_idle() -> None:
    trained = networks(1)
    first = trained.evaluate(SMALL, 1)
    again = trained.evaluate({**SMALL, "width2": 20, "width3": 30}, 1)
    assert len(trained.trained) == 1
    assert again.objectives == first.objectives
    assert (first.flops > 0, again.flops) == (True, 0.0)


# -- training -------------------------------------------------------------------------------------


def test_parts_of_a_training_are_the_whole_training() -> None:
    parts, whole = networks(3), networks(3)
    early = parts.evaluate(SMALL, 1)
    rest = parts.evaluate(SMALL, 3)
    straight = whole.evaluate(SMALL, 3, seed=7)
    assert rest.objectives == straight.objectives
    assert rest.curve == straight.curve
    assert rest.curve[:1] == early.curve
    assert early.flops + rest.flops == pytest.approx(straight.flops)
    assert list(parts.trained.values()) == list(whole.trained.values())  # weights too
    assert parts.test_accuracy(SMALL) == whole.test_accuracy(SMALL) > 0.0


def test_who_is_trained_further_answers_for_earlier_epochs() -> None:
    trained = networks(3)
    full = trained.evaluate(SMALL, 3)
    early = trained.evaluate(SMALL, 2)
    assert early.objectives == {"accuracy": full.curve[1]}
    assert early.flops == 0.0


def test_the_plan_comes_true() -> None:
    trained = networks(2)
    points = drawn(make_problem("real-digits", NOWHERE), 8)
    assert len({(point["block"], point["normalisation"]) for point in points}) >= 4
    for point in points:
        known = trained.costs(point)
        ended = trained.evaluate(point, 2).objectives["active_parameters"]
        assert known["active_parameters"] == ended
        assert ended == pytest.approx(10.0 ** known["log_planned_parameters"], abs=0.5)
    assert min(trained.costs(point)["planned_active_ratio"] for point in points) < 0.5


def test_who_diverges_is_right_about_nothing() -> None:
    wild = {**SMALL, "optimizer": "sgd", "normalisation": "none", "learning_rate": 1e6}
    trained = networks(2)
    early, late = trained.evaluate(wild, 1), trained.evaluate(wild, 2)
    assert list(trained.trained.values()) == [Trained((), None, diverged=True)]
    assert early.objectives == late.objectives == {"accuracy": 0.0}
    assert late.curve == [0.0, 0.0]
    assert trained.test_accuracy(wild) == 0.0


# -- the problems ---------------------------------------------------------------------------------


def test_by_default_nothing_is_trained() -> None:
    assert set(MAKERS) == {*TABLES, *SETS["real"]} == {*TABLES, *real.SETTINGS}
    assert not set(TABLES) & set(SETS["real"])
    assert _options(["--cache", "folder"]).problems == list(TABLES)


def test_points_are_plain_and_most_are_feasible() -> None:
    problem = make_problem("real-digits", NOWHERE)
    space, rng = Struct(problem.space), random.Random(0)
    points = [dict(space.sample(rng)) for _ in range(200)]
    assert json.loads(json.dumps(points)) == points
    assert problem.feasible is not None
    assert 100 < sum(problem.feasible(point) for point in points) < 200


def test_the_ideal_is_the_smallest_network() -> None:
    trained = networks(1)
    least = {**SMALL, "final_sparsity": 0.8, "head": "global_average", "normalisation": "none"}
    sizes = [
        trained.costs({**least, "block": block, "width1": width, "stages": stages})
        for block in ("conv", "separable", "residual")
        for width in (6, 7, 8)
        for stages in (1, 2)
    ]
    assert min(size["active_parameters"] for size in sizes) == real.SMALLEST


def test_a_score_is_a_share_of_all_between_reference_and_ideal() -> None:
    problem = make_problem("real-digits", NOWHERE)
    middle = {"accuracy": 0.9, "active_parameters": math.sqrt(real.SMALLEST * real.LARGEST)}
    assert problem.score([]) == 0.0
    assert problem.score([problem.reference]) == 0.0
    assert problem.score([middle]) == pytest.approx(0.25)
    assert problem.score([real.ideal(problem.axes)]) == pytest.approx(1.0)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the problem on digits have a budget of seconds."""
    setting = real.SETTINGS["real-digits"]
    values = {**vars(setting), "epochs": (1, 2), "trainings": 3, "least_accuracy": 0.05}
    monkeypatch.setitem(real.SETTINGS, "real-digits", real.Setting(**values))


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_a_run_trains_and_is_tested_and_can_be_repeated() -> None:
    runs = [measure(make_problem("real-digits", NOWHERE), "random", seed) for seed in (0, 0, 1)]
    for run in runs:
        assert (run.spent, run.trainings, run.budget) == (6, 3, 6)
        assert 0.0 < run.scores[-1][1] < 1.0
        assert run.test is not None
        assert abs(run.test - run.scores[-1][1]) < 0.2
    assert (runs[0].scores, runs[0].test) == (runs[1].scores, runs[1].test)
    assert runs[0].scores != runs[2].scores


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_a_run_of_two_fidelities_keeps_the_account() -> None:
    problem = replace(make_problem("real-digits", NOWHERE), budget=26)
    run = measure(problem, "successive-halving", 0)  # asserts it
    assert 25 <= run.spent <= 26
    assert 0 < run.trainings < 10


# -- the subset -----------------------------------------------------------------------------------


@needs_fashion
def test_the_subset_is_fixed_and_balanced() -> None:
    task = fashion_subset.make_task()
    parts = task.train, task.validation, task.test
    for split, size in zip(
        parts,
        (fashion_subset.TRAIN, fashion_subset.VALIDATION, fashion_subset.TEST),
        strict=True,
    ):
        assert len(split) == size
        assert np.bincount(split.y).tolist() == [size // 10] * 10
    assert task.fingerprint() == "3c5dcb1e3ce133b7"


@needs_fashion
def test_no_image_of_the_subset_is_in_two_splits() -> None:
    task = fashion_subset.make_task()
    images = [image.tobytes() for s in (task.train, task.validation, task.test) for image in s.x]
    assert len(set(images)) == len(images)
