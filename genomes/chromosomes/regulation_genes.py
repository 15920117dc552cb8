"""The genes of a small regulatory network: which gene regulates which, how strongly and how fast.

What the levels drive, and the kinetics, live in `fitness`, which this never imports.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from genomes.chromosomes.epigenome import MAXIMUM_STAGES
from genomes.genes.gene import Columns, Integer, ListOf, Real, Record, Struct, Value

MINIMUM_GENES, MAXIMUM_GENES = 2, 4
SIGNALS = ("loss", "slope", "gradient")  # what the promoters sense
_SENSING = Record(
    basal=0.0, decay=0.5, half_saturation=0.3, hill=4.0,
    inputs=(0.25, 0.0, 0.0, 0.0), promoters=(-0.2, -0.15, 0.0),
)  # fmt: skip
_IDLE = Record(
    basal=0.0, decay=1.0, half_saturation=0.3, hill=4.0, inputs=(0.0,) * 4, promoters=(0.0,) * 3
)
# A network that a person would write down: its first gene is made where the loss is low and no
# longer falls, and holds itself up once it is there. Every stage reads it.
TEXTBOOK = Record(network=(_SENSING, _IDLE), readout=(0,) * MAXIMUM_STAGES)


@dataclass(frozen=True)
class RegulationGene:
    """A regulatory network as one gene, in which one number changes at a time.

    Predictors are not shown its dozens of numbers, but what they are expected to do: the planned
    active ratio.
    """

    struct: Struct

    def sample(self, rng: random.Random) -> Record:
        return self.struct.sample(rng)

    def mutate(self, value: Value, rng: random.Random) -> Record:
        return self.struct.mutate(value, rng)

    def crossover(self, a: Value, b: Value, rng: random.Random) -> Record:
        return self.struct.crossover(a, b, rng)

    def check(self, value: Value) -> Record:
        return self.struct.check(value)

    def encode(self) -> Columns:
        return Columns()


def genes() -> RegulationGene:
    """Return the gene of a regulatory network.

    Each of two to four regulatory genes has a `basal` rate, a `decay`, a `half_saturation` and a
    `hill` coefficient for all that acts on it, and signed weights, positive for activators and
    negative for repressors: `inputs` of the genes 0 to 3, `promoters` of `SIGNALS`. Time is
    counted in tenths of the adult training. `readout` names the gene that each stage reads,
    modulo how many there are.
    """
    weight = Real(-1.0, 1.0)
    gene = Struct(
        {
            "basal": Real(0.0, 0.2),
            "decay": Real(0.5, 8.0, log=True),
            "half_saturation": Real(0.05, 1.0, log=True),
            "hill": Real(1.0, 8.0, log=True),
            "inputs": ListOf(weight, MAXIMUM_GENES, MAXIMUM_GENES),
            "promoters": ListOf(weight, len(SIGNALS), len(SIGNALS)),
        }
    )
    return RegulationGene(
        Struct(
            {
                "network": ListOf(gene, MINIMUM_GENES, MAXIMUM_GENES),
                "readout": ListOf(Integer(0, MAXIMUM_GENES - 1), MAXIMUM_STAGES, MAXIMUM_STAGES),
            }
        )
    )
