"""The estimate before training: what a gene network will silence."""

import random

import pytest

from fitness.silencing.expected_sparsity import expected_sparsity
from genomes.genes.gene import Record
from tests.fitness.silencing.test_pruning_timetable import falling
from tests.fitness.silencing.test_regulation import gene, rising


def pruning(regulation: Record, **changes: object) -> Record:
    values = {"start": 0.0, "end": 0.8, "regrowth": 0.0, "final_sparsity": (0.5, 0.9)}
    return Record({**values, "regulation": regulation, **changes})


def test_a_gene_without_inputs_is_known_exactly() -> None:
    first, second = expected_sparsity(pruning(rising()))
    assert first == pytest.approx(0.5 * 0.4 * (1 - 2.718281828 ** (-0.5 * 8)))
    assert 0.9 * 0.3 < second < 0.9 * 0.6  # the loss, low by then, hardly represses it


def test_a_full_drive_is_the_final_sparsity() -> None:
    strong = Record(network=(gene(basal=5.0),) * 2, readout=(0,))
    assert expected_sparsity(pruning(strong)) == (0.5, 0.9)


def test_without_regrowth_the_peak_counts() -> None:
    lasting = expected_sparsity(pruning(falling()))
    fallen = expected_sparsity(pruning(falling(), regrowth=0.3))
    after_it = expected_sparsity(pruning(falling(), start=0.5, end=0.9))
    assert lasting[0] > 0.3
    assert fallen[0] < 0.05
    assert after_it[0] < 0.15


def test_random_genes_have_an_estimate_below_the_final_sparsity() -> None:
    from genomes.chromosomes.pruning_genes import genes

    rng = random.Random(0)
    for _ in range(60):
        values = genes().sample(rng)
        if values["regulation"] is not None:
            found = expected_sparsity(values)
            assert all(0 <= a <= b for a, b in zip(found, values["final_sparsity"], strict=True))
