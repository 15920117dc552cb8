"""What a task's outputs mean: the contract of a kind of target, one file each under `targets/`.

A target says how many outputs a network has, what a loss is, how targets are checked, split and
described, and which metric counts. Nobody else asks what is learnt. A module of `targets/` has
`TARGET`, a frozen dataclass that is a `Target`. Free of torch: it is imported where tensors come
in.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from genomes.genes.registry import Registry

if TYPE_CHECKING:
    from torch import Tensor

TARGETS = Registry("kind of target", "fitness.targets")

MOST_OUTPUTS = 1 << 22  # numbers held at a time where each position has an answer
Array = npt.NDArray[Any]
Reduction = Literal["mean", "sum", "none"]


@dataclass(frozen=True)
class Adopted:
    """Targets of each split as they are stored from now on, what they mean, notes for people."""

    target: Target
    y: Mapping[str, Array]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """How `model.py` words the outputs of one example: torch `source` of `outputs` (N, outputs).

    `meaning` says what it gives for each name; with `ranked` the greatest comes first.
    """

    source: str
    meaning: str
    ranked: bool = False


@dataclass(frozen=True)
class Linear:
    """A linear model: standardised inputs (N, F) to readable outputs; if its fit was finished.

    `parameters` is its size where that is not one number an input and output.
    """

    predict: Callable[[Array], Array]
    finished: bool = True
    parameters: int | None = None


class Target(ABC):
    """What the outputs of a network mean. Implementations are frozen dataclasses."""

    kind: ClassVar[str]  # the registered name
    primary: ClassVar[str]  # the metric that counts unless another is chosen
    constant_name: ClassVar[str]  # what the best constant answer is called: `largest class`
    linear_name: ClassVar[str]  # what the linear model of `fit_linear` is called
    output_name: ClassVar[str]  # what one output stands for: `class`
    answers: ClassVar[str]  # what the outputs of a network in use are, for people
    reading: ClassVar[Reading | None] = None  # None: they are given out as they are
    smooths: ClassVar[bool] = False  # whether label smoothing means something
    per_position: ClassVar[bool] = False  # whether each position of an input has an answer
    reads_tokens: ClassVar[bool] = False  # whether inputs are tokens, which nobody standardises

    names: tuple[str, ...]  # of the classes, values or labels; empty if they have none

    @property
    @abstractmethod
    def outputs(self) -> int:
        """How many outputs a network has."""

    @property
    def identity(self) -> str:
        """What the hash of a task's data says of its target."""
        return f"{self.kind}/{self.outputs}"

    @abstractmethod
    def adopted(self, y: Mapping[str, Array]) -> Adopted:
        """Check the targets of all splits; raise UnusableData for what cannot be learnt.

        What was left open (the number of classes, a scale) follows from the split `train`.
        """

    @abstractmethod
    def strata(self, y: Array) -> npt.NDArray[np.int64]:
        """Return a number for each example (N,), by which splits are to have the same shares."""

    @abstractmethod
    def encoded(self, y: Array) -> Array:
        """Return stored targets as the loss takes them."""

    @abstractmethod
    def loss(
        self, outputs: Tensor, y: Tensor, *, reduction: Reduction = "mean", smoothing: float = 0.0
    ) -> Tensor:
        """Return the loss of outputs (B, outputs), or (B, outputs, length), for encoded targets.

        It is 0-dim, or (B,) with reduction "none". `smoothing` is of labels, where a kind
        `smooths`.
        """

    def softened(self, outputs: Tensor, temperature: float) -> Tensor:
        """Return what outputs (B, outputs, ...) of a teacher say, as `teaching_loss` takes it.

        Means of it over teachers say something too: probabilities, or the outputs themselves.
        """
        return outputs

    def teaching_loss(
        self, outputs: Tensor, softened: Tensor, y: Tensor, temperature: float
    ) -> Tensor:
        """Return how far outputs (B, outputs, ...) are from a teacher's answers: 0-dim.

        It is least, with no gradient, where both say the same. By default the squared distance,
        whatever the temperature; `y` are encoded targets.
        """
        return (outputs - softened).square().mean()

    @property
    @abstractmethod
    def guessing_loss(self) -> float:
        """The mean loss of who knows nothing: what losses are compared with."""

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of a network's output for one input."""
        return (self.outputs, input_shape[-1]) if self.per_position else (self.outputs,)

    def held_at_once(self, input_shape: tuple[int, ...], most: int) -> int:
        """Return of how many inputs the outputs are held at a time: fewer where they are long."""
        if not self.per_position:
            return most
        return max(1, min(most, MOST_OUTPUTS // math.prod(self.output_shape(input_shape))))

    def for_metrics(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Return what metrics need of outputs (B, ...) for encoded targets: (B, numbers)."""
        return outputs

    def readable(self, outputs: Array) -> Array:
        """Return what `for_metrics` gives, (N, numbers), in the units of metrics."""
        return outputs

    @property
    def units(self) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
        """Scale and offset (outputs,) that make outputs readable; None if they are so."""
        return None

    def vocabulary_json(self) -> dict[str, Any]:
        """Return what turns texts into tokens and back, as JSON; {} where nothing is tokens."""
        return {}

    @abstractmethod
    def constant(self, y: Array) -> Array:
        """Return the readable outputs (outputs,) that are the best constant answer to targets."""

    def repeated(self, answer: Array, y: Array) -> Array:
        """Return what metrics take, (N, numbers), of one answer to all stored targets `y`."""
        return np.tile(answer, (len(y), 1))

    @abstractmethod
    def constant_loss(self, train: Array, y: Array) -> float:
        """Return the mean loss on stored targets `y` of the best constant answer to train's."""

    @abstractmethod
    def fit_linear(self, x: Array, y: Array, strength: float, iterations: int) -> Linear:
        """Fit a linear model with an L2 penalty to standardised inputs (N, F) and stored targets.

        Its solver stops after so many iterations, if it needs any.
        """

    @abstractmethod
    def described(self, y: Array) -> str:
        """Describe the targets of a split (N, ...) in a line."""

    def unmeasurable(self, y: Array) -> str:
        """Say why no metric can be computed on targets (N, ...) of a split; empty if one can."""
        return ""


def new_target(kind: str, **settings: Any) -> Target:
    """Return a target of a registered kind; raises UnknownName with the nearest name."""
    target: Target = TARGETS.load(kind).TARGET(**settings)
    return target
