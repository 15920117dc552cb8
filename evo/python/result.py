"""What a search of a user's function returns: tables of its front and of everything it tried."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from evo.errors import NothingSucceeded
from evo.pareto.dominance import Axes
from evo.pareto.front import Front
from evo.pareto.open_axes import OpenAxes
from evo.python.notebook import displayed
from evo.python.result_text import to_html, to_text
from evo.record.store import Store
from fitness.evaluation import Evaluation
from genomes.genes.gene import Struct
from genomes.genes.genome import Genome
from genomes.genes.user_space import flat_parameters, thawed

if TYPE_CHECKING:  # matplotlib is loaded by those who draw
    from matplotlib.figure import Figure

FIRST = ("evaluation", "generation", "genome", "stage", "epochs", "status", "reason")
LAST = ("epochs_spent", "hypervolume")
OWN = (*FIRST, *LAST)  # columns of `history` that no parameter or objective may have the name of


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """The outcome of `evo.search`.

    `front` holds one row for each non-dominated adult, parameters first, then objectives; nested
    parameters have dotted names. `history` holds one row for each call of the function, in order,
    with the epochs spent and the hypervolume of the front by then. `generations` holds the
    summaries of the finished generations, `predictions` what was predicted of whom.

    `hypervolume` is that of the front against `reference`, in the objectives' own units (log10 on
    a log scale), so it can be compared among searches with the same reference. `reason` says why
    the search ended: budget, generations, minutes or exhausted. `folder` is None without a record.
    """

    front: pd.DataFrame
    history: pd.DataFrame
    generations: pd.DataFrame
    predictions: pd.DataFrame
    hypervolume: float
    reference: Mapping[str, float]
    reason: str
    folder: Path | None = None

    def __repr__(self) -> str:
        return to_text(self)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return to_html(self)

    def figure(self) -> Figure:
        """Draw the front, or of a single objective all adults over the epochs spent."""
        from evo.plots.search import search_figure

        name = "search" if self.folder is None else self.folder.name
        return displayed(search_figure(self.history, self.front, list(self.reference), name))


class SearchFailed(NothingSucceeded):
    """A search in which nothing succeeded; `result` has the whole history."""

    def __init__(self, text: str, result: Result) -> None:
        super().__init__(text, result.folder)
        self.result = result


def make_result(
    store: Store, front: Front, parameters: Struct, reason: str, folder: Path | None
) -> Result:
    """Gather the tables from the record of a search."""
    genomes = {genome.id: genome for genome in store.genomes()}
    evaluations = {evaluation.job: evaluation for evaluation in store.evaluations()}
    rows = [
        {
            "genome": member.genome,
            **_parameters(genomes[member.genome], parameters),
            **_ordered(evaluations[member.job].objectives, front.axes.names),
        }
        for member in front.members()
    ]
    main = front.axes.axes[0]
    table = pd.DataFrame(rows) if rows else pd.DataFrame(columns=["genome", *front.axes.names])
    table = table.sort_values(main.name, ascending=main.direction == "min", kind="stable")
    return Result(
        front=table.set_index("genome"),
        history=_history(store, genomes, evaluations, front.axes, parameters),
        generations=pd.DataFrame(store.generations()),
        predictions=_predictions(store),
        hypervolume=front.axes.volume(member.objectives for member in front.members()),
        reference=_reference(front.axes),
        reason=reason,
        folder=folder,
    )


def _reference(axes: Axes) -> dict[str, float]:
    """Return the reference point; NaN where it was not given and no adult has fixed it."""
    if isinstance(axes, OpenAxes) and not axes.settled:
        given = {plan.name: plan.reference for plan in axes.plans}
        return {name: math.nan if x is None else x for name, x in given.items()}
    return {axis.name: axis.reference for axis in axes.axes}


def _parameters(genome: Genome, parameters: Struct) -> dict[str, Any]:
    return flat_parameters(thawed(parameters, genome.chromosomes["parameters"]))


def _ordered(objectives: Mapping[str, float], first: Sequence[str]) -> dict[str, float]:
    known = [name for name in first if name in objectives]
    return {
        name: objectives[name] for name in [*known, *(n for n in objectives if n not in known)]
    }


def _history(
    store: Store,
    genomes: Mapping[str, Genome],
    evaluations: Mapping[str, Evaluation],
    axes: Axes,
    parameters: Struct,
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    seen: set[str] = set()
    spent, volume = 0.0, 0.0
    best: list[Mapping[str, float]] = []
    for trial in store.trials():
        evaluation = evaluations[trial.evaluation]
        if evaluation.job in seen:  # equal points are evaluated once
            continue
        seen.add(evaluation.job)
        spent += evaluation.costs.get("epochs", 0.0)
        if trial.stage == "adult" and evaluation.status == "ok":
            best = [*best, evaluation.objectives]
            keep = axes.nondominated(best)
            if keep[-1]:
                best = [row for row, stays in zip(best, keep, strict=True) if stays]
                volume = axes.volume(best)
            else:
                best = best[:-1]
        rows.append(
            {
                "evaluation": len(rows) + 1,
                "generation": trial.generation,
                "genome": trial.genome,
                "stage": trial.stage,
                "epochs": evaluation.to_epoch,
                "status": evaluation.status,
                "reason": evaluation.reason,
                **_parameters(genomes[trial.genome], parameters),
                **_ordered(evaluation.objectives, axes.names),
                "epochs_spent": spent,
                "hypervolume": volume,
            }
        )
    if not rows:
        return pd.DataFrame(columns=list(OWN))
    table = pd.DataFrame(rows)
    return table[[*(name for name in table.columns if name not in LAST), *LAST]]


def _predictions(store: Store) -> pd.DataFrame:
    rows = [
        {
            "generation": p.generation,
            "female": p.female,
            "male": p.male,
            "stage": p.stage,
            **{f"predicted_{name}": value for name, value in p.predicted.items()},
        }
        for p in store.predictions()
    ]
    return pd.DataFrame(rows)
