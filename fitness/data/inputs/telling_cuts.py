"""Where to cut each column of a table: the places that tell most of the target.

A decision tree of one column at a time, grown best first, as for the target-aware bins of
Gorishniy et al. (2022, https://arxiv.org/abs/2203.05556, section 3.2.2): the first cuts of a tree
are a smaller tree. scikit-learn is loaded when trees are grown.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from genomes.graph.normalization import Normalization

MOST_CUTS = 31  # of a column
LEAST_EXAMPLES, LEAST_SHARE = 8, 1e-3  # between two cuts
MOST_NUMBERS = 1_000_000  # that trees are grown on: some seconds on one core
LEAST_ROWS = 2_000
FARTHEST = 1e18  # trees know float32

Numbers = npt.NDArray[Any]


def telling_cuts(
    x: Numbers, scale: Normalization, encoded: Numbers
) -> tuple[tuple[float, ...], ...]:
    """Return cuts of each of (N, F) numbers in units of a scale, the most telling one first.

    `encoded` holds classes (N,) or numbers (N, K); rows where a number is missing do not count for
    it. Of large tables only rows at even distances are looked at.
    """
    step = max(1, len(x) // max(LEAST_ROWS, MOST_NUMBERS // x.shape[1]))
    rows, wanted = (x[::step] - np.array(scale.mean)) / np.array(scale.std), encoded[::step]
    return tuple(_cuts(column, wanted) for column in rows.T)


def _cuts(column: Numbers, wanted: Numbers) -> tuple[float, ...]:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    known = ~np.isnan(column)
    least = max(LEAST_EXAMPLES, round(LEAST_SHARE * len(column)))
    if known.sum() < 2 * least:
        return ()
    kind = DecisionTreeClassifier if wanted.dtype.kind in "iu" else DecisionTreeRegressor
    tree = kind(max_leaf_nodes=MOST_CUTS + 1, min_samples_leaf=least, random_state=0)
    inputs = np.clip(column[known], -FARTHEST, FARTHEST)[:, None]
    grown = tree.fit(inputs, wanted[known]).tree_
    splits = np.flatnonzero(grown.children_left >= 0)
    order = splits[np.argsort(grown.children_left[splits])]  # children are numbered as they come
    return tuple(dict.fromkeys(float(f"{cut:.6g}") for cut in grown.threshold[order]))
