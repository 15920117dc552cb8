"""Numbers of channels rounded up: multiples where they can be, and the answers of before."""

from __future__ import annotations

import copy

import pytest
import torch

from evo.errors import BadInput
from evo.export.exported import plain_network
from evo.export.rounding import Rounding, check_multiple, rounding_of
from genomes.graph.sketch import Sketch
from genomes.networks.network import Network, build
from genomes.networks.shrinking import shrink
from tests.evo.exports import inputs, random_network


def conv_network(kept: int, channels: int = 12) -> Network:
    """Build a convolution whose first channels alone are unmasked, and a linear layer."""
    sketch = Sketch((1, 6, 6))
    x = sketch.add("conv", "conv", "input", out_channels=channels, kernel=3, stride=1, bias=True)
    x = sketch.add("active", "activation", x, function=("exp", "x"))  # of zero it is 1
    x = sketch.add("site", "mask", x, site="stage0", stage=0)
    x = sketch.add("pool", "global_average_pool", x)
    sketch.add("logits", "linear", x, out_features=3, bias=True)
    network = build(sketch.finish(), seed=1).eval()
    network.set_channel_masks({"stage0": torch.arange(channels) < kept})
    return network


def channels_of(network: Network) -> int:
    return int(network.spec.by_name["conv"].shape[0])


def test_masked_channels_stay_up_to_the_multiple_and_the_answers_are_the_same() -> None:
    network = conv_network(5)
    rounding = rounding_of(network, 8)
    assert (len(rounding.groups), rounding.left, rounding.short) == (1, 0, 0)
    plain, rounded = plain_network(network), plain_network(network, multiples=rounding.groups)
    assert (channels_of(plain), channels_of(rounded)) == (5, 8)
    assert not rounded.spec.sites
    x = inputs(network, 7)
    with torch.inference_mode():
        assert torch.allclose(rounded(x), network(x), atol=1e-6)
        assert rounded(x).abs().max() > 0.01
    weights = rounded.state_dict()["logits.weight"]
    assert weights[:, 5:].abs().max() == 0.0
    assert weights[:, :5].abs().min() > 0.0
    assert rounding.facts == {"rounded_to": 8, "rounded_groups": 1, "unrounded_groups": 0}


def test_what_is_a_multiple_already_or_has_too_few_channels_stays() -> None:
    assert rounding_of(conv_network(8), 8) == Rounding(8)
    assert rounding_of(conv_network(9), 8) == Rounding(8, short=1)  # 16 of 12
    network = conv_network(9)
    group = network.spec.channels["conv"].group
    assert channels_of(shrink(network, {group: 8})) == 9
    assert rounding_of(conv_network(12), 8) == Rounding(8)  # nothing is masked


@pytest.mark.parametrize("family", ["cnn", "cnn1d", "mlp", "modular", "neat", "transformer"])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_family_answers_as_under_its_masks(family: str, seed: int) -> None:
    network = random_network(family, seed)
    rounding = rounding_of(network, 4)
    exact = copy.deepcopy(network).double()
    x = inputs(network, 5)
    x = x.double() if x.is_floating_point() else x
    with torch.inference_mode():
        expected, given = exact(x), shrink(exact, rounding.groups)(x)
    assert torch.allclose(given, expected, rtol=0.0, atol=1e-8 * float(expected.abs().max() + 1))
    wide = [site for site in network.spec.sites if site.name.endswith(".hidden")]
    if family in ("cnn", "modular") or wide:
        assert rounding.groups


def test_a_multiple_is_at_least_two() -> None:
    check_multiple(None)
    check_multiple(2)
    with pytest.raises(BadInput, match="--round-to: received 1, expected at least 2"):
        check_multiple(1)
