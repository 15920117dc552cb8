"""Which nodes of a child's network continue which of its parent's, by what they are called.

A node's name tells its history: the word before the first "_" is its unit ("stage0", "layer2",
"head"), the rest its role there. Numbered units of a kind are aligned in order, for stages come
and go; nodes of aligned units belong together if role and operation are the same. Free of torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from genomes.graph.node import Node
from genomes.graph.spec import NetworkSpec

Unit = Mapping[str, Node]  # by role


def counterparts(parent: NetworkSpec, child: NetworkSpec) -> dict[str, str]:
    """Map the child's nodes to the parent's nodes of the same history and operation."""
    theirs, ours = _units(parent), _units(child)
    found: dict[str, str] = {}
    for kind in ours.keys() & theirs.keys():
        for old, new in _aligned(parent, child, theirs[kind], ours[kind]):
            for role, node in new.items():
                if role in old and old[role].operation == node.operation:
                    found[node.name] = old[role].name
    return found


def _units(spec: NetworkSpec) -> dict[str, list[Unit]]:
    """Return the units of each kind in order of appearance."""
    kinds: dict[str, dict[str, dict[str, Node]]] = {}
    for node in spec.nodes:
        unit, _, role = node.name.partition("_")
        units = kinds.setdefault(unit.rstrip("0123456789"), {})
        units.setdefault(unit, {})[role] = node
    return {kind: list(units.values()) for kind, units in kinds.items()}


def _aligned(
    parent: NetworkSpec, child: NetworkSpec, theirs: Sequence[Unit], ours: Sequence[Unit]
) -> list[tuple[Unit, Unit]]:
    """Pair units in order so that most weights line up (Needleman and Wunsch 1970)."""
    if len(theirs) == len(ours) == 1:
        return [(theirs[0], ours[0])]
    likeness = [[_likeness(parent, child, old, new) for new in ours] for old in theirs]
    best = [[0.0] * (len(ours) + 1) for _ in range(len(theirs) + 1)]
    for i, row in enumerate(likeness):
        for j, alike in enumerate(row):
            best[i + 1][j + 1] = max(best[i][j + 1], best[i + 1][j], best[i][j] + alike)
    pairs = []
    i, j = len(theirs), len(ours)
    while i and j:
        alike = likeness[i - 1][j - 1]
        if alike > 0 and best[i][j] == best[i - 1][j - 1] + alike:
            i, j = i - 1, j - 1
            pairs.append((theirs[i], ours[j]))
        elif best[i][j] == best[i - 1][j]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _likeness(parent: NetworkSpec, child: NetworkSpec, old: Unit, new: Unit) -> float:
    """Add up how far the weights of equal roles overlap, each at most one."""
    total = 0.0
    for role, node in new.items():
        weighs = "weight" in child.tensors.get(node.name, ())
        if weighs and role in old and old[role].operation == node.operation:
            ours = child.tensors[node.name]["weight"]
            theirs = parent.tensors[old[role].name]["weight"]
            total += prod(map(min, ours, theirs)) / prod(map(max, ours, theirs))
    return total
