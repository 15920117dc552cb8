"""Apoptosis: the equations by hand, what damping does to a network, and how channels die."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from fitness.activation_probe import ActivationProbe
from fitness.evaluation import Evaluation
from fitness.silencing.apoptosis import (
    PATIENCE,
    WINDOW,
    Apoptosis,
    ApoptosisRule,
    redundant,
    relative_variance,
)
from fitness.training.loop import train
from fitness.training.state import TrainingState
from genomes.genes.gene import Record
from genomes.networks.network import Network
from genomes.networks.shrinking import counts, shrink
from tests.fitness import literal
from tests.fitness.tiny import evaluator, expressed, job

RULE = ApoptosisRule(threshold=1.0, tolerance=0.6, rate=2.0, interval=4)
ALL = torch.tensor([True, True, True])


def genes(**changes: Any) -> Record:
    """Genes under which many channels are damped and some die within six epochs."""
    acting = {"threshold": 0.5, "tolerance": 0.5, "rate": 6.0, "interval": 1, **changes}
    on = {f"epigenome__apoptosis_{name}": value for name, value in acting.items()}
    return expressed(epigenome__apoptosis=True, **on)


def swinging(
    network: Network, rule: ApoptosisRule, looks: int, progress: float = 0.5
) -> Apoptosis:
    """Look at a network whose first channel alone swings between the looks."""
    some = Apoptosis(rule, network)
    weight = network.get_parameter("conv.weight")
    for look in range(looks):
        with torch.no_grad():
            weight[0] = 1.0 + look % 2
            weight[1] = 2.0 + 0.1 * (look % 2)
        probe = ActivationProbe(network, literal.batch(), seed=1)
        some.look(probe, {"stage0": ALL & ~some.dead["stage0"]}, progress)
    return some


def test_equations() -> None:
    harm = RULE.harm(torch.tensor([1.0, 3.0, 0.0], dtype=torch.double))
    assert harm.tolist() == pytest.approx([0.5, 1 / (1 + math.exp(-2)), 1 / (1 + math.exp(1))])
    factor = RULE.factor(torch.tensor([0.5, 0.6, 0.7, 1.0], dtype=torch.double))
    assert factor.tolist() == pytest.approx([1.0, 1.0, math.exp(-0.2), math.exp(-0.8)])


def test_variances_are_relative_to_the_mean_of_those_judged() -> None:
    notes = torch.tensor([[0.0, 0.0, 7.0, 0.0], [2.0, 4.0, 7.0, 90.0]]).double()
    skill_records = torch.tensor([True, True, True, False])
    assert relative_variance(notes, skill_records)[:3].tolist() == pytest.approx([0.6, 2.4, 0.0])
    assert relative_variance(1000 * notes, skill_records)[1] == pytest.approx(2.4)
    assert relative_variance(torch.ones(4, 3), ALL).tolist() == [0.0, 0.0, 0.0]


def test_constant_and_repeated_channels_are_redundant() -> None:
    x = torch.tensor([1.0, -1.0, 2.0, 0.5]).double()
    y = torch.tensor([1.0, 1.0, -1.0, 0.0]).double()
    outputs = torch.stack([x, torch.full_like(x, 3.0), y, -2 * x + 1], dim=1)
    living = torch.tensor([True, True, True, True])
    assert redundant(outputs, living).tolist() == [False, True, False, True]
    living[0] = False  # what it said is said by the last alone
    assert redundant(outputs, living).tolist() == [False, True, False, False]


def test_a_channel_is_judged_once_it_has_lived_long_enough() -> None:
    network = literal.network()
    before = network.get_parameter("logits.weight").clone()
    some = swinging(network, RULE, WINDOW - 1)
    assert torch.equal(network.get_parameter("logits.weight"), before)
    assert some.strength["stage0"].tolist() == [1.0, 1.0, 1.0]


def test_what_swings_is_damped_where_the_next_layer_reads_it() -> None:
    network = literal.network()
    before = network.get_parameter("logits.weight").clone()
    some = swinging(network, RULE, WINDOW)
    # Means over the batch are 2 and 4, then 4 and 4.2, and 1: variances 1, 0.01 and 0.
    relative = 3 / 1.01
    expected = math.exp(-2.0 * (1 / (1 + math.exp(-(relative - 1.0))) - 0.6))
    assert some.strength["stage0"].tolist() == pytest.approx([expected, 1.0, 1.0])
    after = network.get_parameter("logits.weight")
    assert after[:, 0].tolist() == pytest.approx((before[:, 0] * expected).tolist())
    assert torch.equal(after[:, 1:], before[:, 1:])
    shares = {"healthy": 0.0, "redundant": 2 / 3, "harmful": 1 / 3, "dead": 0.0}
    # Three rectified multiples of one input say the same.
    assert some.traces() == pytest.approx({f"units_{name}": v for name, v in shares.items()})


def test_damping_repeats_while_a_channel_swings_and_is_never_undone() -> None:
    network = literal.network()
    before = network.get_parameter("logits.weight").clone()
    some = swinging(network, RULE, WINDOW + 1)
    damped = network.get_parameter("logits.weight").clone()
    assert some.strength["stage0"][0] < 0.5
    assert damped[:, 0].tolist() == pytest.approx(
        (before[:, 0] * some.strength["stage0"][0]).tolist()
    )
    for _ in range(WINDOW):  # it swings less with every look, then not at all
        before_last = network.get_parameter("logits.weight").clone()
        some.look(ActivationProbe(network, literal.batch(), seed=1), {"stage0": ALL}, 0.5)
    assert some.strength["stage0"].tolist() == [1.0, 1.0, 1.0]
    assert torch.equal(network.get_parameter("logits.weight"), before_last)
    assert bool((network.get_parameter("logits.weight")[:, 0] <= damped[:, 0]).all())


def test_what_is_damped_again_and_again_dies() -> None:
    hard = ApoptosisRule(threshold=1.0, tolerance=0.6, rate=3.0, interval=4)
    assert not swinging(literal.network(), hard, WINDOW + PATIENCE - 2).dead["stage0"].any()
    dead = swinging(literal.network(), hard, WINDOW + PATIENCE - 1)
    assert dead.dead["stage0"].tolist() == [True, False, False]
    assert dead.traces()["units_dead"] == pytest.approx(1 / 3)
    mild = ApoptosisRule(threshold=1.0, tolerance=0.6, rate=0.1, interval=4)
    assert not swinging(literal.network(), mild, WINDOW + PATIENCE + 4).dead["stage0"].any()


@pytest.mark.parametrize("progress", [0.05, 0.9])
def test_early_and_late_it_only_looks(progress: float) -> None:
    network = literal.network()
    before = network.get_parameter("logits.weight").clone()
    some = swinging(network, RULE, WINDOW + PATIENCE, progress)
    assert torch.equal(network.get_parameter("logits.weight"), before)
    assert not some.dead["stage0"].any()
    assert some.traces()["units_harmful"] == pytest.approx(1 / 3)


def test_the_last_living_channel_of_a_site_stays() -> None:
    hard = ApoptosisRule(threshold=0.1, tolerance=0.5, rate=5.0, interval=4)
    network = literal.network()
    some = Apoptosis(hard, network)
    only = torch.tensor([True, False, False])
    for look in range(12):
        with torch.no_grad():
            network.get_parameter("conv.weight")[0] = 1.0 + look % 2
        some.look(ActivationProbe(network, literal.batch(), seed=1), {"stage0": only}, 0.5)
    assert some.strength["stage0"][0] < 0.1
    assert not some.dead["stage0"].any()


def trained(values: Record) -> TrainingState:
    bench = evaluator()
    training_state = bench.training_state(job(values))
    train(training_state, bench.data, bench.measured[0], 0, 6)
    return training_state


def test_the_dead_are_masked_and_shrinking_stays_exact() -> None:
    training_state = trained(genes())
    apoptosis = training_state.silencing.apoptosis
    assert apoptosis is not None
    dead = {site: flags for site, flags in apoptosis.dead.items() if flags.any()}
    assert dead
    masks = training_state.network.channel_masks()
    assert not any(bool((masks[site] & flags).any()) for site, flags in dead.items())
    network = training_state.network.double().eval()
    small = shrink(network)
    x = evaluator().data.validation.x.double()
    with torch.no_grad():
        assert torch.allclose(small(x), network(x), rtol=1e-8, atol=1e-10)
    assert counts(network).shrunk == sum(p.numel() for p in small.parameters())


@pytest.mark.parametrize("granularity", ["channel", "weight"])
def test_juvenile_and_continuation_equal_one_straight_training(granularity: str) -> None:
    values = genes(interval=4).replacing(
        pruning=genes()["pruning"].replacing(granularity=granularity)
    )
    bench = evaluator()
    straight = bench.evaluate(job(values))
    checkpoint, curve = None, ()
    for start, end in ((0, 1), (1, 4), (4, 6)):
        part: Evaluation = bench.evaluate(job(values, start, end, checkpoint=checkpoint))
        checkpoint, curve = part.checkpoint, curve + part.curve
    assert straight.status == "ok", straight.reason
    assert curve == straight.curve
    assert checkpoint == straight.checkpoint
    assert straight.curve[-1].traces["units_dead"] > 0


def test_switched_off_it_leaves_no_trace() -> None:
    bench = evaluator()
    plain, off = (
        bench.evaluate(job(expressed())),
        bench.evaluate(job(expressed(epigenome__apoptosis=False))),
    )
    assert plain.checkpoint == off.checkpoint
    assert plain.curve == off.curve
    assert not any(name.startswith("units_") for name in off.curve[-1].traces)


def test_shares_are_of_all_channels() -> None:
    traces = trained(genes()).traces()
    some = {name: share for name, share in traces.items() if name.startswith("units_")}
    assert set(some) == {"units_healthy", "units_redundant", "units_harmful", "units_dead"}
    assert 0 < some["units_dead"] < 1
    assert sum(some.values()) <= 1.0 + 1e-9
