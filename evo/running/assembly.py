"""A run as one value, whatever it searches: what the engine needs besides record and listener.

It has two makers: `evo.running.parts` for networks of a task, `evo.python.search` for a function
of the user's own. It must know neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from evo.breeding.teaching import may_teach
from evo.engine.engine import Engine, Problem
from evo.engine.listener import Listener
from evo.pareto.dominance import Axes
from evo.pareto.front import Front
from evo.record.recorder import RunRecord
from evo.settings.run_settings import RunSettings
from evo.strategy import SearchContext, Strategy, inherits_weights, make_strategy
from fitness.evaluation import Evaluator
from genomes.genes.genome import Genome, Space
from runners.runner import Runner


class SearchProblem(Problem, Protocol):
    """What is searched: its jobs, its space, and what is known of a point beforehand."""

    @property
    def space(self) -> Space:
        """The chromosomes."""

    def costs(self, genome: Genome) -> Mapping[str, float]:
        """Return what is known without training; raise `Unviable` for a forbidden point."""


@dataclass(frozen=True)
class Run:
    """A run that is ready to begin."""

    settings: RunSettings
    problem: SearchProblem
    evaluator: Evaluator
    runner: Runner
    axes: Axes

    @property
    def context(self) -> SearchContext:
        """What the strategy may know."""
        settings = self.settings
        return SearchContext(
            space=self.problem.space,
            axes=self.axes,
            settings=settings.breeding,
            seed=settings.seed,
            costs=self.problem.costs,
            founders=settings.founders,
            inherit=settings.inherit,
            operators=settings.operators,
            peers_teach=settings.peers_teach,
        )

    def strategy(self) -> Strategy:
        """Return the strategy at its beginning."""
        return make_strategy(self.settings.strategy, self.context)

    def engine(self, record: RunRecord, front: Front, listener: Listener) -> Engine:
        """Return the engine that carries the run out, onto a front that has the run's axes."""
        taught = self.settings.peers_teach and may_teach(self.problem.space)
        return Engine(
            problem=self.problem,
            strategy=self.strategy(),
            runner=self.runner,
            record=record,
            front=front,
            limits=self.settings.limits,
            listener=listener,
            needs_adults=inherits_weights(self.settings.inherit) or taught,
            overlap=self.settings.overlap,
            stages=len(self.settings.breeding.stages),
        )
