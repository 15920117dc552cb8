"""Family `gru`: units as torch's own, nothing looks ahead, what is masked is cut out exactly."""

from __future__ import annotations

import random

import pytest
import torch
from torch import nn

from genomes.architectures import gru
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.networks.inherit import inherit_weights
from genomes.networks.layers import make_layer
from genomes.networks.network import Network, build
from genomes.networks.shrinking import shrink
from genomes.networks.stepping.stepper import Stepper
from tests.genomes.random_networks import (
    check_exact,
    lively_network,
    mask_at_random,
    random_inputs,
    random_network,
)

TOKENS, LENGTH = 20, 6
INTERFACE = Interface((LENGTH,), TOKENS, None, tokens=TOKENS, per_position=True)
GENES = Record(
    layers=(Record(units=6), Record(units=5)), embedding=4, tied=True, dropout=0.0
)  # fmt: skip


def network(seed: int = 1, **changes: object) -> Network:
    spec = gru.decode(GENES.replacing(**changes), INTERFACE)
    return lively_network(random.Random(seed), spec)


def tokens(count: int = 3) -> torch.Tensor:
    return torch.randint(TOKENS, (count, LENGTH), generator=torch.Generator().manual_seed(0))


def test_units_are_those_of_torch() -> None:
    ours = make_layer("gru", Record(units=5), (3, LENGTH), (5, LENGTH)).double()
    theirs = nn.GRU(3, 5).double()
    named = {"weight": "weight_ih_l0", "recurrent": "weight_hh_l0", "bias": "bias_ih_l0",
             "recurrent_bias": "bias_hh_l0"}  # fmt: skip
    with torch.no_grad():
        for name, other in named.items():
            by_gate = theirs.get_parameter(other).unflatten(0, (3, 5))  # type: ignore[no-untyped-call]
            ours.get_parameter(name).copy_(by_gate.movedim(0, -1))
    x = torch.randn(2, 3, LENGTH, generator=torch.Generator().manual_seed(1)).double()
    torch.testing.assert_close(ours(x), theirs(x.permute(2, 0, 1))[0].permute(1, 2, 0))


def test_parameters_are_as_counted_by_hand() -> None:
    layers = 3 * (6 * (4 + 6 + 2) + 5 * (6 + 5 + 2))
    assert network().spec.dense_parameters() == TOKENS * 4 + layers + 5 * 4 + 4
    untied = network(tied=False).spec.dense_parameters()
    assert untied == TOKENS * 4 + layers + (5 + 1) * TOKENS


def test_nothing_looks_ahead() -> None:
    whole, later = network(), tokens()
    later[:, 4:] = (later[:, 4:] + 1) % TOKENS
    with torch.no_grad():
        before, after = whole(tokens()), whole(later)
    assert torch.equal(before[:, :, :4], after[:, :, :4])
    assert bool((before != after)[:, :, 4:].any())


def test_a_masked_unit_is_cut_out_of_the_recurrence() -> None:
    masked = network()
    masked.set_channel_masks({"layer0": torch.tensor([True, False, True, True, False, True])})
    small = shrink(masked)
    assert small.get_parameter("layer0_gru.recurrent").shape == (4, 4, 3)
    assert small.get_parameter("layer1_gru.weight").shape == (5, 4, 3)
    with torch.no_grad():
        torch.testing.assert_close(small(tokens()), masked(tokens()), rtol=1e-9, atol=1e-9)


def test_a_unit_that_only_other_units_read_stays() -> None:
    masked = network(layers=(Record(units=3),))
    reading = torch.ones(4, 3, dtype=torch.bool)
    reading[:, 1] = False
    masked.set_weight_masks({"head_joined": reading})
    small = shrink(masked)
    assert small.get_parameter("layer0_gru.recurrent").shape == (3, 3, 3)
    check_exact(masked, small, tokens(), 0)


@pytest.mark.parametrize("seed", range(12))
def test_shrunk_and_stepped_it_answers_as_under_its_masks(seed: int) -> None:
    rng = random.Random(seed)
    masked = network(seed, tied=bool(seed % 2)) if seed else random_network(rng, "gru")
    mask_at_random(masked, rng)
    small = shrink(masked)
    counted = check_exact(
        masked, small, random_inputs(masked.spec, 3, torch.Generator().manual_seed(seed)), seed
    )
    assert counted.shrunk == small.spec.dense_parameters()
    (length,), count = masked.spec.input_shape, masked.spec.tokens or 1
    x = torch.randint(count, (length,), generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        whole = masked(x[None])[0]
    stepper = Stepper(masked)
    for _ in range(2):  # nothing is left of the sequence before
        stepper.restart()
        found = torch.stack([stepper.feed(token) for token in x.tolist()], dim=1)
        torch.testing.assert_close(found, whole, rtol=1e-6, atol=1e-6)


def test_a_child_with_as_many_units_goes_on_and_another_one_draws_them() -> None:
    parent = network()
    for units, goes_on in ((6, True), (7, False)):
        spec = gru.decode(
            GENES.replacing(layers=(Record(units=units), Record(units=5))), INTERFACE
        )
        child = build(spec, seed=2).double()
        fresh = child.get_parameter("layer0_gru.recurrent").clone()
        inherit_weights(child, parent.spec, parent.state_dict(), noise=0.0)
        kept = child.get_parameter("layer0_gru.recurrent")
        assert torch.equal(kept, fresh) != goes_on


def test_it_reads_tokens_alone() -> None:
    with pytest.raises(ValueError, match=r"inputs of shape \(3,\); family gru needs tokens"):
        gru.genes(Interface((3,), 2))
