"""Watches the memory of a network at work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from genomes.networks.network import Network
from genomes.networks.remembering.layer import TimescaleMemory
from genomes.networks.remembering.notes import Notes


@contextmanager
def watching(network: Network, found: dict[str, float]) -> Iterator[None]:
    """Note what the memory does with all windows that the network is run on within.

    On leaving, `found` gets the means by name; nothing where there is no memory.
    """
    layers = [module for module in network.modules() if isinstance(module, TimescaleMemory)]
    for layer in layers:
        layer.notes = Notes()
    try:
        yield
    finally:
        for layer in layers:
            notes, layer.notes = layer.notes, None
            if notes is not None and notes.memories:
                found.update(notes.means())
