"""A task and genes that train in a fraction of a second."""

from typing import Any

import numpy as np

from fitness.data.task import Split, Task
from fitness.data.task_reference import TaskReference
from fitness.evaluation import Job
from fitness.evaluators.network import NetworkEvaluator
from fitness.targets.classes import Classes
from fitness.training.numerics import Numerics
from genomes.genes.gene import Record, freeze

SIDE, CLASSES = 6, 3


def make_task(name: str = "tiny", seed: int = 0) -> Task:
    """Three kinds of 6x6 images: a bright row, a bright column, a bright diagonal; with noise."""
    return Task(
        name=name,
        description="bars",
        target=Classes(CLASSES),
        train=_split(100, seed),
        validation=_split(48, seed + 1),
        test=_split(30, seed + 2),
        augmentations=("none", "shift", "erase"),
    )


def other_task() -> Task:
    """The same kind of images, other examples."""
    return make_task(seed=7)


def evaluator(task: str = "tests.fitness.tiny:make_task") -> NetworkEvaluator:
    return NetworkEvaluator(TaskReference(task), Numerics())


def expressed(**changes: Any) -> Record:
    """Genes of a small network; `training__optimizer="adamw"` changes one of a chromosome."""
    genes: dict[str, dict[str, Any]] = {
        "architecture": {
            "family": "cnn",
            "stages": [
                _stage(),
                _stage(block="residual", normalisation="layer", depth=2, activation="gelu"),
                _stage(block="inverted", normalisation="none", activation="silu"),
            ],
            "head": "flatten",
            "head_width": 16,
            "dropout": 0.25,
        },
        "epigenome": {
            "marks": ["11011101", "10111111", "11111110", "01111111", "11111111", "10101010"],
            "initial_methylation": 0.2,
            "plasticity": 0.5,
            "heritability": 0.5,
            "inherited_scale": 0.9,
        },
        "pruning": {
            "start": 0.1,
            "end": 0.8,
            "final_sparsity": [0.5, 0.4, 0.6, 0.5, 0.0, 0.0],
            "curve": "linear",
            "criterion": "magnitude",
            "granularity": "channel",
            "regrowth": 0.0,
            "schedule": "curve",
            "regulation": None,
        },
        "training": {
            "optimizer": "sgd",
            "learning_rate": 0.05,
            "weight_decay": 1e-3,
            "schedule": "cosine",
            "batch_size": 16,
            "initialisation": "kaiming",
            "label_smoothing": 0.1,
            "augmentation": "none",
            "schedule_course": None,
            "batch_halvings": 0,
            "batch_course": None,
            "weight_decay_course": [],
            "dropout_course": [],
            "augmentation_course": None,
            "initial_weights": None,
        },
    }
    for name, value in changes.items():
        chromosome, gene = name.split("__")
        genes[chromosome][gene] = value
    frozen: Record = freeze(genes)
    return frozen


def job(genes: Record, from_epoch: int = 0, to_epoch: int = 6, **others: Any) -> Job:
    """A job of a training laid out over six epochs."""
    given: dict[str, Any] = {"birth": Record(), "seed": 5, "adult_epochs": 6, **others}
    return Job("g", genes, key="k", from_epoch=from_epoch, to_epoch=to_epoch, **given)


def _stage(**changes: Any) -> dict[str, Any]:
    return {
        "block": "conv",
        "depth": 1,
        "width": 10,
        "kernel": 3,
        "stride": 1,
        "normalisation": "batch",
        "activation": "relu",
        "pooling": "none",
        "expansion": 2,
        **changes,
    }


def _split(count: int, seed: int) -> Split:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 60, (count, 1, SIDE, SIDE), dtype=np.uint8)
    y = rng.integers(0, CLASSES, count)
    for image, label in zip(x, y, strict=True):
        place = rng.integers(0, SIDE)
        if label == 0:
            image[0, place] = 200
        elif label == 1:
            image[0, :, place] = 200
        else:
            np.fill_diagonal(image[0], 200)
    return Split(x, y.astype(np.int64))
