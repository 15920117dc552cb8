"""Lateral inhibition: neighbouring channels or positions of a stage damp each other."""

from genomes.graph.inhibition import CHANNELS, NONE

DEFAULT = False
# The genes of what does not act are fixed too, so that nothing is drawn or encoded for them.
NEVER = {"over": CHANNELS, "width": 1.0, "strength": 1.0, "ratio": 1.5}
OFF = {
    f"architecture.*.inhibition.{gene}": value for gene, value in {"kind": NONE, **NEVER}.items()
}
