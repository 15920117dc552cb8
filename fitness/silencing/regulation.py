"""The kinetics of a small gene-regulatory network whose promoters sense signals. Free of torch.

De Jong (2002), "Modeling and simulation of genetic regulatory systems: a literature review",
J. Comput. Biol. 9:67-103, https://doi.org/10.1089/10665270252833208, nonlinear rate equations:

    dx_i/dt = basal_i + sum_j |w_ij| h_ij(x_j) + sum_s |p_is| h_is(u_s) - decay_i x_i

where h is the Hill function of an activator, or one minus it for a repressor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from genomes.genes.gene import Record

LIFETIME = 10.0  # units of time in an adult training
Levels = tuple[float, ...]
Signals = tuple[float, float, float]  # loss, slope, gradient; each in [0, 1]
AT_BIRTH: Signals = (1.0, 0.0, 0.5)  # the loss of guessing, of which nothing is known yet
LEAST_NORM, GREATEST_NORM = 1e-3, 10.0  # gradient norms that read as 0 and 1, logarithmically


@dataclass(frozen=True)
class RegulatoryGene:
    """One gene: its rates, and the signed weights of what regulates it."""

    basal: float
    decay: float
    half_saturation: float
    hill: float
    inputs: tuple[float, ...]
    promoters: tuple[float, ...]

    def production(self, levels: Levels, signals: Sequence[float]) -> float:
        """Return how much is made in a unit of time, zero or more."""
        weights = (*self.inputs[: len(levels)], *self.promoters)
        made = self.basal
        for weight, x in zip(weights, (*levels, *signals), strict=True):
            bound = hill(x, self.half_saturation, self.hill)
            made += weight * bound if weight > 0.0 else -weight * (1.0 - bound)
        return made


@dataclass(frozen=True)
class Regulation:
    """A network of genes; `readout` names the gene that each stage reads."""

    network: tuple[RegulatoryGene, ...]
    readout: tuple[int, ...]

    @classmethod
    def from_genes(cls, values: Record) -> Regulation:
        """Read what `genomes.chromosomes.regulation_genes` has bred."""
        network = tuple(RegulatoryGene(**gene) for gene in values["network"])
        return cls(network, values["readout"])

    def initial_levels(self) -> Levels:
        """Return the levels at birth: nothing is expressed yet."""
        return (0.0,) * len(self.network)

    def advanced(
        self, levels: Levels, signals: Sequence[float], step: float, steps: int
    ) -> Levels:
        """Return the levels after so many steps of a fixed length.

        By the exponential Euler method: production is held for a step, decay is exact. Levels
        stay between zero and the greatest production over decay for steps of any length.
        """
        for _ in range(steps):
            made = [gene.production(levels, signals) for gene in self.network]
            levels = tuple(
                rate / gene.decay + (x - rate / gene.decay) * math.exp(-gene.decay * step)
                for gene, rate, x in zip(self.network, made, levels, strict=True)
            )
        return levels

    def drive(self, levels: Levels, stage: int) -> float:
        """Return what a stage reads, clipped to [0, 1]; later stages read as the last listed."""
        gene = self.readout[min(stage, len(self.readout) - 1)] % len(levels)
        return min(1.0, max(0.0, levels[gene]))


def hill(x: float, half_saturation: float, coefficient: float) -> float:
    """Return the share of promoters that x occupies: one half where x is `half_saturation`."""
    if x <= 0.0:
        return 0.0
    ratio = math.pow(x / half_saturation, coefficient)
    return ratio / (1.0 + ratio)


def sensed(train_loss: float, previous_loss: float, gradient_norm: float, guess: float) -> Signals:
    """Turn an epoch's figures into signals in [0, 1].

    The loss in units of guessing (`guess`), the share by which it fell since the epoch before, and
    where the gradient norm lies between 0.001 and 10 on a log scale.
    """
    slope = (previous_loss - train_loss) / previous_loss if previous_loss > 0.0 else 0.0
    span = math.log(GREATEST_NORM / LEAST_NORM)
    norm = math.log(max(gradient_norm, LEAST_NORM) / LEAST_NORM) / span
    return _share(train_loss / guess), _share(slope), _share(norm)


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
