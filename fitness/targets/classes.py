"""Target `classes`: one of several classes an example. Outputs are logits, the loss cross-entropy.

Class weights multiply the loss of an example by its class: none, `balanced` (in inverse proportion
to the classes' shares of train), or one number a class; they are scaled to a mean of 1 over train.
Metrics never weigh.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData
from fitness.data.class_numbers import as_labels, number_classes
from fitness.logistic import fit_logistic
from fitness.target import Adopted, Array, Linear, Reading, Reduction, Target

if TYPE_CHECKING:
    from torch import Tensor

BALANCED: Literal["balanced"] = "balanced"


@dataclass(frozen=True)
class Classes(Target):
    """Classes 0 to `count` - 1; a count of None is found in train. `names` are theirs, if any."""

    kind: ClassVar[str] = "classes"
    primary: ClassVar[str] = "accuracy"
    constant_name: ClassVar[str] = "largest class"
    linear_name: ClassVar[str] = "logistic regression"
    output_name: ClassVar[str] = "class"
    answers: ClassVar[str] = "logits"
    reading: ClassVar[Reading | None] = Reading(
        "outputs.softmax(dim=1)", "the network's probability of each class", ranked=True
    )
    smooths: ClassVar[bool] = True

    count: int | None = None
    names: tuple[str, ...] = ()
    weights: Literal["balanced"] | tuple[float, ...] | None = None
    factors: tuple[float, ...] = field(default=(), repr=False)  # of the loss, by class; from train

    def __post_init__(self) -> None:
        count = self.count
        if count is not None:
            if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 2:
                raise UnusableData(f"received {count!r} classes, expected at least 2")
            object.__setattr__(self, "count", int(count))
            if self.names and len(self.names) != count:
                raise UnusableData(f"received {len(self.names)} names for {count} classes")
        object.__setattr__(self, "names", tuple(self.names))
        self._check_weights()

    def _check_weights(self) -> None:
        if self.weights is None or self.weights == BALANCED:
            return
        given = self.weights
        numbers = isinstance(given, list | tuple) and all(
            isinstance(w, int | float) and math.isfinite(w) and w > 0 for w in given
        )
        if not numbers:
            raise UnusableData(
                f"received class weights {given!r}, expected balanced, or a number above 0 for "
                "each class"
            )
        object.__setattr__(self, "weights", tuple(float(w) for w in given))

    @property
    def outputs(self) -> int:
        assert self.count is not None  # since `adopted`
        return self.count

    @property
    def identity(self) -> str:
        weights = f"/{self.factors}" if self.factors else ""
        return f"{self.outputs}{weights}"  # runs of earlier versions know it so

    def adopted(self, y: Mapping[str, Array]) -> Adopted:
        taken = {name: as_labels(part) for name, part in y.items()}
        labels = {name: part for name, (part, _) in taken.items()}
        numbered = number_classes(labels, self.count, self.names)
        notes = tuple(note for _, of_split in taken.values() for note in of_split)
        train = numbered.labels["train"]
        count = self.count or len(np.unique(train))
        target = replace(self, count=count, names=numbered.names)
        factors = target._factors(train)
        return Adopted(replace(target, factors=factors), numbered.labels, notes + numbered.notes)

    def _factors(self, train: Array) -> tuple[float, ...]:
        if self.weights is None:
            return ()
        shares = np.bincount(train, minlength=self.outputs) / len(train)
        given = 1.0 / shares if self.weights == BALANCED else np.array(self.weights)
        if len(given) != self.outputs:
            raise UnusableData(
                f"received {len(given)} class weights, expected one for each of the "
                f"{self.outputs} classes"
            )
        return tuple(map(float, given / (given * shares).sum()))

    def strata(self, y: Array) -> npt.NDArray[np.int64]:
        return np.unique(y, return_inverse=True)[1].astype(np.int64)

    def encoded(self, y: Array) -> Array:
        return y

    def loss(
        self, outputs: Tensor, y: Tensor, *, reduction: Reduction = "mean", smoothing: float = 0.0
    ) -> Tensor:
        import torch.nn.functional as F

        if not self.factors:
            return F.cross_entropy(outputs, y, reduction=reduction, label_smoothing=smoothing)
        each = F.cross_entropy(outputs, y, reduction="none", label_smoothing=smoothing)
        weighted = each * self._factors_of(y, outputs)
        if reduction == "none":
            return weighted
        return weighted.mean() if reduction == "mean" else weighted.sum()

    def _factors_of(self, y: Tensor, outputs: Tensor) -> Tensor:
        import torch

        factors = torch.tensor(self.factors, dtype=outputs.dtype).to(y.device, non_blocking=True)
        return factors[y]

    def softened(self, outputs: Tensor, temperature: float) -> Tensor:
        return (outputs / temperature).softmax(dim=1)

    def teaching_loss(
        self, outputs: Tensor, softened: Tensor, y: Tensor, temperature: float
    ) -> Tensor:
        """Return the divergence KL(teacher, outputs) at a temperature, times its square.

        So gradients are as large as without a temperature (Hinton et al. 2015). Class weights
        multiply it as they do the loss.
        """
        import torch.nn.functional as F

        student = F.log_softmax(outputs / temperature, dim=1)
        each = F.kl_div(student, softened, reduction="none").sum(1)
        if self.factors:
            each = each * self._factors_of(y, outputs)
        return each.mean() * temperature**2

    @property
    def guessing_loss(self) -> float:
        return math.log(self.outputs)

    def constant(self, y: Array) -> Array:
        """Return the logarithms of the classes' shares; an absent one counts as half there."""
        counts = np.maximum(np.bincount(y, minlength=self.outputs), 0.5)
        logits: Array = np.log(counts / counts.sum())
        return logits

    def constant_loss(self, train: Array, y: Array) -> float:
        """Return the loss of guessing: all classes alike, or by shares in train if better."""
        factors = np.array(self.factors or (1.0,) * self.outputs)[y]
        by_shares = -float((factors * self.constant(train)[y]).mean())
        return min(self.guessing_loss * float(factors.mean()), by_shares)

    def fit_linear(self, x: Array, y: Array, strength: float, iterations: int) -> Linear:
        model, finished = fit_logistic(x, y, strength, iterations)
        return Linear(lambda x: _logits(model.decision_function(x)), finished)

    def described(self, y: Array) -> str:
        shares = np.bincount(y, minlength=self.outputs) / len(y)
        names = self.names or tuple(map(str, range(self.outputs)))
        large, small = int(shares.argmax()), int(shares.argmin())
        return (
            f"{self.outputs}, from {100 * shares[small]:.1f} % ({names[small]}) to "
            f"{100 * shares[large]:.1f} % ({names[large]}) of train"
        )


def _logits(decided: Array) -> Array:
    """Return a logit for each class; of two classes scikit-learn gives one number."""
    return decided if decided.ndim == 2 else np.column_stack([-decided / 2, decided / 2])


TARGET = Classes
