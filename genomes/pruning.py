"""The pruning chromosome: when in training how much is silenced, by which measure, in what units.

Names are literal: the curves and criteria themselves live in `fitness`, which this never imports.
"""

from __future__ import annotations

from genomes.epigenome import MAXIMUM_STAGES
from genomes.gene import Choice, ListOf, Real, Struct

CURVES = ("linear", "cubic", "exponential", "step")
CRITERIA = ("magnitude", "taylor", "activation-variance", "random")
GRANULARITIES = ("channel", "weight")

TEXTBOOK = {"final_sparsity": (0.0,) * MAXIMUM_STAGES}


def genes() -> Struct:
    """Return the genes of the chromosome.

    `start` and `end` are fractions of the adult epochs; `final_sparsity` is the share silenced at
    the end, one number a stage.
    """
    return Struct(
        {
            "start": Real(0.0, 0.5),
            "end": Real(0.5, 0.9),
            "final_sparsity": ListOf(Real(0.0, 0.95, skew=2.0), MAXIMUM_STAGES, MAXIMUM_STAGES),
            "curve": Choice(CURVES),
            "criterion": Choice(CRITERIA),
            "granularity": Choice(GRANULARITIES),
        }
    )
