"""Channel counts rounded up to a multiple: masked channels stay in the smaller network, unheard.

Some kernels are faster with full vectors of channels. What reads a channel that stays only for
the count has zero weights for it, so the answers are those of the masked network. Where channels
act on each other by other means than weights (some normalisations, lateral inhibition, gates) that
is not so: each group is tried by itself, and one that changes an answer is left alone.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from evo.errors import BadInput
from evo.export.check import example_inputs
from evo.export.exported import Fact
from genomes.graph.liveness import trace
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network
from genomes.networks.shrinking import masks_of, shrink

SAME = 1e-8  # of the greatest output, in float64
EXAMPLES = 7


@dataclass(frozen=True)
class Rounding:
    """Groups of channels that are rounded up, by their numbers, and to what multiple.

    `left` groups change answers if they are rounded, `short` ones have no masked channels enough.
    """

    multiple: int
    groups: Mapping[int, int] = field(default_factory=dict)
    left: int = 0
    short: int = 0

    @property
    def facts(self) -> dict[str, Fact]:
        """What the card says of it."""
        return {
            "rounded_to": self.multiple,
            "rounded_groups": len(self.groups),
            "unrounded_groups": self.left + self.short,
        }


def check_multiple(multiple: int | None) -> None:
    """Raise `BadInput` for a number that nothing can be rounded up to a multiple of."""
    if multiple is not None and multiple < 2:
        raise BadInput(f"--round-to: received {multiple}, expected at least 2, for instance 8")


def rounding_of(trained: Network, multiple: int) -> Rounding:
    """Return which groups of a masked network can be rounded up without changing an answer."""
    masks = masks_of(trained)
    kept = {} if masks.are_on() else trace(trained.spec, masks).kept()
    alone = _with_sites(trained.spec)
    odd = {group: flags for group, flags in kept.items() if flags.sum() % multiple}
    spare = {g for g, flags in odd.items() if flags.size >= -(-flags.sum() // multiple) * multiple}
    network = copy.deepcopy(trained).double().eval()
    found: dict[int, int] = {}
    for group in sorted(spare & alone):
        if _same(network, {**found, group: multiple}):
            found[group] = multiple
    left = len(spare & alone) - len(found)
    return Rounding(multiple, found, left, len(odd) - len(spare))


def _with_sites(spec: NetworkSpec) -> set[int]:
    """Return the groups that have masks of their own; others follow them."""
    layouts = (spec.channels[node.name] for node in spec.nodes)
    return {part.group for one in layouts for _, part in one.runs() if part.site is not None}


@torch.inference_mode()
def _same(network: Network, groups: Mapping[int, int]) -> bool:
    """Tell whether the shrunk network with rounded groups gives what the masked one does."""
    x = example_inputs(network, EXAMPLES)
    x = x.double() if x.is_floating_point() else x
    expected, given = network(x), shrink(network, groups)(x)
    allowed = SAME * max(1.0, float(expected.abs().max()))
    return bool((given - expected).abs().max() <= allowed)
