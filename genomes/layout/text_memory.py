"""A memory in a network for texts: its genes, and where it lies in the stream."""

from __future__ import annotations

from collections.abc import Mapping

from genomes.genes.gene import Choice, Conditional, Gene, Integer, Real, Record
from genomes.graph.sketch import Sketch

IF_ON = {"memory": True}
MEMORY: Mapping[str, Gene] = {
    "memory": Choice((False, True)),
    "memory_segment": Conditional(Choice((0.125, 0.25, 0.5)), IF_ON),  # shares of the window
    "memory_short": Conditional(Integer(16, 10_000, log=True), IF_ON),  # slots
    "memory_middle": Conditional(Integer(16, 50_000, log=True), IF_ON),
    "memory_long": Conditional(Integer(16, 200_000, log=True), IF_ON),
    "memory_found": Conditional(Integer(1, 32, log=True), IF_ON),  # entries of each tier
    "memory_middle_rate": Conditional(Real(0.01, 0.5, log=True), IF_ON),
    "memory_long_rate": Conditional(Real(0.001, 0.1, log=True), IF_ON),
    "memory_importance": Conditional(Real(0.1, 0.95), IF_ON),
    "memory_uses": Conditional(Integer(1, 20, log=True), IF_ON),
}


def remember(sketch: Sketch, values: Record, stage: int, x: str, stream: str) -> str:
    """Append heads that ask a memory for x; return the stream with what they found."""
    x = sketch.add(
        "memory",
        "timescale_memory",
        x,
        heads=values["heads"],
        head_size=values["head_size"],
        segment=max(1, round(values["memory_segment"] * sketch.input_shape[0])),
        sizes=tuple(values[f"memory_{tier}"] for tier in ("short", "middle", "long")),
        found=values["memory_found"],
        rates=(values["memory_middle_rate"], values["memory_long_rate"]),
        threshold=values["memory_importance"],
        uses=values["memory_uses"],
    )
    x = sketch.add("memory_mask", "mask", x, site="memory.heads", stage=stage)
    x = sketch.add("memory_merged", "merge_heads", x)
    width = sketch.shape(stream)[0]
    x = sketch.add("memory_joined", "linear", x, out_features=width, bias=False)
    x = sketch.dropout("memory_dropout", x, values["dropout"])
    return sketch.add("memory_sum", "add", stream, x)
