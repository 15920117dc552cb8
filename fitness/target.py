"""What a task's outputs mean: the contract of a kind of target, one file each under `targets/`.

A target says how many outputs a network has, what a loss is, how targets are checked, split and
described, and which metric counts. Nobody else asks what is learnt. A module of `targets/` has
`TARGET`, a frozen dataclass that is a `Target`. Free of torch: it is imported where tensors come
in.
"""

from __future__ import annotations

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

Array = npt.NDArray[Any]
Reduction = Literal["mean", "sum", "none"]


@dataclass(frozen=True)
class Adopted:
    """Targets of each split as they are stored from now on, what they mean, notes for people."""

    target: Target
    y: Mapping[str, Array]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Linear:
    """A linear model: standardised inputs (N, F) to readable outputs; if its fit was finished."""

    predict: Callable[[Array], Array]
    finished: bool = True


class Target(ABC):
    """What the outputs of a network mean. Implementations are frozen dataclasses."""

    kind: ClassVar[str]  # the registered name
    primary: ClassVar[str]  # the metric that counts unless another is chosen
    constant_name: ClassVar[str]  # what the best constant answer is called: `largest class`
    linear_name: ClassVar[str]  # what the linear model of `fit_linear` is called
    output_name: ClassVar[str]  # what one output stands for: `class`
    answers: ClassVar[str]  # what the outputs of a network in use are, for people
    smooths: ClassVar[bool] = False  # whether label smoothing means something

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
        """Return the loss of outputs (B, outputs) for encoded targets.

        It is 0-dim, or (B,) with reduction "none". `smoothing` is of labels, where a kind
        `smooths`.
        """

    @property
    @abstractmethod
    def guessing_loss(self) -> float:
        """The mean loss of who knows nothing: what losses are compared with."""

    def readable(self, outputs: Array) -> Array:
        """Return a network's outputs (N, outputs) in the units that metrics are computed in."""
        return outputs

    @property
    def units(self) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
        """Scale and offset (outputs,) that make outputs readable; None if they are so."""
        return None

    @abstractmethod
    def constant(self, y: Array) -> Array:
        """Return the readable outputs (outputs,) that are the best constant answer to targets."""

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
