"""pymoo's NSGA-II on mixed variables as a method (Blank and Deb 2020); duplicates eliminated.

Parents win binary tournaments, and a category mutates with the chance of one among all genes: by
default parents are drawn at random and every second category mutates, which is far worse on all
our problems. With one objective it is pymoo's mixed-variable genetic algorithm as it comes.
"""

from __future__ import annotations

import math
from typing import Any

from pymoo.algorithms.moo.nsga2 import NSGA2, binary_tournament
from pymoo.core.mixed import (
    MixedVariableDuplicateElimination,
    MixedVariableGA,
    MixedVariableMating,
    MixedVariableSampling,
)
from pymoo.core.problem import ElementwiseProblem
from pymoo.core.variable import Choice as Category
from pymoo.core.variable import Integer as Whole
from pymoo.core.variable import Real as Number
from pymoo.operators.mutation.rm import ChoiceRandomMutation
from pymoo.operators.selection.tournament import TournamentSelection
from pymoo.optimize import minimize

from benchmarks.efficiency.meter import Meter
from benchmarks.efficiency.problem import FlatGene
from genomes.genes.gene import Choice, Integer


class _Measured(ElementwiseProblem):  # type: ignore[misc]
    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.genes = meter.problem.space
        variables = {name: _variable(gene) for name, gene in self.genes.items()}
        super().__init__(vars=variables, n_obj=len(meter.problem.axes.axes))

    def _evaluate(self, x: Any, out: Any, *_: Any, **__: Any) -> None:
        out["F"] = self.meter.losses({name: _value(g, x[name]) for name, g in self.genes.items()})


def nsga2(meter: Meter, seed: int) -> None:
    """Search until the meter ends it."""
    size = meter.problem.population
    if len(meter.problem.axes.axes) == 1:
        algorithm = MixedVariableGA(pop_size=size)
    else:
        unequal = MixedVariableDuplicateElimination()
        mating = MixedVariableMating(
            selection=TournamentSelection(func_comp=binary_tournament),
            eliminate_duplicates=unequal,
        )
        share = 1.0 / len(meter.problem.space)
        mating.mutation = {**mating.mutation, Category: ChoiceRandomMutation(prob_var=share)}
        algorithm = NSGA2(
            pop_size=size,
            sampling=MixedVariableSampling(),
            mating=mating,
            eliminate_duplicates=unequal,
        )
    minimize(_Measured(meter), algorithm, ("n_gen", 10**6), seed=seed, copy_algorithm=False)


def _variable(gene: FlatGene) -> Any:
    """Return pymoo's variable; what is searched on a log scale varies as its logarithm."""
    if isinstance(gene, Choice):
        return Category(options=range(len(gene.options)))
    if gene.log:
        return Number(bounds=(math.log(gene.low), math.log(gene.high)))
    return (Whole if isinstance(gene, Integer) else Number)(bounds=(gene.low, gene.high))


def _value(gene: FlatGene, x: Any) -> Any:
    if isinstance(gene, Choice):
        return gene.options[int(x)]
    value = math.exp(x) if gene.log else float(x)
    value = min(gene.high, max(gene.low, value))
    return round(value) if isinstance(gene, Integer) else value
