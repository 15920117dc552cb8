"""Rows of a table as numbers for a linear model."""

from __future__ import annotations

import numpy as np

from fitness.data.inputs.fit_table import fit_table
from fitness.data.inputs.plain import PlainRows
from fitness.data.inputs.table_column import Column

NAN = np.nan
COLUMNS = (Column("a"), Column("b"), Column("c", "category", ("x", "y")))
X = np.array([[1.0, 5.0, 0.0], [2.0, NAN, 1.0], [3.0, 5.0, 2.0], [4.0, 5.0, NAN], [5.0, 9.0, 0.0]])


def test_numbers_are_filled_and_told_and_categories_have_a_column_each() -> None:
    rows = PlainRows(fit_table(X, COLUMNS))
    found = rows(X)
    assert found.shape == (5, rows.width) == (5, 2 + 1 + 3)
    assert found[2, 0] == 0.0  # the median
    assert found[1, 1] == found[0, 1] == 0.0  # missing is the median too
    assert found[:, 2].tolist() == [0, 1, 0, 0, 0]
    assert found[:, 3:].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0]]
    far = rows(np.array([[1e30, 5.0, 0.0]]))
    assert 2.9 < far[0, 0] <= 3.0


def test_what_is_fitted_is_the_median_quartiles_and_codes() -> None:
    table = fit_table(X, COLUMNS)
    assert table.robust is not None
    assert table.robust.mean == (3.0, 5.0)
    assert table.robust.std[0] == np.round(2.0 / 1.3489795, 5)
    assert table.lacking == (1,)
    assert table.categories == (3,)
    assert fit_table(X[:, 2:], COLUMNS[2:]).categories == (3,)
