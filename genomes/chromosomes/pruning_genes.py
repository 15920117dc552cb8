"""The pruning chromosome: when in training how much is silenced, by which measure, in what units.

Names are literal: the curves and criteria themselves live in `fitness`, which this never imports.
"""

from __future__ import annotations

from genomes.chromosomes import regulation_genes
from genomes.chromosomes.epigenome import MAXIMUM_STAGES
from genomes.genes.gene import Choice, Conditional, ListOf, Real, Struct

CURVES = ("linear", "cubic", "exponential", "step")
CRITERIA = ("magnitude", "taylor", "movement", "activation-variance", "random")
GRANULARITIES = ("channel", "weight")
SCHEDULES = ("curve", "gene-network")

TEXTBOOK = {
    "final_sparsity": (0.0,) * MAXIMUM_STAGES,
    "regrowth": 0.0,
    "schedule": "curve",
    "curve": "cubic",
}


def genes() -> Struct:
    """Return the genes of the chromosome.

    `start` and `end` are fractions of the adult epochs; `final_sparsity` is the share silenced at
    the end, one number a stage. Under the schedule `gene-network` it is the share silenced while
    the gene that the stage reads is fully expressed. `regrowth` is the share of what is silenced
    that returns at `start`, in exchange for as much else; it falls to none at `end`.
    """
    return Struct(
        {
            "start": Real(0.0, 0.5),
            "end": Real(0.5, 0.9),
            "final_sparsity": ListOf(Real(0.0, 0.95, skew=2.0), MAXIMUM_STAGES, MAXIMUM_STAGES),
            "criterion": Choice(CRITERIA),
            "granularity": Choice(GRANULARITIES),
            "regrowth": Real(0.0, 0.5, skew=3.0),
            "schedule": Choice(SCHEDULES),
            "curve": Conditional(Choice(CURVES), when={"schedule": "curve"}),
            "regulation": Conditional(regulation_genes.genes(), when={"schedule": "gene-network"}),
        }
    )
