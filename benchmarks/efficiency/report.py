"""The tables and goals of a study, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.efficiency.compare import reached, scores
from benchmarks.efficiency.methods import OURS, PEERS, RIVAL
from benchmarks.efficiency.problem import Problem
from benchmarks.efficiency.study import Run
from evo.pareto.statistics import a12, mann_whitney

SHARES = (0.25, 0.5, 1.0)  # of the budget
BUDGET_SHARE, SUPERIORITY = 0.5, 0.8  # goals: at most and at least
CLOSE = 0.001  # of the better end

Runs = Mapping[str, Sequence[Run]]  # by method


@dataclass(frozen=True)
class Comparison:
    """Ours against one method, after what the method may spend.

    `share` is how much of that ours needs for the median at which the method ends.
    """

    a12: float
    p: float
    share: float

    @classmethod
    def of(cls, ours: Sequence[Run], theirs: Sequence[Run]) -> Comparison:
        end = min(run.budget for run in theirs)
        a, b = scores(ours, end), scores(theirs, end)
        share = reached(ours, float(np.median(b))) / end
        return cls(a12(a, b), mann_whitney(a, b), share if share <= 1.0 else np.inf)


def table(problem: Problem, runs: Runs) -> str:
    """Return a line for every method: scores, ours against it, and what a run takes."""
    heads = "".join(f"{f'at {share:.0%}':>22}" for share in SHARES)
    lines = [
        problem.title,
        f"{'':<20}{'seeds':>5}{heads}{'A12':>7}{'p':>9}{'share':>7}{'test':>7}{'s':>7}",
    ]
    for method, done in runs.items():
        cells = "".join(f"{_cell(done, share * problem.budget):>22}" for share in SHARES)
        against = ""
        if method != OURS and OURS in runs:
            c = Comparison.of(runs[OURS], done)
            against = f"{c.a12:.2f}{c.p:>9.2g}{_number(c.share, 2):>7}"
        tested = [run.test for run in done if run.test is not None]
        test = f"{np.median(tested):.3f}" if tested else ""
        seconds = np.median([run.seconds for run in done])
        lines.append(
            f"{method:<20}{len(done):>5}{cells}{against:>23}{test:>7}{seconds:>7.1f}".rstrip()
        )
    return "\n".join(lines) + "\n"


def _cell(runs: Sequence[Run], spent: float) -> str:
    values = scores(runs, spent)
    if len(values) < len(runs):
        return "–"
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:.4f} {low:.3f}–{high:.3f}"


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if np.isfinite(value) else "never"


def goals(problems: Sequence[Problem], runs: Mapping[str, Runs]) -> str:
    """Return a line for every goal: the worst problem of each decides."""
    lines = [_peer_goal(title, names, runs) for title, names in PEERS.items()]
    lines += [_rival_goal(problem, runs[problem.name]) for problem in problems]
    return "\n".join(line for line in lines if line) + "\n"


def _peer_goal(title: str, names: Sequence[str], runs: Mapping[str, Runs]) -> str:
    compared = {
        f"{name} on {problem}": Comparison.of(done[OURS], done[name])
        for problem, done in runs.items()
        for name in names
        if name in done and OURS in done
    }
    if not compared:
        return ""
    slow = max(compared, key=lambda name: compared[name].share)
    weak = min(compared, key=lambda name: compared[name].a12)
    met = compared[slow].share <= BUDGET_SHARE and compared[weak].a12 >= SUPERIORITY
    return (
        f"against {title}: budget share {_number(compared[slow].share, 2)} ({slow}; goal at most "
        f"{BUDGET_SHARE}), A12 {compared[weak].a12:.2f} ({weak}; goal at least {SUPERIORITY}): "
        f"{_verdict(met)}"
    )


def _rival_goal(problem: Problem, runs: Runs) -> str:
    """Compare when the medians come close to the better end of the two."""
    if OURS not in runs or RIVAL not in runs:
        return ""
    end = max(float(np.median(scores(runs[name], problem.budget))) for name in (OURS, RIVAL))
    ours, theirs = (reached(runs[name], end * (1.0 - CLOSE)) for name in (OURS, RIVAL))
    return (
        f"against the {RIVAL} on {problem.name}: the medians are within {CLOSE:.1%} of the better "
        f"end, {end:.4f}, after {_trainings(ours, problem)} to {_trainings(theirs, problem)} "
        f"trainings' worth of epochs: {_verdict(ours <= theirs)}"
    )


def _trainings(epochs: float, problem: Problem) -> str:
    most = problem.budget // problem.full
    return f"{epochs / problem.full:.0f}" if np.isfinite(epochs) else f"over {most}"


def _verdict(met: bool) -> str:
    return "met" if met else "MISSED"
