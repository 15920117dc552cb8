"""Real training: networks on digits and on a small part of Fashion-MNIST, trained when asked for.

Validation error against active parameters, over a mixed space far too large to enumerate. What
genes of stages that a network lacks say is idle, so equal networks can be different points and
are paid again. Budgets were fixed so that no method is at its end when they are spent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import evo
from benchmarks.efficiency.problem import (
    FlatGene,
    HypervolumeShare,
    Objectives,
    Parameters,
    Problem,
)
from benchmarks.efficiency.real_networks import Networks
from evo.pareto.dominance import Axes, Axis
from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.numerics import Numerics

SMALLEST = 44.0  # active parameters of the smallest network of the space
LARGEST = 20_000  # dense parameters


@dataclass(frozen=True)
class Setting:
    """What distinguishes the problems: task, augmentations, limits, epochs, trainings paid for.

    What is less accurate than `least_accuracy` counts nothing. `max_flops` and `max_activations`
    bound one example's forward pass, and so the time of an epoch, as does `first_stride`.
    """

    task: str
    augmentations: tuple[str, ...]
    first_stride: int
    max_flops: float
    max_activations: int
    epochs: tuple[int, int]
    trainings: int
    least_accuracy: float


SETTINGS = {
    "real-digits": Setting(
        task="digits",
        augmentations=("none", "shift", "shift-erase"),
        first_stride=1,
        max_flops=5e5,
        max_activations=8_000,
        epochs=(3, 12),
        trainings=36,
        least_accuracy=0.8,
    ),
    "real-fashion-mnist": Setting(
        task="benchmarks.efficiency.fashion_subset:make_task",
        augmentations=("none", "shift", "flip-shift", "shift-erase"),
        first_stride=2,
        max_flops=1e6,
        max_activations=20_000,
        epochs=(3, 12),
        trainings=24,
        least_accuracy=0.6,
    ),
}


def space(augmentations: Sequence[str]) -> dict[str, FlatGene]:
    """Return the genes; ranges of training genes are those of evo's networks, or within them."""
    return {
        "stages": evo.Integer(1, 3),
        "width1": evo.Integer(6, 24, log=True),
        "width2": evo.Integer(8, 24, log=True),
        "width3": evo.Integer(8, 32, log=True),
        "block": evo.Choice(["conv", "separable", "residual"]),
        "kernel": evo.Choice([3, 5]),
        "pooling": evo.Choice(["max", "average"]),
        "normalisation": evo.Choice(["batch", "none"]),
        "activation": evo.Choice(["relu", "gelu", "silu", "tanh"]),
        "head": evo.Choice(["global_average", "flatten"]),
        "dropout": evo.Real(0.0, 0.3),
        "final_sparsity": evo.Real(0.0, 0.8),
        "pruning_start": evo.Real(0.0, 0.5),
        "optimizer": evo.Choice(["sgd", "adamw"]),
        "learning_rate": evo.Real(5e-3, 3e-1, log=True),
        "weight_decay": evo.Real(1e-6, 1e-2, log=True),
        "schedule": evo.Choice(["cosine", "one-cycle", "step", "exponential"]),
        "batch_size": evo.Choice([32, 64, 128]),
        "label_smoothing": evo.Real(0.0, 0.2),
        "augmentation": evo.Choice(augmentations),
    }


def real(name: str, data_dir: Path) -> Problem:
    """Make a problem; the data lie where evo finds them, so `data_dir` is not needed.

    Every call makes one that knows no trained network: a run does not profit from another.
    """
    setting = SETTINGS[name]
    full = setting.epochs[-1]
    networks = Networks(evaluator(setting.task), full, setting.first_stride)
    axes = Axes((
        Axis("accuracy", "max", setting.least_accuracy, 1.0),
        Axis("active_parameters", "min", float(LARGEST), SMALLEST, "log"),
    ))  # fmt: skip

    def feasible(parameters: dict[str, Any]) -> bool:
        found = networks.sizes(networks.expressed(parameters))
        return (
            found.parameters <= LARGEST
            and found.flops <= setting.max_flops
            and found.activations <= setting.max_activations
        )

    share = HypervolumeShare.of(axes, [ideal(axes)])

    def test(front: Sequence[Parameters]) -> float:
        return share([
            {**networks.costs(parameters), "accuracy": networks.test_accuracy(parameters)}
            for parameters in front
        ])  # fmt: skip

    return Problem(
        name=name,
        title=f"{name}: validation error against log active parameters, {setting.trainings} "
        f"trainings of {full} epochs; scores are shares of all between reference and ideal",
        space=space(setting.augmentations),
        evaluate=networks.evaluate,
        axes=axes,
        epochs=setting.epochs,
        budget=setting.trainings * full,
        score=share,
        costs=networks.costs,
        feasible=feasible,
        test=test,
        best_known=False,
    )


def ideal(axes: Axes) -> Objectives:
    """Return the point that is best in everything, which no network is."""
    return {axis.name: axis.ideal for axis in axes.axes}


@cache
def evaluator(task: str) -> NetworkEvaluator:
    """Return this process's evaluator of a task, which loads the data on first use."""
    return NetworkEvaluator(TaskReference(task), Numerics())
