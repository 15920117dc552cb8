"""Baselines: how far a task is solved without any search, for people to compare networks with.

Nothing here may steer a search. scikit-learn is loaded when a baseline is fitted, not before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.inputs.fit_table import fit_table
from fitness.data.inputs.plain import PlainRows
from fitness.data.splitting.splits import stratified_order
from fitness.data.task import Split, Task
from fitness.metric import Metric
from fitness.target import Target
from genomes.graph.given.network import GivenNetwork

STRENGTHS = (1.0, 100.0)  # of the L2 penalty; the better one on validation data is kept
MOST_WORK = 1e10  # examples x features x outputs x iterations: some seconds on one core
MOST_INPUTS = 2e7  # examples x features: the memory of a fit, 80 MB
LEAST_AN_OUTPUT = 20  # examples, if there are so many
ITERATIONS, LEAST_ITERATIONS = 200, 30
GIVEN = "the given network"  # its name among them
CHUNK = 4096  # examples predicted at a time

Inputs = npt.NDArray[np.generic]
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Predictor:
    """A fitted baseline: its name, its size, on what it was fitted if not on all of train.

    `answers` gives for a split what metrics take, (N, numbers).
    """

    name: str
    parameters: int
    answers: Callable[[Split], Array]
    note: str = ""

    def value(self, metric: Metric, split: Split) -> float:
        """Return a metric on a split."""
        return metric.value(self.answers(split), split.y, split.groups)


def fit_baselines(task: Task, metric: Metric) -> tuple[Predictor, ...]:
    """Fit the baselines of a task on its train split, the constant one first.

    A network that was given comes last, as it was given.
    """
    fitted = constant(task), linear(task, metric)
    return fitted if task.given is None else (*fitted, given_network(task, task.given))


def given_network(task: Task, given: GivenNetwork) -> Predictor:
    """Give the answers of the network that was given with the task."""
    import torch

    from genomes.networks.given import whole

    network = whole(given)

    @torch.inference_mode()
    def predict(x: Inputs) -> Array:
        outputs: Array = network(torch.from_numpy(np.ascontiguousarray(x))).numpy()
        return task.target.readable(outputs)

    size = given.spec.dense_parameters()
    return Predictor(GIVEN, size, partial(_answers, task.target, predict))


def constant(task: Task) -> Predictor:
    """Always give the answer that is best for train."""
    target = task.target
    answer = target.constant(task.train.y)
    return Predictor(target.constant_name, 0, lambda split: target.repeated(answer, split.y))


def linear(task: Task, metric: Metric) -> Predictor:
    """Fit the target's linear model with an L2 penalty on inputs, standardised unless tokens.

    Of large data a stratified part is fitted on, and the solver may be stopped early; the note
    says so. The strength of the penalty that is better on validation data is kept. Rows of a table
    are made numbers first.
    """
    train, target = task.train, task.target
    prepared, width = _preparation(task)
    everything = np.arange(len(train))  # which a target of tokens counts, and no solver reads
    some = _part(target.strata(train.y), width, target.outputs)
    chosen = everything if target.reads_tokens else some
    if not target.reads_tokens:
        prepared = _standardiser(prepared, train.x[chosen])
    inputs, answers = prepared(train.x[chosen]), train.y[chosen]
    work = len(chosen) * width * target.outputs * len(STRENGTHS)
    iterations = int(min(ITERATIONS, max(MOST_WORK / work, LEAST_ITERATIONS / 3)))

    def fitted(strength: float) -> Predictor:
        model = target.fit_linear(inputs, answers, strength, iterations)
        early = "" if model.finished else f"stopped after {iterations} iterations"
        part = f"fitted on {len(chosen):,} of {len(train):,} examples"
        notes = [early] if len(chosen) == len(train) else [part, early]
        note = ", ".join(text for text in notes if text)
        size = model.parameters or (width + 1) * target.outputs
        answer = partial(_answers, target, lambda x: model.predict(prepared(x)))
        return Predictor(target.linear_name, size, answer, note)

    best = max if metric.rises else min
    return best(map(fitted, STRENGTHS), key=lambda one: one.value(metric, task.validation))


def _preparation(task: Task) -> tuple[Callable[[Inputs], Inputs], int]:
    """Return what makes inputs (N, ...) numbers (N, F) that all are there, and F."""
    if task.columns:
        rows = PlainRows(fit_table(task.train.array, task.columns))
        return rows, rows.width
    return lambda x: x.reshape(len(x), -1), task.train.x[0].size


def _part(strata: npt.NDArray[np.int64], width: int, outputs: int) -> npt.NDArray[np.intp]:
    """Choose the examples to fit on: stratified, and the first one of each stratum, if few."""
    steps = LEAST_ITERATIONS * len(STRENGTHS)
    room = min(MOST_WORK / (width * outputs * steps), MOST_INPUTS / width)
    size = max(int(room), LEAST_AN_OUTPUT * outputs)
    if size >= len(strata):
        return np.arange(len(strata))
    first = np.unique(strata, return_index=True)[1][:size]
    return np.unique(np.concatenate([stratified_order(strata, seed=0)[:size], first]))


def _answers(target: Target, predict: Callable[[Inputs], Array], split: Split) -> Array:
    """Predict a split part by part; return what metrics take, (N, numbers)."""
    import torch

    size = target.held_at_once(split.x.shape[1:], CHUNK)
    found = []
    for start in range(0, len(split), size):
        part = slice(start, start + size)
        outputs = torch.from_numpy(predict(split.x[part]))
        encoded = torch.tensor(target.encoded(split.y[part]))
        found.append(target.for_metrics(outputs, encoded).numpy())
    return np.concatenate(found)


def _standardiser(
    prepared: Callable[[Inputs], Inputs], x: Inputs
) -> Callable[[Inputs], npt.NDArray[np.float32]]:
    """Return what prepares and standardises inputs as these examples of train say."""
    mean, deviation = _standard(prepared(x))

    def standardised(x: Inputs) -> npt.NDArray[np.float32]:
        flat = prepared(x).astype(np.float64)  # centred before the cast
        return ((flat - mean) / deviation).astype(np.float32)

    return standardised


def _standard(x: Inputs) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return mean and standard deviation of each number of (N, F); 1 where it is constant."""
    origin = x[0].astype(np.float64)
    total, squares = np.zeros_like(origin), np.zeros_like(origin)
    for start in range(0, len(x), CHUNK):
        total += (x[start : start + CHUNK].astype(np.float64) - origin).sum(axis=0)
    mean = origin + total / len(x)
    for start in range(0, len(x), CHUNK):
        squares += ((x[start : start + CHUNK].astype(np.float64) - mean) ** 2).sum(axis=0)
    deviation = np.sqrt(squares / len(x))
    varies = deviation > 1e-12 * np.abs(mean)
    return mean, np.where(varies, deviation, 1.0)
