"""What a user says of a network that is given. Free of torch."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, fields
from typing import Self

from fitness.data.arrays import UnusableData
from genomes.graph.normalization import Normalization
from genomes.graph.shapes import Shape

UNIT, RAW, STANDARD = "unit", "raw", "standard"


@dataclass(frozen=True)
class ModelOptions:
    """Where a network comes from; without a `model` there is none.

    `model` is `package.module:make_model`, a function without arguments that returns a
    `torch.nn.Module`; `weights` a file of its state dict, `.safetensors` or `.pt`.
    `model_input` is what it is given: `unit` (bytes divided by 255, other numbers as they are),
    `raw` (as they are), `standard` (as evo normalises for its own networks), or the means and
    deviations of the channels in `unit`, as in 0.49,0.48,0.45/0.25,0.24,0.26.
    Patterns of module paths say which layers keep all their channels: those of `keep`, and those
    that none of `only` matches, if there are any.
    """

    model: str | None = None
    weights: str | None = None
    model_input: str = UNIT
    keep: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: object) -> Self:
        """Take the options out of a value that has them all, as a run's config."""
        return cls(**{one.name: getattr(settings, one.name) for one in fields(cls)})

    def check(self) -> None:
        """Raise UnusableData for options of a network where none is given."""
        said = [one.name for one in fields(self) if getattr(self, one.name) != one.default]
        if self.model is None and said:
            named = ", ".join(f"--{name.replace('_', '-')}" for name in said)
            raise UnusableData(f"received {named}, but no network that it is for: --model")

    def keeps(self, path: str) -> bool:
        """Tell whether the channels that a module makes, by its path, have to stay."""
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in self.keep):
            return True
        return bool(self.only) and not any(fnmatch.fnmatchcase(path, one) for one in self.only)

    def normalization(
        self, shape: Shape, is_bytes: bool, standard: Normalization | None
    ) -> Normalization | None:
        """Return how the raw inputs are normalised before the network reads them, if so.

        Raises UnusableData for a `model_input` that says nothing.
        """
        if self.model_input == STANDARD:
            return standard
        scale = 255.0 if is_bytes and self.model_input != RAW else 1.0
        if self.model_input in (UNIT, RAW):
            means, deviations = [0.0], [1.0]
        else:
            means, deviations = self._numbers(shape[0])
        each = shape[0]
        mean = tuple(scale * m for m in (means * each if len(means) == 1 else means))
        std = tuple(scale * d for d in (deviations * each if len(deviations) == 1 else deviations))
        if set(mean) == {0.0} and set(std) == {1.0}:
            return None
        return Normalization(mean, std)

    def _numbers(self, channels: int) -> tuple[list[float], list[float]]:
        try:
            means, deviations = (
                [float(number) for number in part.split(",")]
                for part in self.model_input.split("/")
            )
            if {len(means), len(deviations)} - {1, channels} or min(deviations) <= 0:
                raise ValueError
        except ValueError:
            raise UnusableData(
                f"received --model-input {self.model_input!r}, expected {UNIT}, {RAW}, "
                f"{STANDARD}, or MEANS/DEVIATIONS, one or {channels} numbers each, as in 0.5/0.25"
            ) from None
        return means, deviations


NO_MODEL = ModelOptions()
