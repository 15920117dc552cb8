"""The language models that are compared, as genes: nearly as many parameters, all else equal.

The standard one is the textbook's first transformer. Its rivals differ from it in one gene; the
recurrent one has as many units as bring its parameters nearest.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from typing import Any

from genomes.chromosomes.mechanism_registry import switching_off
from genomes.chromosomes.space import decode, network_space, textbook
from genomes.genes.gene import Record
from genomes.graph.interface import Interface

STANDARD, RECURRENT = "standard", "gru"
CONTROL = {
    "control": True, "control_threshold": 0.2, "control_half_life": 8, "control_pressure": 0.001
}  # fmt: skip
# Genes of architecture by which each differs from the standard transformer.
CHANGES: Mapping[str, Mapping[str, Any]] = {
    STANDARD: {},
    "experts": {"experts": 8},
    "exits": {"exits": True, "exit_confidence": 0.5},
    "window": {"context": 0.25},
    RECURRENT: {},
    "control": CONTROL,
}
BATCH = 8
MOST_UNITS = 1024


def genes(name: str, interface: Interface) -> Record:
    """Return the expressed chromosomes of a rival for a text."""
    known = _known("gru" if name == RECURRENT else "transformer", interface)
    if name == RECURRENT:
        return known.replacing(architecture=_recurrent(interface))
    changes = dict(CHANGES[name])
    architecture = known["architecture"]
    context = changes.pop("context", 1.0)
    blocks = tuple(block.replacing(context=context) for block in architecture["blocks"])
    return known.replacing(architecture=architecture.replacing(blocks=blocks, **changes))


def _known(family: str, interface: Interface) -> Record:
    """Return the textbook's first network of a family, trained as it says there."""
    space = network_space(family=family, interface=interface, batch_sizes=(BATCH,))
    space = space.pin(switching_off(["none"]))
    drawn = space.sample("textbook", "male", random.Random(0)).expressed()
    return textbook(0, drawn, space)


@cache
def _recurrent(interface: Interface) -> Record:
    known = _known("gru", interface)
    wanted = decode(genes(STANDARD, interface), interface).dense_parameters()

    def far(units: int) -> int:
        tried = known.replacing(architecture=_with_units(known["architecture"], units))
        return abs(decode(tried, interface).dense_parameters() - wanted)

    return _with_units(known["architecture"], min(range(1, MOST_UNITS), key=far))


def _with_units(architecture: Record, units: int) -> Record:
    return architecture.replacing(layers=(Record(units=units),))
