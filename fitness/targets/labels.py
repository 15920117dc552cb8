"""Target `labels`: several yes/no answers an example. Outputs are logits, one a label.

The loss is the binary cross-entropy, a mean over labels; a label is given where its logit is
above 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData, as_array
from fitness.logistic import fit_logistic
from fitness.target import Adopted, Array, Linear, Reading, Reduction, Target

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Labels(Target):
    """Labels 0 to `count` - 1, each there or not; a count of None is that of train's columns."""

    kind: ClassVar[str] = "labels"
    primary: ClassVar[str] = "macro_f1"
    constant_name: ClassVar[str] = "labels of most examples"
    linear_name: ClassVar[str] = "logistic regression, one a label"
    output_name: ClassVar[str] = "label"
    answers: ClassVar[str] = "logits, one a label, which is given where its logit is above 0"
    reading: ClassVar[Reading | None] = Reading(
        "outputs.sigmoid()", "the network's probability of each label"
    )

    names: tuple[str, ...] = ()
    count: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))

    @property
    def outputs(self) -> int:
        assert self.count is not None  # since `adopted`
        return self.count

    def adopted(self, y: Mapping[str, Array]) -> Adopted:
        marks = {name: _as_marks(part, name) for name, part in y.items()}
        widths = {name: part.shape[1] for name, part in marks.items()}
        count = self.count or (len(self.names) or widths["train"])
        if set(widths.values()) != {count}:
            raise UnusableData(f"received labels in columns {widths}, expected {count} in each")
        if self.names and len(self.names) != count:
            raise UnusableData(f"received {len(self.names)} names for {count} labels")
        target = replace(self, count=count)
        shares = marks["train"].mean(axis=0)
        for index in np.flatnonzero((shares == 0) | (shares == 1)).tolist():
            which = "all" if shares[index] else "none"
            raise UnusableData(
                f"label {target._name(index)} is given to {which} of train; leave it out, or give "
                "train an example of both"
            )
        return Adopted(target, marks)

    def _name(self, index: int) -> str:
        return self.names[index] if self.names else str(index)

    def strata(self, y: Array) -> npt.NDArray[np.int64]:
        """Return a number for each combination of labels."""
        return np.unique(y, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)

    def encoded(self, y: Array) -> Array:
        return y.astype(np.float32)

    def loss(
        self, outputs: Tensor, y: Tensor, *, reduction: Reduction = "mean", smoothing: float = 0.0
    ) -> Tensor:
        import torch.nn.functional as F

        each = F.binary_cross_entropy_with_logits(outputs, y, reduction="none").mean(1)
        if reduction == "none":
            return each
        return each.mean() if reduction == "mean" else each.sum()

    def softened(self, outputs: Tensor, temperature: float) -> Tensor:
        return (outputs / temperature).sigmoid()

    def teaching_loss(
        self, outputs: Tensor, softened: Tensor, y: Tensor, temperature: float
    ) -> Tensor:
        """Return the binary KL(teacher, outputs) at a temperature, times its square."""
        import torch
        import torch.nn.functional as F

        cross = F.binary_cross_entropy_with_logits(outputs / temperature, softened)
        own = torch.xlogy(softened, softened) + torch.xlogy(1.0 - softened, 1.0 - softened)
        return (cross + own.mean()) * temperature**2

    @property
    def guessing_loss(self) -> float:
        return math.log(2.0)

    def constant(self, y: Array) -> Array:
        """Return the logits of the labels' shares."""
        given = np.clip(y.sum(axis=0), 0.5, len(y) - 0.5)
        logits: Array = np.log(given / (len(y) - given))
        return logits

    def constant_loss(self, train: Array, y: Array) -> float:
        logits = self.constant(train)
        return float((np.logaddexp(0.0, logits) - y * logits).mean())

    def fit_linear(self, x: Array, y: Array, strength: float, iterations: int) -> Linear:
        fitted = [fit_logistic(x, label, strength, iterations) for label in y.T]
        models = [model for model, _ in fitted]
        return Linear(
            lambda x: np.column_stack([model.decision_function(x) for model in models]),
            all(finished for _, finished in fitted),
        )

    def described(self, y: Array) -> str:
        shares = y.mean(axis=0)
        large, small = int(shares.argmax()), int(shares.argmin())
        return (
            f"{self.outputs}, given to {100 * shares[small]:.1f} % ({self._name(small)}) to "
            f"{100 * shares[large]:.1f} % ({self._name(large)}) of train"
        )


def _as_marks(given: Array, split: str) -> npt.NDArray[np.uint8]:
    """Return labels (N, K) as 0 and 1."""
    y = as_array(given, "labels")
    if y.ndim != 2 or y.dtype.kind not in "biuf" or not np.isin(y, (0, 1)).all():
        raise UnusableData(
            f"received labels of {split} of type {y.dtype} and shape {y.shape}, expected 0 or 1 "
            "for each label of each example, (N, labels)"
        )
    return np.ascontiguousarray(y, dtype=np.uint8)


TARGET = Labels
