"""Finds an individual of a run by its id, or says which id is near."""

from __future__ import annotations

import difflib

from evo.errors import BadInput
from evo.record.store import Store
from genomes.genes.genome import Genome


def find_genome(store: Store, identity: str) -> Genome:
    """Return the genome; raise `BadInput` with the nearest id, without listing hundreds."""
    found = store.find_genome(identity)
    if found is not None:
        return found
    near = difflib.get_close_matches(identity, [genome.id for genome in store.genomes()], n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise BadInput(f"unknown genome {identity!r}.{hint} pareto.csv lists those on the front.")
