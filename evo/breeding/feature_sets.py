"""Turns males into the features that predictors read; keeps the encoding of the space."""

from __future__ import annotations

from collections.abc import Sequence

from evo.strategy import Individual, LifeStage, SearchContext
from fitness.prediction.features import Features
from fitness.prediction.history import History
from genomes.chromosomes.predictor import CANDIDATE
from genomes.genes.encoding import Encoding
from genomes.genes.gene import Struct


class FeatureEncoder:
    """Makes the features of males of one search; `history` bundles them as matrices."""

    def __init__(self, context: SearchContext) -> None:
        body = {name: g for name, g in context.space.chromosomes.items() if name != "predictor"}
        self._encoding = Encoding(Struct(body))
        self._outcomes = context.axes.names
        self._decisions = {name: n for n, name in enumerate(context.settings.decisions)}

    def of(self, individual: Individual, stage: LifeStage) -> Features:
        """Return the features of a male at a stage of life: never anything that came later."""
        shown = None if stage == CANDIDATE else individual.shown_at(self._decisions[stage])
        return Features(
            genome=individual.genome.id,
            features=self._encoding.vector(individual.genome.chromosomes),
            costs=individual.costs,
            pedigree=individual.pedigree,
            curve=shown.curve if shown else (),
            shown=shown.features if shown else {},
        )

    def history(self, individuals: Sequence[Individual], stage: LifeStage) -> History:
        """Bundle the features of males at a stage of life, oldest first."""
        rows = [self.of(individual, stage) for individual in individuals]
        return History(rows, self._outcomes, self._encoding.names)
