"""Network: forward equals a hand-written one, masks, state dicts, copies."""

from __future__ import annotations

import copy
import pickle
import random

import pytest
import torch
import torch.nn.functional as F

from genomes.genes.gene import Record
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec, Node
from genomes.networks.network import Network, build
from tests.genomes.random_networks import mask_at_random, random_inputs, random_network


def residual_spec() -> NetworkSpec:
    sketch = Sketch((2, 4, 4))
    norm = sketch.add("norm", "normalize", "input", mean=(1.0, 2.0), std=(2.0, 4.0))
    wide = {"kernel": 3, "stride": 1, "bias": True}
    stem = sketch.add("stem", "conv", norm, out_channels=4, **wide)
    stem = sketch.add("stem_mask", "mask", stem, site="stage0", stage=0)
    x = sketch.add("conv", "conv", stem, out_channels=4, **wide)
    x = sketch.add("act", "activation", x, function="relu")
    x = sketch.add("sum", "add", x, stem)
    x = sketch.add("sum_mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("drop", "dropout", x, rate=0.0)
    x = sketch.add("flat", "flatten", x)
    sketch.add("logits", "linear", x, out_features=3, bias=True)
    return sketch.finish()


def by_hand(network: Network, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    p = dict(network.named_parameters())
    x = (x - torch.tensor([1.0, 2.0]).view(1, 2, 1, 1)) / torch.tensor([2.0, 4.0]).view(1, 2, 1, 1)
    channels = mask.float().view(1, -1, 1, 1)
    stem = F.conv2d(x, p["stem.weight"], p["stem.bias"], padding=1) * channels
    x = F.relu(F.conv2d(stem, p["conv.weight"], p["conv.bias"], padding=1)) + stem
    return F.linear((x * channels).flatten(1), p["logits.weight"], p["logits.bias"])


def test_forward_equals_the_network_written_by_hand() -> None:
    network = build(residual_spec(), seed=3)
    x = torch.randn(5, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    everything = torch.ones(4, dtype=torch.bool)
    assert torch.equal(network(x), by_hand(network, x, everything))
    some = torch.tensor([True, False, False, True])
    network.set_channel_masks({"stage0": some})
    assert torch.allclose(network(x), by_hand(network, x, some), atol=1e-6)
    assert not torch.allclose(network(x), by_hand(network, x, everything), atol=1e-3)
    network.set_channel_masks({"stage0": everything})
    assert torch.equal(network(x), by_hand(network, x, everything))


def test_idle_nodes_are_no_steps_and_slots_are_reused() -> None:
    network = build(residual_spec())
    operations = {module.__class__.__name__ for module, *_ in network._steps}
    assert not operations & {"ChannelMask", "Dropout"}
    assert network._slots == 2  # the skip connection is the only value kept aside
    network.set_channel_masks({"stage0": torch.tensor([True, False, True, True])})
    assert sum(m.__class__.__name__ == "ChannelMask" for m, *_ in network._steps) == 2


def test_a_value_added_to_itself() -> None:
    sketch = Sketch((2,))
    x = sketch.add("twice", "add", "input", "input")
    sketch.add("logits", "linear", x, out_features=2, bias=False)
    network = build(sketch.finish())
    x = torch.tensor([[1.0, 2.0]])
    assert torch.allclose(network(x), 2 * x @ network.get_parameter("logits.weight").T)


def test_bytes_are_read_with_and_without_normalisation() -> None:
    x = torch.arange(32, dtype=torch.uint8).view(1, 2, 4, 4)
    network = build(residual_spec())
    assert torch.equal(network(x), network(x.float()))
    sketch = Sketch((2,))
    sketch.add("logits", "linear", "input", out_features=2, bias=False)
    plain = build(sketch.finish())
    assert torch.equal(plain(x.view(16, 2)), plain(x.view(16, 2).float()))


def test_masks_are_checked() -> None:
    network = build(residual_spec())
    with pytest.raises(ValueError, match=r"unknown site 'stage'.*mean 'stage0'"):
        network.set_channel_masks({"stage": torch.ones(4, dtype=torch.bool)})
    with pytest.raises(ValueError, match=r"shape \(3,\) for site 'stage0', expected \(4,\)"):
        network.set_channel_masks({"stage0": torch.ones(3, dtype=torch.bool)})
    with pytest.raises(ValueError, match="'stage0' would have no channel left"):
        network.set_channel_masks({"stage0": torch.zeros(4, dtype=torch.bool)})
    with pytest.raises(ValueError, match="unknown weighted node 'act'"):
        network.set_weight_masks({"act": torch.ones(4, dtype=torch.bool)})
    assert all(mask.all() for mask in network.channel_masks().values())


def test_what_is_returned_are_copies() -> None:
    network = build(residual_spec())
    network.channel_masks()["stage0"].fill_(False)
    network.weight_masks()["conv"].fill_(False)
    assert network.channel_masks()["stage0"].all()
    assert network.weight_masks()["conv"].all()


def test_masked_weights_are_zero_and_stay_so_after_steps() -> None:
    network = build(residual_spec())
    mask = torch.rand(4, 4, 3, 3, generator=torch.Generator().manual_seed(0)) < 0.5
    network.set_weight_masks({"conv": mask})
    weight = network.get_parameter("conv.weight")
    assert torch.equal(weight != 0, mask)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    network(torch.ones(2, 2, 4, 4)).sum().backward()
    optimizer.step()
    network.apply_weight_masks_()
    assert (weight[~mask] == 0).all()
    assert set(network.weight_masks()) == {"stem", "conv", "logits"}


def test_a_state_dict_restores_masks_and_what_follows_from_them() -> None:
    rng = random.Random(4)
    network = random_network(rng, "cnn")
    mask_at_random(network, rng)
    twin = Network(network.spec).double().eval()
    twin.load_state_dict(network.state_dict())
    x = random_inputs(network.spec, 2, torch.Generator().manual_seed(0))
    assert torch.equal(twin(x), network(x))
    for site, mask in network.channel_masks().items():
        assert torch.equal(twin.channel_masks()[site], mask)
    assert [m.__class__ for m, *_ in twin._steps] == [m.__class__ for m, *_ in network._steps]


def test_state_names() -> None:
    network = build(residual_spec())
    assert set(network.tensors()) == {
        "norm.mean", "norm.std", "stem.weight", "stem.bias", "conv.weight", "conv.bias",
        "logits.weight", "logits.bias",
    }  # fmt: skip
    masks = {"masks.stage0", "weight_masks.stem", "weight_masks.conv", "weight_masks.logits"}
    assert set(network.state_dict()) == set(network.tensors()) | masks


def test_sites_with_dots_have_underscores_in_their_tensor_name() -> None:
    sketch = Sketch((2,))
    x = sketch.add("a", "linear", "input", out_features=2, bias=False)
    x = sketch.add("m", "mask", x, site="stage0.block1", stage=0)
    sketch.add("logits", "linear", x, out_features=2, bias=False)
    network = build(sketch.finish())
    assert "masks.stage0__block1" in network.state_dict()
    assert set(network.channel_masks()) == {"stage0.block1"}


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])
def test_copies_are_independent(copied: object) -> None:
    rng = random.Random(2)
    network = random_network(rng, "cnn")
    mask_at_random(network, rng)
    twin = copied(network)  # type: ignore[operator]
    x = random_inputs(network.spec, 2, torch.Generator().manual_seed(0))
    before = network(x)
    assert torch.equal(twin(x), before)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    assert torch.equal(network(x), before)
    assert twin(x).abs().sum() == 0


def test_masks_move_with_the_type() -> None:
    network = build(residual_spec())
    network.set_channel_masks({"stage0": torch.tensor([True, False, True, True])})
    assert network.double()(torch.ones(1, 2, 4, 4).double()).dtype == torch.float64
    assert network.channel_masks()["stage0"].dtype == torch.bool


def test_building_is_deterministic() -> None:
    state = torch.get_rng_state()
    a, b = build(residual_spec(), seed=1), build(residual_spec(), seed=1)
    assert all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))
    assert torch.equal(state, torch.get_rng_state())
    other = build(residual_spec(), seed=2)
    assert not torch.equal(a.get_parameter("conv.weight"), other.get_parameter("conv.weight"))


@pytest.mark.parametrize("name", ["forward", "masks", "weight_masks", "spec", "train"])
def test_reserved_names_are_refused(name: str) -> None:
    nodes = (
        Node("input", "input", (), Record(), (2,)),
        Node(name, "linear", ("input",), Record(out_features=2, bias=True), (2,)),
    )
    with pytest.raises(ValueError, match=f"'{name}', which is reserved"):
        Network(NetworkSpec((2,), nodes))


@pytest.mark.parametrize("family", ["cnn", "cnn1d", "mlp", "neat", "transformer", "gru"])
def test_steps_equal_the_graph_node_by_node(family: str) -> None:
    for seed in range(30):
        rng = random.Random(seed)
        network = random_network(rng, family)
        mask_at_random(network, rng)
        x = random_inputs(network.spec, 2, torch.Generator().manual_seed(seed))
        values = {network.spec.nodes[0].name: x}
        for node in network.spec.nodes[1:]:
            inputs = [values[source] for source in node.inputs]
            values[node.name] = network.get_submodule(node.name)(*inputs)
            assert tuple(values[node.name].shape[1:]) == node.shape
        assert torch.equal(network(x), values[network.spec.output.name])
