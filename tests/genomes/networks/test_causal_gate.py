"""Gates of positions: what comes later and other examples have no part; closed is not there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genomes.architectures import transformer
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.graph.liveness import trace
from genomes.graph.marks.expected import expected_flops
from genomes.graph.masks import Masks
from genomes.graph.spec import NetworkSpec
from genomes.networks.causal_gate import CausalGate
from genomes.networks.network import Network, build

TOKENS, LENGTH = 7, 12
BLOCK = Record(feed_forward=2, activation="gelu", context=1.0)
GENES = transformer.TEXTBOOK[0].replacing(
    family="transformer", blocks=(BLOCK, BLOCK), heads=4, head_size=4, control=True,
    control_threshold=0.4, control_pressure=0.01, control_half_life=3,
)  # fmt: skip


def interface(tokens: int = TOKENS) -> Interface:
    return Interface((LENGTH,), tokens, None, tokens=tokens, per_position=True)


def controlled(seed: int = 1, tokens: int = TOKENS, **changes: object) -> Network:
    """Build a network whose gates open and close from position to position."""
    spec = transformer.decode(GENES.replacing(**changes), interface(tokens))
    network = build(spec, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    for gate in gates(network):
        for tensor in (gate.context, gate.history):
            torch.nn.init.normal_(tensor, std=3.0, generator=generator)
        torch.nn.init.zeros_(gate.bias)
    return network.double().eval()


def gates(network: Network) -> list[CausalGate]:
    return [module for module in network.modules() if isinstance(module, CausalGate)]


def tokens(count: int = 3) -> torch.Tensor:
    return torch.randint(TOKENS, (count, LENGTH), generator=torch.Generator().manual_seed(0))


def marks_of(network: Network, x: torch.Tensor) -> torch.Tensor:
    """Return the marks of all gates, one after the other: (N, M, L)."""
    heard: list[torch.Tensor] = []
    handles = [
        gate.register_forward_hook(lambda _, __, marks: heard.append(marks))
        for gate in gates(network)
    ]
    with torch.no_grad():
        network(x)
    for handle in handles:
        handle.remove()
    return torch.cat(heard, dim=1)


@pytest.mark.parametrize("seed", range(5))
def test_a_later_token_changes_neither_marks_nor_outputs_before_it(seed: int) -> None:
    network, x = controlled(seed), tokens()
    before, answers = marks_of(network, x), network(x)
    assert 0.1 < before.mean() < 0.9
    for place in range(1, LENGTH):
        later = x.clone()
        later[:, place] = (later[:, place] + 1) % TOKENS
        assert torch.equal(marks_of(network, later)[:, :, :place], before[:, :, :place])
        assert torch.equal(network(later)[:, :, :place], answers[:, :, :place])


def test_no_example_depends_on_another() -> None:
    network, x = controlled(), tokens(4)
    together = marks_of(network, x)
    for number in range(4):
        assert torch.equal(marks_of(network, x[number : number + 1])[0], together[number])


def test_a_mark_follows_the_mean_of_the_tokens_and_what_the_layer_was_given() -> None:
    gate = CausalGate(3, 2, 1, 4, threshold=0.5, half_life=1.0, pressure=0.0).double()
    with torch.no_grad():
        gate.weight.copy_(torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
        gate.context.copy_(torch.tensor([[1.0], [0.0]]))
        gate.history.copy_(torch.tensor([[0.0], [1.0]]))
        gate.bias.zero_()
    embeddings, x = torch.zeros(2, 1, 3, 4, dtype=torch.float64)
    embeddings[0, 0] = torch.tensor([4.0, -6.0, 0.0, 6.0])  # means 4, -1, -2/3, 1
    x[0, 1] = torch.tensor([1.0, -1.0, 0.0, 1.0])  # of halves: 1, -1/3, -1/7, 7/15
    marks = gate.eval()(x, embeddings)[0]
    assert marks.tolist() == [[1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 1.0]]
    gate.train()(x, embeddings)
    assert gate.seen is not None
    expected = torch.sigmoid(torch.tanh(torch.tensor([4.0, -1.0, -2 / 3, 1.0])))
    torch.testing.assert_close(gate.seen[0, 0], expected.double(), rtol=1e-6, atol=1e-6)
    expected = torch.sigmoid(torch.tanh(torch.tensor([1.0, -1 / 3, -1 / 7, 7 / 15])))
    torch.testing.assert_close(gate.seen[0, 1], expected.double(), rtol=1e-6, atol=1e-6)


def test_gates_are_open_at_birth_and_then_nothing_is_lost() -> None:
    born = build(transformer.decode(GENES, interface()), seed=1).double().eval()
    free = build(transformer.decode(GENES.replacing(control=False), interface())).double().eval()
    free.load_state_dict({name: born.state_dict()[name] for name in free.state_dict()})
    assert bool((marks_of(born, tokens()) == 1).all())
    with torch.no_grad():
        torch.testing.assert_close(born(tokens()), free(tokens()), rtol=1e-9, atol=1e-9)


def test_gradients_pass_the_threshold() -> None:
    network = controlled().train()
    torch.nn.functional.cross_entropy(network(tokens()), tokens()).backward()
    for gate in gates(network):
        for tensor in (gate.weight, gate.context, gate.history, gate.bias):
            assert tensor.grad is not None
            assert bool((tensor.grad != 0).any())


def test_later_positions_do_not_see_where_a_head_was_closed() -> None:
    network = controlled(heads=2, blocks=(BLOCK,))
    attention = network.get_submodule("block0_attention")
    x = torch.randn(1, 8, LENGTH, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    marks = torch.ones(1, 2, LENGTH, dtype=torch.float64)
    marks[0, 1, 3] = 0.0
    other = x.clone()
    other[0, :, 3] += 1.0
    found, changed = attention(x, marks), attention(other, marks)
    assert not found[0, 1, :, 3].any()
    assert torch.equal(found[0, 1], changed[0, 1])
    assert not torch.equal(found[0, 0, :, 4:], changed[0, 0, :, 4:])


def test_expected_flops_fall_by_what_closed_channels_need() -> None:
    network = controlled()
    spec, nothing = network.spec, Masks({}, {})
    whole = {gate: [1.0] * spec.by_name[gate].shape[0] for gate in _names(spec)}
    assert expected_flops(spec, nothing, whole) == spec.flops()
    none = {gate: [0.0] * len(opened) for gate, opened in whole.items()}
    half = {gate: [0.5] * len(opened) for gate, opened in whole.items()}
    least = expected_flops(spec, nothing, none)
    assert expected_flops(spec, nothing, half) == pytest.approx((spec.flops() + least) / 2)
    width, hidden, pairs = 16, 32, LENGTH * (LENGTH + 1) // 2
    one = {**whole, "block0_hidden_gate": [0.0] + [1.0] * 7}
    fed = 4 * LENGTH * (2 * width + 1 + 1 + 1 + 2 * width)  # bias, activation, gate
    assert expected_flops(spec, nothing, one) == spec.flops() - fed
    head = {**whole, "block1_heads_gate": [1.0, 0.0, 1.0, 1.0]}
    looked = LENGTH * 4 * (6 * width + 6 + 1 + 2 * width) + pairs * (4 * 4 + 5)
    assert expected_flops(spec, nothing, head) == spec.flops() - looked
    masks = Masks({"block0.hidden": torch.arange(hidden).ge(4).numpy()}, {})
    gate = LENGTH * (4 * 8 + 3)  # the mark that speaks for nothing more
    assert expected_flops(spec, masks, whole) == spec.flops() - fed - gate


def _names(spec: NetworkSpec) -> list[str]:
    return [node.name for node in spec.nodes if node.operation == "causal_gate"]


def test_of_a_closed_head_only_its_mark_is_active() -> None:
    spec = controlled().spec
    open_, closed = (
        trace(spec, Masks({}, {}, {"block1_heads_gate": np.array([True, is_open, True, True])}))
        for is_open in (True, False)
    )
    assert open_.active_parameters() == spec.dense_parameters()
    # its queries, keys and values of 16 channels, and what joins four numbers into the stream
    fewer = 16 * 3 * 4 + 16 * 4
    assert closed.active_parameters() == spec.dense_parameters() - fewer
