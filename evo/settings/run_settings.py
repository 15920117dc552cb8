"""How a run searches, whatever it searches: `evo run` and `evo.search` agree on these."""

from __future__ import annotations

from dataclasses import dataclass, field

from evo.engine.engine import Limits
from evo.strategy import Inherit, Operators, Settings
from genomes.genes.genome import Genome


@dataclass(frozen=True)
class RunSettings:
    """Strategy, breeding, and when the run ends; `operators` and `founders` are the user's.

    With `peers_teach` the best of the living may teach, where genes have it so.
    """

    strategy: str
    breeding: Settings
    seed: int
    limits: Limits
    overlap: int = 0
    inherit: Inherit = "marks"
    founders: tuple[Genome, ...] = ()
    operators: Operators = field(default_factory=dict)
    peers_teach: bool = True
