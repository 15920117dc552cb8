"""Common corruptions: what a camera, a sensor or a hand at a keyboard does to inputs.

After Hendrycks and Dietterich 2019, "Benchmarking Neural Network Robustness to Common Corruptions
and Perturbations": five severities each, strengths in the inputs' own range. One file each under
`corruptions/`. A module has STRENGTHS (five rising ones by the kind of inputs that it is for),
UNITS (what they count, by kind) and `corrupted(x, strength, facts, rng)`: inputs (N, ...) to
changed ones. It may have `unsuitable(facts)`, why some inputs cannot be corrupted so, or "".
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from fitness.stress.input_facts import Array, InputFacts
from genomes.genes.registry import Registry

CORRUPTIONS = Registry("corruption", "fitness.stress.corruptions")
SEVERITIES = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Corruption:
    """One corruption, loaded by name."""

    name: str
    strengths: Mapping[str, tuple[float, ...]]
    units: Mapping[str, str]
    change: Callable[[Array, float, InputFacts, np.random.Generator], Array]
    unsuitable: Callable[[InputFacts], str]

    def __post_init__(self) -> None:
        for kind, values in self.strengths.items():
            if len(values) != len(SEVERITIES) or kind not in self.units:
                raise ValueError(
                    f"corruption {self.name} has strengths {values} for {kind}, expected "
                    f"{len(SEVERITIES)} and what they count"
                )

    @classmethod
    def load(cls, name: str) -> Corruption:
        """Load a corruption; raise `UnknownName` with the nearest name if there is none."""
        module = CORRUPTIONS.load(name)
        unsuitable = getattr(module, "unsuitable", lambda facts: "")
        return cls(name, module.STRENGTHS, module.UNITS, module.corrupted, unsuitable)

    def strength(self, facts: InputFacts, severity: int) -> float:
        """Return how strong a severity is for such inputs."""
        return self.strengths[facts.kind][SEVERITIES.index(severity)]

    def __call__(self, x: Array, facts: InputFacts, severity: int, seed: int = 0) -> Array:
        """Corrupt inputs (N, ...); the same seed gives the same ones, whoever is given them."""
        rng = np.random.default_rng([seed, zlib.crc32(self.name.encode()), severity])
        return self.change(x, self.strength(facts, severity), facts, rng).astype(x.dtype)


def corruptions_for(facts: InputFacts) -> tuple[list[Corruption], list[str]]:
    """Return the corruptions that suit such inputs, by name, and why some of their kind do not."""
    loaded = [Corruption.load(name) for name in CORRUPTIONS.names()]
    of_kind = [one for one in loaded if facts.kind in one.strengths]
    reasons = {one.name: one.unsuitable(facts) for one in of_kind}
    notes = [f"no {name.replace('-', ' ')}: {why}" for name, why in reasons.items() if why]
    return [one for one in of_kind if not reasons[one.name]], notes
