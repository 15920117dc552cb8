"""The figure of a set of problems: medians of all methods, with the quartiles as bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes as Panel

from benchmarks.efficiency.compare import quartiles
from benchmarks.efficiency.methods import OURS, RIVAL
from benchmarks.efficiency.problem import Problem
from benchmarks.efficiency.report import Runs

# Okabe and Ito's colours, which the colour-blind tell apart. evo's lines are solid, and relatives
# share a colour.
LOOKS = {
    "gendered": ("#D55E00", "-"),
    "nsga2": ("#0072B2", "-"),
    "regularized": ("#009E73", "-"),
    "local": ("#CC79A7", "-"),
    "successive-halving": ("#56B4E9", "-"),
    "random": ("#999999", "-"),
    "ridge": ("#000000", "--"),
    "optuna-nsga2": ("#0072B2", "--"),
    "optuna-tpe": ("#E69F00", "--"),
    "optuna-gp": ("#009E73", "--"),
    "pymoo-nsga2": ("#0072B2", ":"),
    "mo-asha": ("#56B4E9", "--"),
}
BANDS = (OURS, RIVAL)  # more would hide each other
WIDTH, HEIGHT = 3.4, 2.1  # inches of a panel: a column of a paper
LEGEND = 0.6  # inches
BEGIN = 0.1  # share of the budget from which scores are shown


def draw(problems: Sequence[Problem], runs: Mapping[str, Runs], path: Path) -> None:
    """Draw one panel above the other, and the legend below."""
    with plt.rc_context({"font.size": 7, "axes.linewidth": 0.5}):
        size = (WIDTH, HEIGHT * len(problems) + LEGEND)
        figure, panels = plt.subplots(
            len(problems), 1, figsize=size, squeeze=False, layout="constrained"
        )
        for problem, panel in zip(problems, panels[:, 0], strict=True):
            _panel(panel, problem, runs[problem.name])
        named = {
            text: line
            for p in panels[:, 0]
            for line, text in zip(*p.get_legend_handles_labels(), strict=True)
        }
        figure.legend(
            named.values(), named.keys(), loc="outside lower center", ncols=3, frameon=False
        )
        figure.savefig(path, dpi=300, bbox_inches="tight")
        plt.close(figure)


def _panel(panel: Panel, problem: Problem, runs: Runs) -> None:
    lowest, highest = 1.0, 1.0 if problem.best_known else 0.0
    for method, done in runs.items():
        colour, dash = LOOKS[method]
        spent, low, middle, high = quartiles(done, problem.budget)
        shown = spent >= BEGIN * problem.budget
        trainings = spent[shown] / problem.full
        front = 3 if method == OURS else 2
        panel.plot(
            trainings, middle[shown], dash, color=colour, label=method, zorder=front,
            linewidth=1.8 if method == OURS else 1.0,
        )  # fmt: skip
        if method in BANDS:
            panel.fill_between(trainings, low[shown], high[shown], color=colour, alpha=0.2, lw=0)
        at = shown.argmax() + len(trainings) // 8
        lowest = min(lowest, float(middle[at]))
        highest = max(highest, float(high.max()))
    panel.set_ylim(lowest, highest)
    panel.set_title(problem.name)
    panel.set_xlabel("trainings' worth of epochs")
    panel.set_ylabel("share of the best" if problem.best_known else "hypervolume")
    panel.grid(linewidth=0.3, alpha=0.5)
    panel.spines[["top", "right"]].set_visible(False)
