"""Does a search that is told of corruption find networks that withstand it better?

Usage: python benchmarks/robust_objective.py [--seeds 6]
           [--output results/reference/robust_objective.txt]

Pairs of short searches on digits: 8 generations, 2 epochs young, 10 adult. One has the objectives
accuracy and active parameters, the other one `robust_accuracy` as well; seed, budget and all else
are equal. A user who wants robustness takes of the second front the network with the best
`robust_accuracy`. Of the first one he takes the most accurate, or measures the whole front under
corruption afterwards and takes the best of that: the control, for it has the same choice without
the objective. Each is measured on test data: accuracy on clean inputs, and its mean over all
corruptions and severities of `evo stress`, of which the objective knows severity 3 on validation
data. All that, too, among networks of at most 1,000 active parameters. Differences are paired by
seed; their intervals are Student's, of 95 %. The seeds are 0, 1, ...
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

import evo
from benchmarks.stress import stress_data
from evo.export.export_network import trained_network
from evo.export.exported import plain_network
from evo.pareto.statistics import student_t
from evo.record.lookup import find_adult
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.running.parts import Parts, prepared
from evo.settings.config import build
from evo.stress.corrupted_answers import CorruptedAnswers
from evo.stress.stress_data import StressData
from evo.stress.subjects import Subject
from fitness.stress.corruption import corruptions_for

OBJECTIVES = {
    "without": ("accuracy", "active_parameters"),
    "with": ("accuracy", "robust_accuracy", "active_parameters"),
}
BUDGET = {"task": "digits", "runner": "serial", "generations": 8, "stages": (2, 10)}
CHOICES = {  # of which front, by which column
    "without, most accurate": ("without", "accuracy"),
    "without, best under corruption": ("without", "robust_accuracy"),
    "with, best under corruption": ("with", "robust_accuracy"),
}
OWN = "with, best under corruption"
LIMITS = (math.inf, 1000.0)  # active parameters
FIGURES = ("clean", "corrupted", "active")


@dataclass(frozen=True)
class Bench:
    """What all searches share: data of the test, and how a network is measured."""

    parts: Parts
    data: StressData

    @classmethod
    def of(cls) -> Bench:
        """Load the task."""
        settings = {**BUDGET, "objectives": OBJECTIVES["with"]}
        task, config = prepared(build(settings))
        parts = Parts.of(config, task)
        return cls(parts, stress_data(task, parts))

    def front(self, objectives: tuple[str, ...], seed: int) -> pd.DataFrame:
        """Search; return the front with all figures of each member, on validation and on test."""
        with tempfile.TemporaryDirectory() as results:
            given: Any = {**BUDGET, "objectives": objectives, "seed": seed, "results": results}
            found = evo.run(**given, name="x", progress=False)
            folder, rows = RunFolder(Path(results) / "x"), found.front
            with Store.open(folder.database, read_only=True) as store:
                adults = [find_adult(store, genome) for genome in rows["genome"]]
            more = [self._measured(folder, adult) for adult in adults]
        kept = rows[["genome", "accuracy", "active_parameters"]].reset_index(drop=True)
        return kept.join(pd.DataFrame(more))

    def _measured(self, folder: RunFolder, adult: object) -> dict[str, float]:
        evaluator = self.parts.evaluator
        network = trained_network(folder, evaluator, adult)  # type: ignore[arg-type]
        robust = evaluator.corrupted.accuracy(network, evaluator.numerics)
        subject = Subject("one", plain_network(network, evaluator.task.target))
        suited = corruptions_for(self.data.facts)[0]
        answers = CorruptedAnswers.of([subject], self.data, suited, seed=0)
        clean, corrupted = answers.levels("one")
        return {"robust_accuracy": robust, "clean": clean, "corrupted": corrupted}


def chosen(fronts: dict[str, pd.DataFrame], seed: int) -> Iterator[dict[str, object]]:
    """Yield the figures of each choice within each limit; none where nobody keeps to it."""
    for limit in LIMITS:
        for name, (front, column) in CHOICES.items():
            within = fronts[front][fronts[front]["active_parameters"] <= limit]
            if within.empty:
                continue
            order = within.sort_values([column, "active_parameters"], ascending=[False, True])
            row = order.iloc[0]
            figures = {"clean": row["clean"], "corrupted": row["corrupted"]}
            active = row["active_parameters"]
            yield {"seed": seed, "limit": limit, "choice": name, **figures, "active": active}


def lines(table: pd.DataFrame, seeds: int) -> Iterator[str]:
    """Yield means over seeds, and differences that are paired by seed."""
    for limit, rows in table.groupby("limit", sort=False):
        of = "any size" if limit == math.inf else f"at most {limit:,.0f} active parameters"
        yield f"{of}: mean over {seeds} seeds, deviation between seeds in brackets"
        yield f"{'test accuracy, %':<34}" + "".join(f"{name:>20}" for name in FIGURES)
        for name in CHOICES:
            own = rows[rows["choice"] == name]
            yield f"{name:<34}" + "".join(f"{cell:>20}" for cell in _cells(own, _mean))
        yield f"'{OWN}' minus, in points, with 95 % intervals"
        ours = rows[rows["choice"] == OWN].set_index("seed")
        for name in CHOICES:
            if name != OWN:
                theirs = rows[rows["choice"] == name].set_index("seed")
                gap = (ours[list(FIGURES)] - theirs[list(FIGURES)]).dropna()
                yield f"{name:<34}" + "".join(f"{cell:>20}" for cell in _cells(gap, _interval))
        yield ""


def _cells(rows: pd.DataFrame, word: Callable[[pd.Series, int], str]) -> list[str]:
    scaled = {"clean": (100, 2), "corrupted": (100, 2), "active": (1, 0)}
    return [word(rows[name] * factor, digits) for name, (factor, digits) in scaled.items()]


def _mean(values: pd.Series, digits: int) -> str:
    return f"{values.mean():,.{digits}f} ({values.std():,.{digits}f})"


def _interval(values: pd.Series, digits: int) -> str:
    half = student_t(len(values) - 1) * values.std() / math.sqrt(len(values))
    return f"{values.mean():+,.{digits}f} +- {half:,.{digits}f}"


def main() -> None:
    """Search in pairs, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    bench, rows = Bench.of(), []
    for seed in range(arguments.seeds):
        fronts = {name: bench.front(asked, seed) for name, asked in OBJECTIVES.items()}
        found = list(chosen(fronts, seed))
        rows += found
        print(pd.DataFrame(found).to_string(), file=sys.stderr, flush=True)
        text = "\n".join(lines(pd.DataFrame(rows), seed + 1)) if seed else ""
        if arguments.output:  # after each pair: it takes a while
            arguments.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
