import random

import pytest

from fitness.silencing.planned_ratio import planned_active_ratio
from genomes.chromosomes.space import decode, network_space
from genomes.genes.gene import Record
from genomes.graph.sketch import Sketch
from tests.fitness.silencing.test_regulation import gene
from tests.genomes.random_networks import interface_for, shape_for

ALL_ON = ("11111111",) * 6


def pruning(granularity, *sparsities):
    return Record(granularity=granularity, final_sparsity=sparsities)


@pytest.fixture
def spec():
    """Build 2 inputs -> 8 hidden (16 weights, 8 biases) -> 3 classes (24 weights, 3 biases)."""
    sketch = Sketch((2,))
    hidden = sketch.add("hidden", "linear", "input", out_features=8, bias=True)
    masked = sketch.add("mask", "mask", hidden, site="stage0", stage=0)
    sketch.add("logits", "linear", masked, out_features=3, bias=True)
    return sketch.finish()


def test_nothing_silenced_is_all_active(spec):
    assert planned_active_ratio(spec, pruning("channel", 0.0), ALL_ON) == 1.0
    assert planned_active_ratio(spec, pruning("weight", 0.0), ALL_ON) == 1.0


def test_channel_pruning_removes_rows_and_the_next_layers_columns(spec):
    # 4 of 8 channels: 8 weights + 4 biases + 12 weights + 3 biases of 51
    assert planned_active_ratio(spec, pruning("channel", 0.5), ALL_ON) == pytest.approx(27 / 51)


def test_pruning_takes_what_marks_silence_first(spec):
    half_on = ("00001111",)
    for sparsity in (0.0, 0.25, 0.5):
        ratio = planned_active_ratio(spec, pruning("channel", sparsity), half_on)
        assert ratio == pytest.approx(27 / 51)
    assert planned_active_ratio(spec, pruning("channel", 0.75), half_on) < 27 / 51


def test_initial_methylation_silences_a_share_of_the_open_groups(spec):
    assert planned_active_ratio(spec, pruning("channel", 0.0), ALL_ON, 0.5) == pytest.approx(
        27 / 51
    )


def test_weight_pruning_spares_biases(spec):
    ratio = planned_active_ratio(spec, pruning("weight", 0.5), ALL_ON)
    assert ratio == pytest.approx((8 + 8 + 12 + 3) / 51)


def test_one_channel_always_stays(spec):
    assert planned_active_ratio(spec, pruning("channel", 1.0), ALL_ON) == pytest.approx(9 / 51)


def test_stages_beyond_the_list_use_its_last_entry():
    sketch = Sketch((2,))
    hidden = sketch.add("hidden", "linear", "input", out_features=8, bias=True)
    masked = sketch.add("mask", "mask", hidden, site="stage7", stage=7)
    sketch.add("logits", "linear", masked, out_features=3, bias=True)
    late = sketch.finish()
    assert planned_active_ratio(late, pruning("channel", 0.0, 0.5), ALL_ON) == pytest.approx(
        27 / 51
    )


@pytest.mark.parametrize("family", ["cnn", "cnn1d", "mlp", "modular", "neat", "transformer"])
def test_random_genomes_have_a_ratio(family):
    interface = interface_for(family, shape_for(family))
    space = network_space(family=family, interface=interface)
    rng = random.Random(0)
    for number in range(20):
        values = space.sample(str(number), "male", rng).chromosomes
        network = decode(values, interface)
        epigenome = values["epigenome"]
        ratio = planned_active_ratio(
            network, values["pruning"], epigenome["marks"], epigenome["initial_methylation"]
        )
        assert 0.0 < ratio <= 1.0


def test_weight_pruning_first_takes_the_weights_of_silent_channels(spec):
    ratio = planned_active_ratio(spec, pruning("weight", 0.25), ("00001111",))
    # the hidden layer's weights are halved already; of the logits' half the columns are
    assert ratio == pytest.approx((8 + 4 + 12 + 3) / 51)


def test_a_gene_network_silences_what_it_is_expected_to(spec):
    strong = Record(network=(gene(basal=5.0),) * 2, readout=(0,))
    weak = Record(network=(gene(basal=0.0),) * 2, readout=(0,))
    driven = pruning("channel", 0.5).replacing(
        schedule="gene-network", start=0.0, end=0.8, regrowth=0.0, regulation=strong
    )
    assert planned_active_ratio(spec, driven, ALL_ON) == pytest.approx(27 / 51)
    assert planned_active_ratio(spec, driven.replacing(regulation=weak), ALL_ON) == 1.0
