"""Classes: each by itself, what is taken for what, and how far probabilities can be trusted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.special import softmax

from evo.evaluation.output_names import output_names
from evo.evaluation.reliability import calibration_error, draw_reliability, reliability_table
from evo.export.by_group import Answers
from evo.plots.style import new_figure
from fitness.target import Target

OFTEN = 2  # examples that are confused, to be worth a word
NUMBERED = 20  # classes whose cells are written into the figure


def tables(answers: Answers, target: Target) -> dict[str, pd.DataFrame]:
    """Return `per_class`, `confusion` (true classes as rows) and `reliability`."""
    from sklearn.metrics import precision_recall_fscore_support

    y, found = answers.split.y, answers.kept.argmax(axis=1)
    names = output_names(answers, target)
    numbers = np.arange(len(names))
    precision, recall, f1, examples = precision_recall_fscore_support(
        y, found, labels=numbers, zero_division=0.0
    )
    confusion = np.zeros((len(numbers), len(numbers)), dtype=np.int64)
    np.add.at(confusion, (y, found), 1)
    probabilities = softmax(answers.kept.astype(np.float64), axis=1).max(axis=1)
    return {
        "per_class": pd.DataFrame(
            {
                "class": names,
                "examples": examples,
                "answered": confusion.sum(axis=0),
                "precision": precision,
                "recall": recall,
                "f1": f1,
            }
        ),
        "confusion": pd.DataFrame(confusion, columns=names).assign(true=names).set_index("true"),
        "reliability": reliability_table(probabilities, found == y),
    }


def words(found: Mapping[str, pd.DataFrame]) -> str:
    """Say how far probabilities are off, and which classes are confused most."""
    error = calibration_error(found["reliability"])
    text = f"probabilities are off by {100 * error:.2g} points on average (calibration error)"
    confusion = found["confusion"]
    wrong = confusion.to_numpy() * (1 - np.eye(len(confusion), dtype=np.int64))
    if wrong.max() < OFTEN:
        return text
    true, taken = divmod(int(wrong.argmax()), len(confusion))
    names = confusion.columns
    return f"{text}; {names[true]} is most often taken for {names[taken]} ({wrong.max():,} times)"


def draw_confusion(table: pd.DataFrame, title: str) -> Figure:
    """Draw the shares of each true class as colours, with the numbers where they can be read."""
    counts = table.to_numpy()
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    size = max(4.6, min(10.0, 0.45 * len(table) + 2.0))
    figure, axes = new_figure(size + 0.8, size)
    image = axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    figure.colorbar(image, ax=axes, label="share of the true class", shrink=0.8)
    axes.grid(False)
    if len(table) <= NUMBERED:
        ticks, names = range(len(table)), [str(name) for name in table.columns]
        axes.set_xticks(ticks, names, rotation=45 if max(map(len, names)) > 2 else 0)
        axes.set_yticks(ticks, names)
        for (row, column), number in np.ndenumerate(counts):
            if number:
                colour = "white" if shares[row, column] > 0.5 else "black"
                axes.text(
                    column, row, f"{number:,}", ha="center", va="center", color=colour, fontsize=8
                )
    axes.set_xlabel("answered")
    axes.set_ylabel("true")
    axes.set_title(title)
    return figure


FIGURES = {"confusion": draw_confusion, "reliability": draw_reliability}
