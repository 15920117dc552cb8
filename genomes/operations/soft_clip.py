"""Operation `soft_clip`: bends what is far away to less than 3, and leaves what is near.

x / sqrt(1 + (x / 3)^2), as Holzmueller et al. (2024, https://arxiv.org/abs/2407.04491) put it
behind robust scaling.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape
from genomes.graph.table_inputs import REACH

LARGEST = 1e6  # what is beyond counts as this: its square is a number in any type
SOURCE = f'''

def soft_clip(x: Tensor) -> Tensor:
    """Bend what is far from zero to less than {REACH}."""
    x = x.clamp(-{LARGEST}, {LARGEST})
    return x / (1.0 + (x / {REACH}) ** 2).sqrt()
'''


def bent(x: Any) -> Any:
    """Map numbers of any shape to numbers between -3 and 3."""
    x = x.clamp(-LARGEST, LARGEST)
    return x / (1.0 + (x / REACH) ** 2).sqrt()


class SoftClip(Operation):
    """Bend each number by itself."""

    is_pointwise = True
    bends = True

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        # bounds 2, ratio 1, square and sum 2, root 1, ratio 1
        return 7 * prod(target)

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def words(self, node: Node) -> str:
        return f"bend what is beyond {REACH:g}"

    def call(self, node: Node, source: Shape) -> str:
        return "soft_clip({0})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(bent)


OPERATION = SoftClip()
