"""Accuracy under corruption is the mean over versions of the same examples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fitness.training.numerics import Numerics
from fitness.training.under_corruption import CorruptedExamples
from genomes.networks.network import build
from tests.fitness.tiny import evaluator, expressed, make_task


def test_it_is_the_mean_over_versions() -> None:
    task, network = make_task(), build(evaluator().spec(expressed()), seed=1).eval()
    split = task.validation
    constant = replace(split, x=np.zeros_like(split.array))
    split_of = [split, constant]
    parts = [CorruptedExamples.of([one], task.target, "cpu") for one in split_of]
    first, second = (one.accuracy(network, Numerics()) for one in parts)
    answer = np.bincount(split.y).max()
    assert second <= answer / len(split)  # the same answer for all
    both = CorruptedExamples.of(split_of, task.target, "cpu").accuracy(network, Numerics())
    assert both == (first + second) / 2
