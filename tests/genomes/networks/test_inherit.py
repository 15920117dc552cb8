"""Weights carried over: the same function where shapes allow it, in float64."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch

from genomes.chromosomes.space import FAMILIES, bred_families, decode
from genomes.genes.gene import Record, freeze
from genomes.graph.interface import Interface
from genomes.graph.morphism_plan import inherited_share, plan_inheritance
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.networks.inherit import channel_importance, inherit_weights, spread
from genomes.networks.network import Network, build
from tests.genomes.random_networks import interface_for, random_inputs, random_network

SHAPE, CLASSES = (2, 8, 8), 4


def stage(width: int, **changes: Any) -> dict[str, Any]:
    return {
        "block": "conv", "depth": 1, "width": width, "kernel": 3, "stride": 1,
        "normalisation": "batch", "activation": "relu", "pooling": "none", "expansion": 2,
        **changes,
    }  # fmt: skip


def cnn(*stages: dict[str, Any], head: str = "global_average", head_width: int = 0) -> NetworkSpec:
    values = {
        "family": "cnn", "stages": stages, "head": head, "head_width": head_width, "dropout": 0.0,
    }  # fmt: skip
    return decode(Record(architecture=freeze(values)), Interface(SHAPE, CLASSES))


def mlp(*widths: int, normalisation: str = "batch") -> NetworkSpec:
    layers = [{"width": w, "normalisation": normalisation, "activation": "relu"} for w in widths]
    values = freeze({"family": "mlp", "layers": layers, "dropout": 0.0})
    return decode(Record(architecture=values), Interface(SHAPE, CLASSES))


def trained(spec: NetworkSpec, seed: int = 0) -> Network:
    """Return a network with biases, and statistics of batches it has seen, in float64."""
    network = build(spec, seed=seed).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 1:
                drawn = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
                parameter.add_(0.3 * drawn)
        for _ in range(3):
            network.train()(random_inputs(spec, 8, generator))
    return network.eval()


def heir(parent: Network, spec: NetworkSpec, **options: Any) -> Network:
    child = build(spec, seed=99).double().eval()
    inherit_weights(child, parent.spec, parent.state_dict(), **{"noise": 0.0, **options})
    return child


def outputs(network: Network, count: int = 6) -> torch.Tensor:
    with torch.no_grad():
        x = random_inputs(network.spec, count, torch.Generator().manual_seed(7))
        found: torch.Tensor = network(x)
        return found


def assert_same(child: Network, parent: Network) -> None:
    torch.testing.assert_close(outputs(child), outputs(parent), rtol=0.0, atol=1e-9)


BLOCKS = ("conv", "separable", "residual", "inverted")


# -- the same network ----------------------------------------------------------------------------


@pytest.mark.parametrize("family", bred_families())
@pytest.mark.parametrize("seed", range(8))
def test_the_same_network_inherits_all_and_is_the_same_function(family: str, seed: int) -> None:
    parent = random_network(random.Random(f"{family}{seed}"), family)
    child = build(parent.spec, seed=99).double().eval()
    share = inherit_weights(child, parent.spec, parent.state_dict())
    assert share == inherited_share(parent.spec, parent.spec) == 1.0
    assert torch.equal(outputs(child), outputs(parent))


def test_what_is_shrunk_lies_between_the_parents_and_the_fresh_weights() -> None:
    parent, spec = trained(cnn(stage(6))), cnn(stage(6))
    fresh = build(spec, seed=99).double()
    child = heir(parent, spec, scale=0.25)
    for name, value in child.named_parameters():
        expected = 0.25 * parent.get_parameter(name) + 0.75 * fresh.get_parameter(name)
        torch.testing.assert_close(value, expected)
    mean = "stage0_block0_conv_norm.running_mean"
    assert torch.equal(child.get_buffer(mean), parent.get_buffer(mean))


# -- wider ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("head", ["global_average", "flatten"])
@pytest.mark.parametrize("normalisation", ["batch", "none"])
def test_wider_stages_compute_the_same(block: str, head: str, normalisation: str) -> None:
    kind = {"block": block, "normalisation": normalisation, "depth": 2}
    parent = trained(cnn(stage(5, **kind), stage(6, **kind, stride=2), head=head, head_width=16))
    wider = cnn(stage(7, **kind), stage(13, **kind, stride=2), head=head, head_width=32)
    child = heir(parent, wider)
    assert inherited_share(parent.spec, wider) == 1.0
    assert_same(child, parent)


def test_wider_layers_compute_the_same() -> None:
    parent = trained(mlp(5, 6))
    assert_same(heir(parent, mlp(9, 20)), parent)


def test_repeated_channels_differ_a_little_after_noise_that_is_seeded() -> None:
    parent, spec = trained(cnn(stage(4))), cnn(stage(8))
    noisy = [heir(parent, spec, noise=0.01, seed=seed) for seed in (1, 1, 2)]
    first, again, other = (n.get_parameter("stage0_block0_conv.weight") for n in noisy)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    old = parent.get_parameter("stage0_block0_conv.weight")
    assert torch.equal(first[::2], old)  # the first of each two stays as it was
    gap = (first[1::2] - old).abs().max()
    assert 0 < gap < 0.1 * old.abs().max()
    difference = (outputs(noisy[0]) - outputs(parent)).abs().max()
    assert 0 < difference < 0.1 * outputs(parent).abs().max()


def test_larger_kernels_over_sequences_compute_the_same() -> None:
    def sequential(kernel: int) -> NetworkSpec:
        values = {
            "family": "cnn1d", "stages": [stage(4, kernel=kernel, stride=2)], "head": "flatten",
            "head_width": 0, "dropout": 0.0,
        }  # fmt: skip
        return decode(Record(architecture=freeze(values)), Interface((2, 24), CLASSES))

    parent = trained(sequential(9))
    child = heir(parent, sequential(15))
    torch.testing.assert_close(outputs(child), outputs(parent))
    smaller = heir(parent, sequential(3))
    weight = "stage0_block0_conv.weight"
    assert torch.equal(smaller.state_dict()[weight], parent.state_dict()[weight][:, :, 3:6])


def test_larger_kernels_compute_the_same_and_smaller_ones_keep_the_centre() -> None:
    parent, spec = trained(cnn(stage(4))), cnn(stage(4, kernel=5))
    child = heir(parent, spec)
    assert_same(child, parent)
    weights = 4 * 2 * 25
    assert inherited_share(parent.spec, spec) == pytest.approx(
        1 - weights * (1 - 9 / 25) / spec.dense_parameters()
    )
    back = heir(child, cnn(stage(4)))
    assert_same(back, parent)


# -- deeper --------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", ["conv", "separable", "residual"])
@pytest.mark.parametrize("pooling", ["none", "max"])
def test_one_more_block_starts_as_the_identity(block: str, pooling: str) -> None:
    shallow, deep = (stage(6, block=block, depth=d, pooling=pooling) for d in (1, 2))
    parent = trained(cnn(shallow, stage(5)))
    child = heir(parent, cnn(deep, stage(5)))
    assert_same(child, parent)
    assert 0.1 < inherited_share(parent.spec, child.spec) < 1.0


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_one_more_inverted_block_adds_nothing_whatever_its_activation(activation: str) -> None:
    kind = {"block": "inverted", "activation": activation}
    parent = trained(cnn(stage(6, **kind)))
    child = heir(parent, cnn(stage(6, **kind, depth=3)))
    assert_same(child, parent)


def test_a_stage_that_comes_in_between_starts_as_the_identity_and_may_be_wider() -> None:
    parent = trained(cnn(stage(4), stage(7, kernel=5)))
    for width in (4, 6):
        child = heir(parent, cnn(stage(4), stage(width), stage(7, kernel=5)))
        assert_same(child, parent)
    history = plan_inheritance(parent.spec, child.spec).nodes
    assert history["stage2_block0_conv"] == "stage1_block0_conv"
    assert "stage1_block0_conv" not in history


def test_one_more_layer_starts_as_the_identity() -> None:
    parent = trained(mlp(5, normalisation="none"))
    child = heir(parent, mlp(5, 8, normalisation="none"))
    assert_same(child, parent)


@pytest.mark.parametrize("changes", [{"activation": "tanh"}, {"normalisation": "layer"}])
def test_what_cannot_be_the_identity_stays_fresh(changes: dict[str, Any]) -> None:
    parent = trained(cnn(stage(6, **changes)))
    spec = cnn(stage(6, **changes), stage(6, **changes))
    child, fresh = heir(parent, spec), build(spec, seed=99).double()
    for name in ("stage1_block0_conv.weight", "logits.weight"):
        assert torch.equal(child.get_parameter(name), fresh.get_parameter(name))
    assert not torch.equal(outputs(child), outputs(parent))


def test_a_normalisation_that_is_new_changes_nothing_in_evaluation() -> None:
    parent = trained(cnn(stage(5, normalisation="none")))
    child = heir(parent, cnn(stage(7)))
    assert_same(child, parent)


# -- narrower ------------------------------------------------------------------------------------


@pytest.mark.parametrize("head", ["global_average", "flatten"])
@pytest.mark.parametrize("block", BLOCKS)
def test_dead_channels_go_first(block: str, head: str) -> None:
    parent = trained(cnn(stage(8, block=block, expansion=1), stage(6), head=head))
    closed = torch.tensor([1, 0, 1, 1, 0, 1, 0, 1], dtype=torch.bool)
    other = torch.tensor([0, 1, 1, 1, 1, 0], dtype=torch.bool)
    parent.set_channel_masks({"stage0": closed, "stage1": other})
    child = heir(parent, cnn(stage(5, block=block, expansion=1), stage(4), head=head))
    if block == "residual":  # has channels of its own inside, none of which is dead
        name = "stage0_block0_conv1.weight"
        assert child.get_parameter(name).shape[0] == 5
        return
    assert_same(child, parent)


def test_the_least_important_channels_go() -> None:
    parent = trained(cnn(stage(4), stage(3)))
    state = parent.state_dict()
    state["stage1_block0_conv.weight"][:, 2] *= 1e-6
    state["stage0_block0_conv_norm.weight"][0] = 1e-9
    importance = channel_importance(parent.spec, state)
    found = importance[parent.spec.channels["stage0_block0_conv"].group]
    assert set(found.argsort()[:2].tolist()) == {0, 2}
    child = heir(parent, cnn(stage(2), stage(3)))
    old, new = (n.get_parameter("stage0_block0_conv.weight") for n in (parent, child))
    assert torch.equal(new, old[[1, 3]])


def test_importance_is_arriving_times_leaving() -> None:
    spec = mlp(2, normalisation="none")
    network = build(spec).double()
    state = network.state_dict()
    state["layer0_linear.weight"].zero_()[0, :2] = torch.tensor([3.0, 4.0]).double()
    state["layer0_linear.weight"][1, 0] = 1.0
    state["logits.weight"].zero_()[0] = torch.tensor([2.0, 7.0]).double()
    group = spec.channels["layer0_linear"].group
    assert channel_importance(spec, state)[group].tolist() == [10.0, 7.0]


# -- what does not line up -----------------------------------------------------------------------


def test_other_blocks_stay_fresh_and_the_rest_is_inherited() -> None:
    parent = trained(cnn(stage(6), stage(6, activation="tanh"), stage(6)))
    spec = cnn(stage(6), stage(6, block="separable", activation="tanh"), stage(6))
    plan = plan_inheritance(parent.spec, spec)
    assert "stage0_block0_conv" in plan.nodes
    assert not any(name.startswith("stage1") for name in plan.nodes)
    assert "stage2_block0_conv" not in plan.nodes  # reads channels that have no history
    assert "logits" in plan.nodes
    child, fresh = heir(parent, spec), build(spec, seed=99).double()
    name = "stage1_block0_depthwise.weight"
    assert torch.equal(child.get_parameter(name), fresh.get_parameter(name))


def test_pixels_that_are_laid_out_otherwise_are_not_inherited() -> None:
    parent, spec = cnn(stage(4), head="flatten"), cnn(stage(4, stride=2), head="flatten")
    plan = plan_inheritance(parent, spec)
    assert "stage0_block0_conv" in plan.nodes
    assert "logits" not in plan.nodes


def test_a_parent_of_another_task_is_refused() -> None:
    values = freeze({"family": "mlp", "layers": [], "dropout": 0.0})
    other = decode(Record(architecture=values), Interface((3,), CLASSES))
    with pytest.raises(ValueError, match=r"a parent for inputs \(3,\)"):
        plan_inheritance(other, mlp(4))


@pytest.mark.parametrize("family", bred_families())
@pytest.mark.parametrize("seed", range(25))
def test_any_two_networks_of_a_task_line_up_somehow(family: str, seed: int) -> None:
    """The share counts what is copied: entries that differ from a fresh network's, zeros aside."""
    rng = random.Random(f"{family}{seed}")
    shape = {"cnn1d": (2, 24), "transformer": (12,), "gru": (12,)}.get(family, SHAPE)
    interface = interface_for(family, shape)
    genes = FAMILIES.load(family).genes(interface)
    specs = [decode(Record(architecture=genes.sample(rng)), interface) for _ in range(2)]
    parent, spec = trained(specs[0]), specs[1]
    fresh, child = build(spec, seed=99).double(), build(spec, seed=99).double()
    share = inherit_weights(child, parent.spec, parent.state_dict(), noise=0.0)
    assert 0.0 <= share <= 1.0
    assert torch.isfinite(outputs(child.eval())).all()
    plan = plan_inheritance(parent.spec, spec)
    taken = 0.0
    for name, old in plan.nodes.items():
        for tensor in spec.tensors[name]:
            before = fresh.get_parameter(f"{name}.{tensor}")
            after = child.get_parameter(f"{name}.{tensor}")
            if tensor in parent.spec.tensors[old]:
                ring = before.dim() > 2 and after.shape[2] > parent.spec.tensors[old]["weight"][2]
                taken += float((after != 0).sum()) if ring else after.numel()
            else:
                assert torch.equal(after, before)
    touched = {*plan.nodes, *plan.passes}
    for key, value in child.named_parameters():
        if key.rsplit(".", 1)[0] not in touched:
            assert torch.equal(value, fresh.get_parameter(key))
    assert taken / spec.dense_parameters() == pytest.approx(share, abs=0.02)


def test_channels_are_repeated_evenly_and_in_order() -> None:
    assert spread(2, 5).tolist() == [0, 0, 0, 1, 1]
    assert spread(3, 3).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("function", "silent"), [("tanh", True), (("exp", "x"), False)])
def test_a_branch_that_makes_something_of_nothing_cannot_start_as_zero(
    function: Any, silent: bool
) -> None:
    def spec(branch: bool) -> NetworkSpec:
        sketch = Sketch((3,))
        x = sketch.add("layer0_linear", "linear", "input", out_features=4, bias=True)
        if branch:
            y = sketch.add("layer1_linear", "linear", x, out_features=4, bias=True)
            y = sketch.add("layer1_activation", "activation", y, function=function)
            x = sketch.add("layer1_add", "add", y, x)
        sketch.add("logits", "linear", x, out_features=CLASSES, bias=True)
        return sketch.finish()

    plan = plan_inheritance(spec(False), spec(True))
    assert plan.passes == ({"layer1_linear": "zero"} if silent else {})
    if silent:
        parent = trained(spec(False))
        assert_same(heir(parent, spec(True)), parent)


@pytest.mark.parametrize("function", [("max", "x", "mul", "x", 0.25), ("exp", "mul", "x", 0.5)])
def test_wider_networks_of_bred_functions_compute_the_same(function: tuple[Any, ...]) -> None:
    parent = trained(cnn(stage(4, activation=function), stage(6, activation=function)))
    child = heir(parent, cnn(stage(7, activation=function), stage(9, activation=function)))
    assert_same(child, parent)
    key = "stage0_block0_out_activation.constants"
    assert torch.equal(child.get_parameter(key), parent.get_parameter(key))
    assert inherited_share(parent.spec, child.spec) == 1.0


def test_constants_that_the_genes_changed_start_as_they_say() -> None:
    parent = trained(cnn(stage(4, activation=("max", "x", "mul", "x", 0.25))))
    child = heir(parent, cnn(stage(4, activation=("max", "x", "mul", "x", 0.5))))
    assert child.get_parameter("stage0_block0_out_activation.constants").tolist() == [0.5]
    assert 0.9 < inherited_share(parent.spec, child.spec) < 1.0
