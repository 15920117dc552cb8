"""The kinetics: values computed by hand, and bounds that hold for all genes and signals."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitness.silencing.regulation import AT_BIRTH, Regulation, RegulatoryGene, hill, sensed
from genomes.chromosomes import regulation_genes
from genomes.genes.gene import Record, freeze

NOTHING = (0.0, 0.0, 0.0, 0.0)


def gene(**changes: object) -> Record:
    """A gene that nothing regulates: it rises from nothing to 0.2 / 0.5."""
    values = {"basal": 0.2, "decay": 0.5, "half_saturation": 0.5, "hill": 2.0}
    lists = {"inputs": NOTHING, "promoters": NOTHING[:3]}
    return Record({**values, **lists, **changes})


def rising() -> Record:
    """Genes of a network of two: both rise, the second the more the lower the loss is."""
    promoted = gene(promoters=(-1.0, 0.0, 0.0), decay=2.0)
    frozen: Record = freeze({"network": [gene(), promoted], "readout": [0, 1, 1, 0, 1, 0]})
    return frozen


def network(*genes: Record) -> Regulation:
    return Regulation(tuple(RegulatoryGene(**values) for values in genes), (0, 1, 5))


def test_hill_is_one_half_at_half_saturation() -> None:
    assert hill(0.3, 0.3, 4.0) == 0.5
    assert hill(0.6, 0.3, 2.0) == pytest.approx(0.8)
    assert hill(0.0, 0.3, 2.0) == 0.0


def test_a_gene_without_inputs_approaches_basal_over_decay_exponentially() -> None:
    alone = network(gene())
    levels = alone.initial_levels()
    for number in range(1, 9):
        levels = alone.advanced(levels, AT_BIRTH, 0.25, 3)
        time = 0.75 * number
        assert levels[0] == pytest.approx(0.4 * (1 - math.exp(-0.5 * time)), rel=1e-12)
    assert alone.advanced((0.4,), AT_BIRTH, 0.25, 40)[0] == pytest.approx(0.4)
    assert alone.advanced((3.0,), AT_BIRTH, 1000.0, 1)[0] == pytest.approx(0.4)


def test_activators_and_repressors() -> None:
    regulated = network(gene(inputs=(0.0, 0.8, 0.0, 0.0), promoters=(-0.6, 0.0, 0.0)), gene())
    made = regulated.network[0].production
    # the activator at half saturation gives half of 0.8; the repressor, the loss, is absent
    assert made((9.0, 0.5), (0.0, 1.0, 1.0)) == pytest.approx(0.2 + 0.4 + 0.6)
    assert made((9.0, 0.0), (1.0, 1.0, 1.0)) == pytest.approx(0.2 + 0.6 * 0.2)


def test_levels_move_together_from_those_of_the_step_before() -> None:
    pair = network(gene(inputs=(0.0, 1.0, 0.0, 0.0)), gene(inputs=(1.0, 0.0, 0.0, 0.0)))
    levels = pair.advanced((0.0, 0.0), AT_BIRTH, 0.1, 5)
    assert levels[0] == levels[1]


def test_stages_read_their_gene_clipped() -> None:
    some = network(gene(), gene())
    assert [some.drive((0.3, 1.7), stage) for stage in (0, 1, 2, 9)] == [0.3, 1.0, 1.0, 1.0]


def test_signals_of_an_epoch() -> None:
    ln = math.log(10)
    assert sensed(ln, ln, 0.1, ln) == pytest.approx((1.0, 0.0, 0.5))
    assert sensed(ln / 2, ln, 100.0, ln) == pytest.approx((0.5, 0.5, 1.0))
    assert sensed(3 * ln, ln, 0.0, ln) == (1.0, 0.0, 0.0)
    assert sensed(0.0, 0.0, 1e-9, ln) == (0.0, 0.0, 0.0)


@given(
    seed=st.integers(0, 10**6),
    epochs=st.lists(
        st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e9)), max_size=6
    ),
    step=st.floats(1e-4, 20),
)
def test_levels_are_bounded_for_all_genes_and_signals(
    seed: int, epochs: list[tuple[float, float, float]], step: float
) -> None:
    some = Regulation.from_genes(regulation_genes.genes().sample(random.Random(seed)))
    levels = some.initial_levels()
    for train_loss, before, norm in epochs:
        signals = sensed(train_loss, before, norm, math.log(10))
        assert all(0.0 <= signal <= 1.0 for signal in signals)
        levels = some.advanced(levels, signals, step, 3)
        for level, one in zip(levels, some.network, strict=True):
            weights = one.inputs[: len(levels)] + one.promoters
            most = (one.basal + sum(map(abs, weights))) / one.decay
            assert 0.0 <= level <= most * (1 + 1e-12)
        assert all(0.0 <= some.drive(levels, stage) <= 1.0 for stage in range(8))


def test_networks_do_regulate() -> None:
    """Signals matter: of random networks most end elsewhere when the loss falls or stays."""
    differ = 0
    for seed in range(50):
        some = Regulation.from_genes(regulation_genes.genes().sample(random.Random(seed)))
        ends = [
            some.advanced(some.initial_levels(), signals, 0.1, 100)
            for signals in ((1.0, 0.0, 0.7), (0.05, 0.2, 0.7))
        ]
        differ += max(abs(a - b) for a, b in zip(*ends, strict=True)) > 0.05
    assert differ >= 40
