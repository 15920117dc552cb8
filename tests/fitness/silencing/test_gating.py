"""Gates in training: what they cost and remember, what they leave active, and that they close."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from fitness.data.resident import Examples
from fitness.data.task_reference import TaskReference
from fitness.evaluation import Epoch, Evaluation
from fitness.evaluators.network import NetworkEvaluator
from fitness.silencing.gating import Gating
from fitness.targets.classes import Classes
from fitness.training.numerics import Numerics
from genomes.chromosomes.gate_genes import with_gates
from genomes.genes.gene import Record
from genomes.networks.gate import Gate
from genomes.networks.network import Network
from genomes.networks.shrinking import counts, shrink
from tests.fitness import literal
from tests.fitness.tiny import evaluator, expressed, job


def genes(**changes: Any) -> Record:
    """Genes whose gates close within six epochs."""
    acting = {"threshold": 0.5, "pressure": 0.2, "blend": 0.5, "memory": 4, **changes}
    on = {f"epigenome__gate_{name}": value for name, value in acting.items()}
    return expressed(
        epigenome__gate="contextual", training__learning_rate=0.06, training__batch_size=8, **on
    )


def gated() -> tuple[Network, Gating]:
    """A literal network whose gate opens its three channels to the brighter image alone."""
    epigenome = Record(gate="contextual", gate_threshold=0.5, gate_blend=0.0, gate_memory=2)
    plain = literal.network()
    network = Network(with_gates(plain.spec, epigenome))
    with torch.no_grad():
        network.load_state_dict(plain.state_dict(), strict=False)
        gate = network.get_submodule("gate0")
        assert isinstance(gate, Gate)
        gate.weight.fill_(1.0)
        gate.context.fill_(1.0)
        gate.bias.fill_(-3.5)  # four times tanh(1) is 3.05, four times tanh(3) is 3.98
    return network, Gating(network, pressure=0.1)


@pytest.fixture(scope="module")
def bench() -> NetworkEvaluator:
    return evaluator()


@pytest.fixture(scope="module")
def grown(bench: NetworkEvaluator) -> Evaluation:
    return bench.evaluate(job(genes()))


def test_open_marks_cost() -> None:
    network, gating = gated()
    network.train()(literal.batch().x)
    drive = 4 * torch.tanh(torch.tensor([1.0, 3.0])) - 3.5
    expected = 0.1 * 3 * torch.sigmoid(drive).mean()
    assert gating.cost().item() == pytest.approx(expected.item())
    gating.cost().backward()
    bias = network.get_parameter("gate0.bias")
    assert bias.grad is not None
    assert bool((bias.grad > 0).all())  # what is pulled down by the pressure


def test_the_best_example_of_a_batch_is_remembered() -> None:
    network, gating = gated()
    gate = gating.gates["gate0"]
    network.train()(literal.batch().x)
    gating.remember(torch.tensor([0.3, 0.1]), step=1)
    third = torch.tanh(torch.tensor(3.0))
    assert torch.allclose(gate.patterns, torch.stack([torch.zeros(4), third.expand(4)]))


def test_the_active_ratio_is_the_mean_over_inputs() -> None:
    network, gating = gated()
    batch = Examples(literal.batch().x[[0, 1, 1, 1]], torch.tensor([0, 1, 1, 1]), Classes(2))
    with gating.watching() as marks:
        network.eval()(batch.x)
    assert marks["gate0"].tolist() == [[False] * 3] + [[True] * 3] * 3
    gate, dense = 4 + 9 * 3, 3 + 8 + 4 + 9 * 3
    assert network.spec.dense_parameters() == dense
    shut = gate + 2  # the biases of the logits
    assert gating.active_ratio(marks, 10) == pytest.approx((shut + 3 * dense) / (4 * dense))
    spread = (1 - shut / dense) * (3 / 16) ** 0.5
    assert gating.seen == pytest.approx({"active_spread": spread, "open_0": 0.75})
    sampled = gating.active_ratio(marks, 1)  # the first input alone
    assert sampled == pytest.approx(shut / dense)


def test_what_no_input_opens_is_found() -> None:
    _, gating = gated()
    marks = {"gate0": np.array([[True, False, False], [False, False, True]])}
    assert gating.never_open(marks)["stage0"].tolist() == [False, True, False]


def test_closed_channels_are_masked_after_the_last_epoch(
    bench: NetworkEvaluator, grown: Evaluation
) -> None:
    assert grown.status == "ok", grown.reason
    assert grown.checkpoint is not None
    network = bench.network(genes(), grown.checkpoint)
    gating = Gating(network, 0.1)
    with gating.watching() as marks:
        network(bench.data.validation.x)
    shut = gating.never_open(marks)
    assert any(bool(flags.any()) for flags in shut.values())
    masks = network.channel_masks()
    for site, flags in shut.items():
        left = masks[site] & flags
        assert not left.any() or int(masks[site].sum()) == 1
    juvenile = bench.evaluate(job(genes(), to_epoch=5))
    assert juvenile.checkpoint is not None
    before = bench.network(genes(), juvenile.checkpoint)
    assert counts(network).shrunk < counts(before).shrunk
    small = shrink(network.double())
    x = bench.data.validation.x.double()
    with torch.no_grad():
        torch.testing.assert_close(small(x), network(x), rtol=1e-8, atol=1e-10)


def test_objectives_and_curve_tell_of_the_mean_over_inputs(
    bench: NetworkEvaluator, grown: Evaluation
) -> None:
    assert grown.checkpoint is not None
    network = bench.network(genes(), grown.checkpoint)
    last: Epoch = grown.curve[-1]
    assert grown.objectives["active_ratio"] == pytest.approx(last.active_ratio, abs=1e-4)
    assert grown.objectives["accuracy"] == bench.measure(genes(), grown.checkpoint, "validation")
    assert grown.objectives["active_parameters"] <= counts(network).active
    gated = {"active_spread", "open_0", "open_1", "open_2", "open_3"}
    assert {name for name in last.traces if name.startswith(("active", "open"))} == gated
    assert 0 < last.traces["open_1"] < 1
    assert last.traces["active_spread"] > 0


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_juvenile_and_continuation_equal_one_straight_training(
    bench: NetworkEvaluator, optimizer: str
) -> None:
    changed = genes().replacing(training=genes()["training"].replacing(optimizer=optimizer))
    straight = bench.evaluate(job(changed))
    checkpoint, curve = None, ()
    for start, end in ((0, 1), (1, 4), (4, 6)):
        part = bench.evaluate(job(changed, start, end, checkpoint=checkpoint))
        checkpoint, curve = part.checkpoint, curve + part.curve
    assert straight.status == "ok", straight.reason
    assert curve == straight.curve
    assert checkpoint == straight.checkpoint


def test_switched_off_it_is_the_very_same_training(bench: NetworkEvaluator) -> None:
    plain, off = (
        bench.evaluate(job(values, to_epoch=3))
        for values in (expressed(), expressed(epigenome__gate="none"))
    )
    assert plain.checkpoint == off.checkpoint
    assert plain.curve == off.curve
    assert not any(name.startswith(("active", "open")) for name in off.curve[-1].traces)


def test_a_network_without_sites_has_no_gates(bench: NetworkEvaluator) -> None:
    bare = Record({"family": "mlp", "layers": (), "dropout": 0.0})
    answer = bench.evaluate(job(genes().replacing(architecture=bare), to_epoch=1))
    assert answer.status == "ok", answer.reason
    assert not any(name.startswith(("active", "open")) for name in answer.curve[-1].traces)


@pytest.mark.parametrize(
    "numerics", [Numerics(precision="bfloat16"), Numerics(memory_format="channels_last")]
)
def test_gates_and_apoptosis_go_together_under_any_numerics(numerics: Numerics) -> None:
    bench = NetworkEvaluator(TaskReference("tests.fitness.tiny:make_task"), numerics)
    both = genes()["epigenome"].replacing(
        apoptosis=True,
        apoptosis_threshold=0.5,
        apoptosis_tolerance=0.5,
        apoptosis_rate=6.0,
        apoptosis_interval=1,
    )
    values = genes().replacing(epigenome=both)
    answer = bench.evaluate(job(values))
    part = bench.evaluate(job(values, 0, 3))
    whole = bench.evaluate(job(values, 3, 6, checkpoint=part.checkpoint))
    assert answer.status == "ok", answer.reason
    assert whole.checkpoint == answer.checkpoint
    assert {"units_dead", "active_spread"} <= set(answer.curve[-1].traces)
