"""Turns males into the features that predictors read; keeps the encoding of the space."""

from __future__ import annotations

from collections.abc import Sequence

from evo.strategy import Individual, SearchContext
from fitness.prediction.features import Features
from fitness.prediction.history import History
from genomes.genes.encoding import Encoding
from genomes.genes.gene import Struct


class FeatureEncoder:
    """Makes the features of males of one search; `history` bundles them as matrices."""

    def __init__(self, context: SearchContext) -> None:
        body = {name: g for name, g in context.space.chromosomes.items() if name != "predictor"}
        self._encoding = Encoding(Struct(body))
        self._outcomes = context.axes.names

    def of(self, individual: Individual) -> Features:
        """Return the features of a male: never anything of his adult life."""
        return Features(
            genome=individual.genome.id,
            features=self._encoding.vector(individual.genome.chromosomes),
            costs=individual.costs,
            pedigree=individual.pedigree,
            curve=individual.juvenile.curve if individual.juvenile else (),
            shown=individual.juvenile.features if individual.juvenile else {},
        )

    def history(self, individuals: Sequence[Individual]) -> History:
        """Bundle the features of males, oldest first."""
        return History([self.of(individual) for individual in individuals], self._outcomes)
