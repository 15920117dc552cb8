"""Target `values`: one or several real numbers an example.

Networks learn them standardised by train (mean 0, standard deviation 1); `readable` turns outputs
back, and so does every network that is handed over. The loss is the squared error, or Huber's with
its bend at one standard deviation (https://doi.org/10.1214/aoms/1177703732), a mean over values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData, as_array
from fitness.target import Adopted, Array, Linear, Reading, Reduction, Target

if TYPE_CHECKING:
    from torch import Tensor

LEAST_SPREAD = 1e-12  # deviation over magnitude, below which a value is constant
STRATA = 10  # parts of equal size, from small to large values
Loss = Literal["squared", "huber"]


@dataclass(frozen=True)
class Values(Target):
    """Real numbers, of which `names` has one each; mean and deviation (K,) come from train."""

    kind: ClassVar[str] = "values"
    primary: ClassVar[str] = "r2"
    constant_name: ClassVar[str] = "mean"
    linear_name: ClassVar[str] = "ridge regression"
    output_name: ClassVar[str] = "value"
    answers: ClassVar[str] = "real numbers in the units of the targets"
    reading: ClassVar[Reading | None] = Reading("outputs", "each value")

    names: tuple[str, ...] = ()
    error: Loss = "squared"
    mean: tuple[float, ...] = field(default=(), repr=False)
    deviation: tuple[float, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.error not in ("squared", "huber"):
            raise UnusableData(f"received error {self.error!r}, expected squared or huber")
        object.__setattr__(self, "names", tuple(self.names))

    @property
    def outputs(self) -> int:
        return len(self.mean)

    @property
    def identity(self) -> str:
        return f"{self.kind}/{self.outputs}/{self.error}"

    def adopted(self, y: Mapping[str, Array]) -> Adopted:
        values = {name: _as_values(part, name) for name, part in y.items()}
        train = values["train"]
        widths = {name: part.shape[1] for name, part in values.items()}
        if len(set(widths.values())) > 1:
            raise UnusableData(f"received different numbers of values an example: {widths}")
        if self.names and len(self.names) != train.shape[1]:
            raise UnusableData(f"received {len(self.names)} names for {train.shape[1]} values")
        mean, deviation = train.mean(axis=0), train.std(axis=0)
        magnitude = np.abs(train).max(axis=0)
        target = replace(self, mean=tuple(mean.tolist()), deviation=tuple(deviation.tolist()))
        for index in np.flatnonzero(deviation <= LEAST_SPREAD * magnitude).tolist():
            raise UnusableData(
                f"{target._name(index)} is {train[0, index]:g} in all of train; there is nothing "
                "to learn"
            )
        return Adopted(target, values)

    def _name(self, index: int) -> str:
        if self.names:
            return self.names[index]
        return "the target" if self.outputs < 2 else f"value {index}"

    def strata(self, y: Array) -> npt.NDArray[np.int64]:
        """Return tenths of the examples, by the mean of their standardised values."""
        spread = y.std(axis=0)
        level = ((y - y.mean(axis=0)) / np.where(spread > 0, spread, 1.0)).mean(axis=1)
        rank = np.argsort(np.argsort(level, kind="stable"), kind="stable")
        return (rank * STRATA // len(y)).astype(np.int64)

    def encoded(self, y: Array) -> Array:
        standard: Array = ((y - np.array(self.mean)) / np.array(self.deviation)).astype(np.float32)
        return standard

    def loss(
        self, outputs: Tensor, y: Tensor, *, reduction: Reduction = "mean", smoothing: float = 0.0
    ) -> Tensor:
        import torch.nn.functional as F

        measure = F.mse_loss if self.error == "squared" else F.huber_loss
        each = measure(outputs, y, reduction="none").mean(1)
        if reduction == "none":
            return each
        return each.mean() if reduction == "mean" else each.sum()

    @property
    def guessing_loss(self) -> float:
        return 1.0 if self.error == "squared" else 0.5

    @property
    def units(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        return self.deviation, self.mean

    def readable(self, outputs: Array) -> Array:
        back: Array = outputs.astype(np.float64) * np.array(self.deviation) + np.array(self.mean)
        return back

    def constant(self, y: Array) -> Array:
        mean: Array = y.mean(axis=0)
        return mean

    def constant_loss(self, train: Array, y: Array) -> float:
        away = np.abs((y - self.constant(train)) / np.array(self.deviation))
        bent = np.where(away < 1.0, 0.5 * away**2, away - 0.5)  # Huber's
        return float((away**2 if self.error == "squared" else bent).mean())

    def fit_linear(self, x: Array, y: Array, strength: float, iterations: int) -> Linear:
        from sklearn.linear_model import Ridge

        model = Ridge(alpha=strength).fit(x, self.encoded(y))
        return Linear(lambda x: self.readable(model.predict(x).reshape(len(x), -1)))

    def described(self, y: Array) -> str:
        listed = [
            f"{self._name(k)} from {column.min():.4g} to {column.max():.4g}, mean "
            f"{column.mean():.4g}, standard deviation {column.std():.4g}"
            for k, column in enumerate(y.T)
        ]
        more = f"; and {len(listed) - 5} more" if len(listed) > 5 else ""
        return "; ".join(listed[:5]) + more + " (train)"

    def unmeasurable(self, y: Array) -> str:
        constant = np.flatnonzero(y.max(axis=0) == y.min(axis=0)).tolist()
        return f"{self._name(constant[0])} is the same in all of them" if constant else ""


def _as_values(given: Array, split: str) -> npt.NDArray[np.float64]:
    """Return values (N, K) in float64."""
    y = as_array(given, "targets")
    if y.dtype.kind not in "biuf" or y.ndim not in (1, 2):
        raise UnusableData(
            f"received targets of {split} of type {y.dtype} and shape {y.shape}, expected real "
            "numbers (N,) or (N, values)"
        )
    if not np.isfinite(y).all():
        bad = int(np.count_nonzero(~np.isfinite(y).reshape(len(y), -1).all(axis=1)))
        raise UnusableData(
            f"received {bad:,} targets of {split} that are NaN or infinite; drop these examples"
        )
    return np.ascontiguousarray(y.reshape(len(y), -1), dtype=np.float64)


TARGET = Values
