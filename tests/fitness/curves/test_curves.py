"""Contract of every pruning curve, and the published values of those that have some."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitness.curves import cubic, exponential, linear, step
from fitness.silencing.pruning_plan import CURVES
from genomes.chromosomes import pruning_genes


@pytest.mark.parametrize("name", CURVES.names())
@given(a=st.floats(0, 1), b=st.floats(0, 1))
def test_every_curve_rises_from_zero_to_one(name: str, a: float, b: float) -> None:
    sparsity = CURVES.load(name).sparsity
    assert sparsity(0.0) == 0.0
    assert sparsity(1.0) == 1.0
    low, high = sorted((a, b))
    assert 0.0 <= sparsity(low) <= sparsity(high) <= 1.0


def test_genes_name_the_curves_that_exist() -> None:
    assert sorted(pruning_genes.CURVES) == CURVES.names()


def test_values_halfway() -> None:
    assert linear.sparsity(0.5) == 0.5
    assert cubic.sparsity(0.5) == 0.875
    assert exponential.sparsity(0.5) == pytest.approx(0.1824, abs=1e-4)
    assert step.sparsity(0.49) == 0.25
    assert step.sparsity(0.5) == 0.5
