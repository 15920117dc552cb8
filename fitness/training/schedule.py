"""Courses over training: sums of basis functions, scaled to a peak of one. Free of torch.

A basis function is an extension point: a module of `fitness/schedules` with `value(progress,
shape)`, from -1 to 1, where `progress` goes from 0 to 1 over the adult training and `shape`, from
0 to 1, is the one number that is bred for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from genomes.genes.gene import Record
from genomes.genes.registry import Registry

FUNCTIONS = Registry("basis function", "fitness.training.schedules")
GRID = 128  # the peak is looked for at so many equal parts of the training
NEGLIGIBLE = 1e-6

Basis = Callable[[float, float], float]


@dataclass(frozen=True)
class BasisTerm:
    """A basis function, its weight in the sum (zero or more), and its shape (0 to 1)."""

    function: str
    coefficient: float
    shape: float

    def __post_init__(self) -> None:
        for name in ("coefficient", "shape"):
            if not 0.0 <= (received := getattr(self, name)) <= 1.0:
                raise ValueError(f"received {name} {received!r}, expected a number from 0 to 1")

    @cached_property
    def _basis(self) -> Basis:
        basis: Basis = FUNCTIONS.load(self.function).value
        return basis

    def at(self, progress: float) -> float:
        """Return what the term adds after this share of training."""
        return self.coefficient * self._basis(progress, self.shape)


@dataclass(frozen=True)
class BasisSchedule:
    """A multiplier over training, from 0 to 1; constantly 1 without terms."""

    terms: tuple[BasisTerm, ...] = ()

    @classmethod
    def from_genes(cls, values: Sequence[Record] | None) -> BasisSchedule:
        """Read a gene of `genomes.chromosomes.schedule_genes`.

        None, of a gene that does not act, is constant.
        """
        return cls(tuple(BasisTerm(**value) for value in values or ()))

    @property
    def varies(self) -> bool:
        """Tell whether there is anything that could change in training."""
        return bool(self.terms)

    def at(self, progress: float) -> float:
        """Return the multiplier after this share of the adult training: the sum over its peak.

        What is below zero counts as zero.
        """
        if not self.terms:
            return 1.0
        base, peak = self._scale
        return min(1.0, max(0.0, (base + self._sum(progress)) / peak))

    def _sum(self, progress: float) -> float:
        return sum([term.at(progress) for term in self.terms])

    @cached_property
    def _scale(self) -> tuple[float, float]:
        """Return what is added to the sum, and the peak of both.

        A sum that never rises above zero, of warm-ups alone, takes away from one.
        """
        peak = max(self._sum(step / GRID) for step in range(GRID + 1))
        return (0.0, peak) if peak > NEGLIGIBLE else (1.0, 1.0 + peak)
