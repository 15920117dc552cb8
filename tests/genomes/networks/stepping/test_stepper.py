"""Position after position gives what the whole window gives; what is closed is not even read."""

from __future__ import annotations

import random

import pytest
import torch
from torch import Tensor

from genomes.architectures import transformer
from genomes.graph.interface import Interface
from genomes.graph.sketch import Sketch
from genomes.networks.causal_gate import CausalGate
from genomes.networks.network import build
from genomes.networks.shrinking import shrink
from genomes.networks.stepping.attention import AttentionStep
from genomes.networks.stepping.opened import Opened
from genomes.networks.stepping.stepper import Stepper
from tests.genomes.networks.test_causal_gate import LENGTH, controlled, tokens
from tests.genomes.random_networks import mask_at_random, random_network


def stepped(stepper: Stepper, x: Tensor) -> Tensor:
    """Return the logits (V, L) of a sequence (L,), position after position."""
    stepper.restart()
    return torch.stack([stepper.feed(token) for token in x.long().tolist()], dim=1)


@pytest.mark.parametrize("seed", range(12))
def test_it_computes_what_the_network_does(seed: int) -> None:
    rng = random.Random(seed)
    network = random_network(rng, "transformer")
    mask_at_random(network, rng)
    for gate in network.modules():
        if isinstance(gate, CausalGate):
            torch.nn.init.normal_(gate.history, std=3.0)
            torch.nn.init.normal_(gate.bias, std=3.0)
    small = shrink(network)
    length = small.spec.input_shape[0]
    x = torch.randint(small.spec.tokens or 1, (length,))
    with torch.no_grad():
        whole = network(x[None])[0]
    for which in (network, small):
        torch.testing.assert_close(stepped(Stepper(which), x), whole, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_gates_open_and_close_as_in_the_whole_window(seed: int) -> None:
    network, x = controlled(seed), tokens(1)
    stepper = Stepper(network)
    with torch.no_grad():
        torch.testing.assert_close(stepped(stepper, x[0]), network(x)[0], rtol=1e-5, atol=1e-6)
    assert set(stepper.opened) == {
        f"block{n}_{part}_gate" for n in (0, 1) for part in ("heads", "hidden")
    }
    again = stepped(stepper, x[0])  # nothing of the sequence before is left
    torch.testing.assert_close(again, stepped(Stepper(network), x[0]), rtol=0, atol=0)


def test_what_is_closed_is_not_computed() -> None:
    network, x = controlled(), tokens(1)[0]
    shut = {"block0_heads_gate": [1], "block1_hidden_gate": [0, 5, 6]}
    for gate, marks in shut.items():
        with torch.no_grad():
            network.get_parameter(f"{gate}.bias")[marks] = -1e3
    expected = stepped(Stepper(network), x)
    with torch.no_grad():
        network.get_parameter("block0_attention.weight")[1] = torch.nan
        network.get_parameter("block0_joined.weight")[:, 4:8] = torch.nan
        closed = [*range(4), *range(20, 28)]  # four channels a mark
        network.get_parameter("block1_hidden.weight")[closed] = torch.nan
        network.get_parameter("block1_out.weight")[:, closed] = torch.nan
    assert torch.equal(stepped(Stepper(network), x), expected)
    assert bool(expected.isfinite().all())


def test_runs_of_open_neighbours_are_one() -> None:
    opened = Opened(9, (2, 3, 0, 4))
    assert opened.slices == [slice(0, 9)]
    opened.follow([1.0, 1.0, 0.0, 0.0])
    assert opened.slices == [slice(0, 5)]
    assert opened.share == pytest.approx(5 / 9)
    opened.follow([1.0, 0.0, 1.0, 1.0])
    assert opened.slices == [slice(0, 2), slice(5, 9)]
    opened.follow([0.0] * 4)
    assert opened.slices == []


def test_a_layer_that_is_computed_before_its_gate_is_computed_whole() -> None:
    sketch = Sketch((6,))
    table = sketch.add("table", "token_table", "input", out_channels=3, tokens=5)
    x = sketch.add("lookup", "token_lookup", table, "input")
    hidden = sketch.add("hidden", "linear", x, out_features=4, bias=True)
    sizes = {"marks": 2, "embedding": 2, "threshold": 0.5, "half_life": 1.0, "pressure": 0.0}
    gate = sketch.add("late", "causal_gate", x, x, **sizes)
    x = sketch.add("gated", "gated_positions", hidden, gate, runs=(3, 1))
    sketch.add("logits", "linear", x, out_features=5, bias=True)
    network, x = build(sketch.finish(), seed=1).eval(), torch.tensor([0, 3, 1, 4, 2, 0])
    with torch.no_grad():
        torch.nn.init.normal_(network.get_parameter("late.history"), std=9.0)
        torch.nn.init.zeros_(network.get_parameter("late.bias"))
        stepper, whole = Stepper(network), network(x[None])[0]
    assert stepper.opened == {}
    torch.testing.assert_close(stepped(stepper, x), whole, rtol=1e-5, atol=1e-6)


def test_attention_keeps_what_it_looks_back_on_and_no_more() -> None:
    block = transformer.TEXTBOOK[0]["blocks"][0].replacing(context=0.25)
    genes = transformer.TEXTBOOK[0].replacing(blocks=(block,), heads=2, head_size=4)
    interface = Interface((12,), 20, None, tokens=20, per_position=True)
    network, x = build(transformer.decode(genes, interface), seed=1).eval(), torch.arange(12)
    stepper = Stepper(network)
    with torch.no_grad():
        torch.testing.assert_close(stepped(stepper, x), network(x[None])[0], rtol=1e-5, atol=1e-5)
    (attention,) = (step for _, step in stepper._steps if isinstance(step, AttentionStep))
    assert attention.keys.size + attention.values.size == network.spec.state() == 2 * 8 * 3


def test_a_full_window_says_so() -> None:
    stepper = Stepper(controlled())
    stepped(stepper, tokens(1)[0])
    with pytest.raises(IndexError, match=f"window of {LENGTH} positions is full"):
        stepper.feed(0)


def test_what_needs_a_whole_sequence_is_named() -> None:
    sketch = Sketch((6,))
    table = sketch.add("table", "token_table", "input", out_channels=2, tokens=5)
    x = sketch.add("lookup", "token_lookup", table, "input")
    x = sketch.add("wide", "conv", x, out_channels=3, kernel=3, stride=1, bias=True)
    sketch.add("logits", "linear", x, out_features=5, bias=True)
    with pytest.raises(ValueError, match=r"wide \(conv\) needs a sequence as a whole"):
        Stepper(build(sketch.finish()))
