"""Baselines: how far a task is solved without any search, for people to compare networks with.

Nothing here may steer a search. scikit-learn is loaded when a baseline is fitted, not before.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fitness.data.splits import stratified_order
from fitness.data.task import Split, Task

STRENGTHS = (1.0, 100.0)  # of the L2 penalty; the better one on validation data is kept
MOST_WORK = 1e10  # examples x features x classes x iterations: some seconds on one core
MOST_INPUTS = 2e7  # examples x features: the memory of a fit, 80 MB
LEAST_A_CLASS = 20  # examples, if there are so many
ITERATIONS, LEAST_ITERATIONS = 200, 30
CHUNK = 4096  # examples predicted at a time

Inputs = npt.NDArray[np.generic]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Predictor:
    """A fitted baseline: its name, its size, on what it was fitted if not on all of train."""

    name: str
    parameters: int
    predict: Callable[[Inputs], Labels]
    note: str = ""

    def accuracy(self, split: Split) -> float:
        """Return the share of right answers on a split."""
        starts = range(0, len(split), CHUNK)
        found = [self.predict(split.x[start : start + CHUNK]) for start in starts]
        return float(np.mean(np.concatenate(found) == split.y))


def fit_baselines(task: Task) -> tuple[Predictor, ...]:
    """Fit the baselines of a classification task on its train split, the trivial one first."""
    linear = logistic_regression(task.train, task.validation, task.classes)
    return largest_class(task.train), linear


def largest_class(train: Split) -> Predictor:
    """Always predict the class that most training examples have."""
    answer = int(np.bincount(train.y).argmax())
    return Predictor("largest class", 0, lambda x: np.full(len(x), answer, dtype=np.int64))


def logistic_regression(train: Split, validation: Split, classes: int) -> Predictor:
    """Fit multinomial logistic regression with an L2 penalty on standardised inputs.

    Of large data a stratified part is fitted on, and the solver may be stopped early; the note
    says so.
    """
    width = train.x[0].size
    chosen = _part(train.y, width, classes)
    mean, deviation = _standard(train.x[chosen])

    def standardised(x: Inputs) -> npt.NDArray[np.float32]:
        flat = x.reshape(len(x), -1).astype(np.float64)  # centred before the cast
        return ((flat - mean) / deviation).astype(np.float32)

    inputs, labels = standardised(train.x[chosen]), train.y[chosen]
    work = len(chosen) * width * classes * len(STRENGTHS)
    iterations = int(min(ITERATIONS, max(MOST_WORK / work, LEAST_ITERATIONS / 3)))

    def fitted(strength: float) -> Predictor:
        predict, finished = _fit(inputs, labels, strength, iterations)
        early = "" if finished else f"stopped after {iterations} iterations"
        part = f"fitted on {len(chosen):,} of {len(train):,} examples"
        notes = [early] if len(chosen) == len(train) else [part, early]
        note = ", ".join(text for text in notes if text)
        size = (width + 1) * classes
        return Predictor("logistic regression", size, lambda x: predict(standardised(x)), note)

    return max(map(fitted, STRENGTHS), key=lambda one: one.accuracy(validation))


def _fit(
    x: npt.NDArray[np.float32], y: Labels, strength: float, iterations: int
) -> tuple[Callable[[npt.NDArray[np.float32]], Labels], bool]:
    """Return how the model predicts, and whether its solver came to an end by itself."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0 / strength, max_iter=iterations)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the note reports a solver that stopped early
        model.fit(x, y)
    finished = int(np.max(model.n_iter_)) < iterations
    return (lambda x: np.asarray(model.predict(x), dtype=np.int64)), finished


def _part(labels: Labels, width: int, classes: int) -> npt.NDArray[np.intp]:
    """Choose the examples to fit on: stratified, and the first one of each class at least."""
    steps = LEAST_ITERATIONS * len(STRENGTHS)
    room = min(MOST_WORK / (width * classes * steps), MOST_INPUTS / width)
    size = max(int(room), LEAST_A_CLASS * classes)
    if size >= len(labels):
        return np.arange(len(labels))
    first = np.unique(labels, return_index=True)[1]
    return np.unique(np.concatenate([stratified_order(labels, seed=0)[:size], first]))


def _standard(x: Inputs) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return mean and standard deviation of each input number (F,); 1 where it is constant."""
    flat = x.reshape(len(x), -1)
    origin = flat[0].astype(np.float64)
    total, squares = np.zeros_like(origin), np.zeros_like(origin)
    for start in range(0, len(flat), CHUNK):
        total += (flat[start : start + CHUNK].astype(np.float64) - origin).sum(axis=0)
    mean = origin + total / len(flat)
    for start in range(0, len(flat), CHUNK):
        squares += ((flat[start : start + CHUNK].astype(np.float64) - mean) ** 2).sum(axis=0)
    deviation = np.sqrt(squares / len(flat))
    varies = deviation > 1e-12 * np.abs(mean)
    return mean, np.where(varies, deviation, 1.0)
