"""What networks know of the columns of a table: scales, knots and edges in scaled units."""

from __future__ import annotations

from statistics import NormalDist

import pytest

from genomes.graph.normalization import Normalization
from genomes.graph.table_inputs import INTERVALS, SCALINGS, TableInputs, bent

EVEN = tuple(float(level - 16) for level in range(INTERVALS + 1))  # -16, -15, ..., 16
BINARY = (0.0,) * 20 + (1.0,) * 13
CONSTANT = (0.0,) * 33
TABLE = TableInputs(
    Normalization((10.0, 0.5, 3.0), (5.0, 0.5, 1.0)),
    Normalization((20.0, 0.0, 3.0), (2.0, 1.0, 1.0)),
    (EVEN, BINARY, CONSTANT),
    lacking=(1,),
    categories=(4,),
    cuts=((6.0, -3.0, 0.5), (0.5,), ()),
)


def test_missing_numbers_are_the_median_in_the_units_of_a_scaling() -> None:
    assert TABLE.filling("standard") == (2.0, -1.0, 0.0)
    assert TABLE.filling("robust") == TABLE.filling("quantile") == (0.0, 0.0, 0.0)


def test_knots_rise_and_their_levels_are_normal_quantiles_of_mean_ranks() -> None:
    found = TABLE.normal_quantiles()
    assert found["knots"][:2] == (EVEN, (0.0, 1.0))
    normal = NormalDist()
    assert found["levels"][0][16] == 0.0
    assert found["levels"][0][24] == pytest.approx(normal.inv_cdf(0.75), abs=1e-5)
    assert found["levels"][1][0] == pytest.approx(normal.inv_cdf(9.5 / 32), abs=1e-5)
    assert found["knots"][2] == (0.0, 1.0)  # constant: a line that does not rise
    assert found["levels"][2] == (0.0, 0.0)


def test_edges_hold_as_many_values_each_in_the_units_of_the_scaling() -> None:
    assert TABLE.edges("robust", 4)[0] == pytest.approx(
        [bent(q) for q in (-16, -8, 0, 8, 16)], 1e-5
    )
    # raw: 20 + 2 q, then (raw - 10) / 5
    assert TABLE.edges("standard", 4)[0] == pytest.approx([-4.4, -1.2, 2.0, 5.2, 8.4])
    assert TABLE.edges("quantile", 4)[0][1:4] == pytest.approx([-0.67449, 0.0, 0.67449])
    for scaling in SCALINGS:
        _, binary, constant = TABLE.edges(scaling, 32)
        assert len(binary) == len(constant) == 2


def test_edges_by_target_are_the_first_cuts_between_the_ends() -> None:
    found = TABLE.edges("robust", 4, "target")
    assert found[0] == pytest.approx([bent(q) for q in (-16, -3, 0.5, 6, 16)], 1e-5)
    assert TABLE.edges("robust", 2, "target")[0][1] == pytest.approx(bent(6.0), 1e-5)
    assert TABLE.edges("standard", 32, "target")[0][1:-1] == pytest.approx([0.8, 2.2, 4.4])
    # between knots a rank rises along a line: 0.5 is half way from the median to the next one
    normal = NormalDist()
    assert TABLE.edges("quantile", 4, "target")[0][2] == pytest.approx(
        normal.inv_cdf(17 / 32) / 2, abs=1e-5
    )
    for scaling in SCALINGS:
        _, binary, constant = TABLE.edges(scaling, 8, "target")
        assert len(binary) == 3
        assert len(constant) == 2


def test_a_table_of_numbers_that_all_are_there_is_plain() -> None:
    assert not TABLE.is_plain
    assert TABLE.width == 4
    assert TableInputs(TABLE.standard, TABLE.robust, TABLE.quantiles).is_plain


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quantiles": (EVEN,)}, "3 scales for 1 numbers"),
        ({"quantiles": (EVEN, EVEN, EVEN[:5])}, "expected 33 quantiles"),
        ({"lacking": (3,)}, "as places of 3 numbers"),
        ({"cuts": ((0.0,),)}, "cuts of 1 for 3 numbers"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    changes: dict[str, tuple[int]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        TableInputs(**{**vars(TABLE), **changes})  # type: ignore[arg-type]
