"""Turns males into the dossiers that females look at, and keeps the encoding of the space."""

from __future__ import annotations

from collections.abc import Sequence

from evo.strategy import Life, World
from fitness.prediction.features import Dossier
from fitness.prediction.history import Archive
from genomes.genes.encoding import Encoding
from genomes.genes.gene import Struct


class Dossiers:
    """Writes dossiers for one world; `archive` bundles them as matrices for all females."""

    def __init__(self, world: World) -> None:
        body = {name: g for name, g in world.space.chromosomes.items() if name != "predictor"}
        self._encoding = Encoding(Struct(body))
        self._outcomes = world.axes.names

    def of(self, life: Life) -> Dossier:
        """Write down what may be known of a male: never anything of his adult life."""
        return Dossier(
            genome=life.genome.id,
            features=self._encoding.vector(life.genome.chromosomes),
            costs=life.costs,
            pedigree=life.pedigree,
            curve=life.juvenile.curve if life.juvenile else (),
            shown=life.juvenile.features if life.juvenile else {},
        )

    def archive(self, lives: Sequence[Life]) -> Archive:
        """Bundle the dossiers of males, oldest first."""
        return Archive([self.of(life) for life in lives], self._outcomes)
