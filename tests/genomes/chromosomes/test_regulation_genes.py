"""The gene of a regulatory network, and the one that a person would write down."""

from __future__ import annotations

import pytest

from fitness.silencing.expected_sparsity import expected_sparsity
from genomes.chromosomes import regulation_genes
from genomes.genes.gene import Record


def test_the_textbook_network_is_a_value_of_the_gene() -> None:
    textbook = regulation_genes.TEXTBOOK
    assert regulation_genes.genes().check(textbook) == textbook


def test_the_textbook_network_silences_all_that_is_asked_in_a_typical_training() -> None:
    pruning = Record(
        start=0.2, end=0.8, final_sparsity=(0.9, 0.3), regrowth=0.0,
        regulation=regulation_genes.TEXTBOOK,
    )  # fmt: skip
    assert expected_sparsity(pruning) == pytest.approx((0.9, 0.3))
    early = expected_sparsity(pruning.replacing(end=0.25))
    assert 0.0 < early[0] < 0.45  # it comes bit by bit
