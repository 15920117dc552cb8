"""Pedigree: what is known of a male from the results of his parents and kin, before he is trained.

Keeps one row of objectives for every adult of the run, and who fathered whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evo.strategy import Individual
from fitness.prediction.features import pedigree_features
from genomes.genes.genome import Genome


class Pedigree:
    """Results by individual, and the grown children of every parent."""

    def __init__(self, objectives: tuple[str, ...]) -> None:
        self.objectives = objectives
        self._results: dict[str, dict[str, float]] = {}
        self._children: dict[str, list[str]] = {}

    def record(self, individual: Individual) -> None:
        """Enter an adult's true objectives, under his own id and as his parents' child."""
        genome = individual.genome
        self._results[genome.id] = {name: individual.objectives[name] for name in self.objectives}
        for parent in genome.parents:
            self._children.setdefault(parent, []).append(genome.id)

    def of(self, genome: Genome) -> dict[str, float]:
        """Return features by name, NaN where nothing is known.

        Parents are those with results of their own (fathers, as a rule); kin are the grown
        children of either parent, the individual himself left out.
        """
        parents = [self._results[p] for p in genome.parents if p in self._results]
        kin = {
            child: self._results[child]
            for parent in genome.parents
            for child in self._children.get(parent, [])
            if child != genome.id
        }
        return pedigree_features(parents, list(kin.values()), self.objectives)

    def state(self) -> dict[str, Any]:
        """Return plain JSON data for `restore`."""
        return {"results": self._results, "children": self._children}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what `state` returned."""
        self._results = {name: dict(row) for name, row in state["results"].items()}
        self._children = {name: list(ids) for name, ids in state["children"].items()}
