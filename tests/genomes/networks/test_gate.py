"""Gates against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from genomes.networks.gate import REMEMBERED, Gate


def gate(threshold: float = 0.5, blend: float = 0.25) -> Gate:
    """Two features, two marks, an embedding of one number, two patterns."""
    made = Gate(2, 2, 1, 2, threshold=threshold, blend=blend).double()
    with torch.no_grad():
        made.weight.copy_(torch.tensor([[1.0, -1.0]]))
        made.context.copy_(torch.tensor([[2.0], [-2.0]]))
        made.history.copy_(torch.tensor([[1.0], [3.0]]))
        made.bias.copy_(torch.tensor([0.1, 0.2]))
        made.past.fill_(0.5)
        made.patterns.copy_(torch.tensor([[0.0], [1.0]]))
    return made


def test_marks_by_hand() -> None:
    x = torch.tensor([[1.0, 0.2], [0.0, 0.9]], dtype=torch.float64)
    some, expected = gate().train(), []
    for c in (0.8, -0.9):
        e = math.tanh(c)
        h = 0.75 * 0.5 + 0.25 * math.exp(e) / (math.exp(e) + 1)
        drives = 2 * e + h + 0.1, -2 * e + 3 * h + 0.2
        expected.append([1 / (1 + math.exp(-drive)) for drive in drives])
    assert some(x).tolist() == [[float(m > 0.5) for m in row] for row in expected]
    assert some.seen is not None
    assert torch.allclose(some.seen[1], torch.tensor(expected, dtype=torch.float64))
    assert torch.equal(some.eval()(x), some(x.view(2, 2, 1, 1).expand(2, 2, 3, 3)))  # pooled


def test_gradients_pass_the_threshold() -> None:
    some = gate().train()
    some(torch.tensor([[1.0, 0.2]], dtype=torch.float64)).sum().backward()
    assert all(bool((p.grad != 0).all()) for p in some.parameters() if p.grad is not None)
    assert some.bias.grad is not None


def test_a_gate_remembers_in_training_alone() -> None:
    some, x = gate().train(), torch.tensor([[1.0, 0.2], [0.0, 0.9]], dtype=torch.float64)
    e = [math.tanh(0.8), math.tanh(-0.9)]
    some(x)
    some.remember(torch.tensor(1), step=3)
    assert some.past.item() == pytest.approx(REMEMBERED * 0.5 + (1 - REMEMBERED) * sum(e) / 2)
    assert some.patterns.flatten().tolist() == pytest.approx([0.0, e[1]])
    before = {name: tensor.clone() for name, tensor in some.state_dict().items()}
    some.eval()(x)
    assert all(torch.equal(before[name], tensor) for name, tensor in some.state_dict().items())


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
def test_gates_are_open_at_first(threshold: float) -> None:
    some = Gate(3, 4, 2, 2, threshold=threshold, blend=0.5)
    with torch.no_grad():
        some.weight.normal_(generator=torch.Generator().manual_seed(0))
    assert bool((some.eval()(torch.randn(5, 3)) == 1.0).all())
