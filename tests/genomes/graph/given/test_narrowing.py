"""A narrowed network is the network with channels masked, masks and all."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genomes.graph.given.narrowing import (
    kept_groups,
    narrowed_spec,
    narrowed_tensors,
    widened_tensors,
)
from genomes.graph.given.network import CRITERIA, GivenNetwork
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network


def spec() -> NetworkSpec:
    """Lay out two convolutions that are added, one concatenated with their sum and shuffled."""
    sketch = Sketch((1, 4, 4))
    a, b = (
        sketch.add(
            f"{name}_norm",
            "batch_norm",
            sketch.add(name, "conv", "input", out_channels=4, kernel=3, stride=1, bias=False),
        )
        for name in "ab"
    )
    x = sketch.add("sum", "add", a, b)
    x = sketch.add("sum_mask", "mask", x, site="ab", stage=0)
    y = sketch.add("c", "conv", x, out_channels=6, kernel=1, stride=1, bias=True)
    y = sketch.add("c_mask", "mask", y, site="c", stage=1)
    x = sketch.add("joined", "concatenate", x, y)
    x = sketch.add("chosen", "choose", x, index=(9, 0, 1, 4, 5, 2))
    x = sketch.add("flat", "flatten", x)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    return sketch.finish()


def given(seed: int = 0) -> GivenNetwork:
    network = Network(spec()).double()
    rng = np.random.default_rng(seed)
    tensors = {
        name: rng.uniform(0.5, 1.5, tuple(tensor.shape))
        for name, tensor in network.tensors().items()
    }
    return GivenNetwork(spec(), tensors, {})


def network_of(spec: NetworkSpec, tensors: dict[str, np.ndarray]) -> Network:  # type: ignore[type-arg]
    network = Network(spec).double().eval()
    state = {name: torch.from_numpy(values) for name, values in tensors.items()}
    assert state.keys() == network.tensors().keys()
    network.load_state_dict(network.state_dict() | state)
    return network


def test_it_computes_what_the_masked_network_does_and_can_be_masked_further() -> None:
    whole = given()
    sites = {"ab": np.array([1, 0, 1, 1], bool), "c": np.array([1, 0, 0, 0, 1, 1], bool)}
    kept = kept_groups(whole.spec, sites)
    narrow = narrowed_spec(whole.spec, kept)
    assert [(site.name, site.channels, site.stage) for site in narrow.sites] == [
        ("ab", 3, 0),
        ("c", 3, 1),
    ]
    masked = network_of(whole.spec, dict(whole.tensors))
    masked.set_channel_masks({name: torch.from_numpy(flags) for name, flags in sites.items()})
    small = network_of(narrow, narrowed_tensors(whole.spec, kept, whole.tensors))
    x = torch.randn(5, 1, 4, 4, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(small(x), masked(x), rtol=1e-10, atol=1e-10)
        masked.set_channel_masks({"ab": torch.tensor([True, False, False, True])})
        small.set_channel_masks({"ab": torch.tensor([True, False, True])})
        torch.testing.assert_close(small(x), masked(x), rtol=1e-10, atol=1e-10)


def test_all_channels_are_the_network_itself() -> None:
    whole = given()
    everything = {site.name: np.ones(site.channels, bool) for site in whole.spec.sites}
    kept = kept_groups(whole.spec, everything)
    assert narrowed_spec(whole.spec, kept) == whole.spec
    tensors = narrowed_tensors(whole.spec, kept, whole.tensors)
    assert all(np.array_equal(tensors[name], whole.tensors[name]) for name in whole.tensors)


@pytest.mark.parametrize("criterion", sorted(CRITERIA))
def test_criteria_rank_all_channels_of_every_site(criterion: str) -> None:
    whole = given()
    for site in whole.spec.sites:
        assert sorted(whole.ranks(criterion)[site.name]) == list(range(site.channels))


def test_a_channel_with_small_weights_goes_first() -> None:
    whole = given()
    tensors = {name: values.copy() for name, values in whole.tensors.items()}
    for name in ("a.weight", "b.weight", "a_norm.weight", "b_norm.weight"):
        tensors[name][2] *= 0.01
    weak = GivenNetwork(whole.spec, tensors, {})
    for criterion in ("flow", "l1", "l2", "scale"):
        assert weak.ranks(criterion)["ab"][-1] == 2, criterion
    assert weak.identity != whole.identity == given().identity


def test_what_nothing_reads_does_not_matter_to_what_flows() -> None:
    whole = given()
    tensors = {name: values.copy() for name, values in whole.tensors.items()}
    tensors["logits.weight"].reshape(2, 6, 16)[:, 0] = 0.0  # chosen 9 is channel 5 of site c
    weak = GivenNetwork(whole.spec, tensors, {})
    # Channels 2, 3 and 4 of c are not chosen at all, so as little flows through them.
    assert set(weak.ranks("flow")["c"][-4:]) == {2, 3, 4, 5}


def test_a_narrower_copy_fits_into_its_places_of_the_whole() -> None:
    whole, other = given(0), given(1)
    sites = {"ab": np.array([1, 0, 1, 1], bool), "c": np.array([1, 0, 0, 0, 1, 1], bool)}
    kept = kept_groups(whole.spec, sites)
    narrow = narrowed_tensors(whole.spec, kept, other.tensors)
    mixed = widened_tensors(whole.spec, kept, narrow, whole.tensors)
    for key, values in narrowed_tensors(whole.spec, kept, mixed).items():
        assert np.array_equal(values, narrow[key])
    assert np.array_equal(mixed["a.weight"][1], whole.tensors["a.weight"][1])  # none of the copy
    assert np.array_equal(mixed["a.weight"][2], other.tensors["a.weight"][2])
    assert np.array_equal(mixed["c.weight"][0, 1], whole.tensors["c.weight"][0, 1])  # its input
    assert np.array_equal(mixed["c.weight"][0, 2], other.tensors["c.weight"][0, 2])
