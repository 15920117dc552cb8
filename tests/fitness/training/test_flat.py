import torch
import torch.nn.functional as F
from torch import nn

from fitness.training.flat import FlatParameters


def small() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.Flatten(), nn.Linear(12, 2))


def test_values_stay_and_become_views_of_one_tensor() -> None:
    network, same = small(), small()
    flat = FlatParameters(network)
    for ours, theirs in zip(network.parameters(), same.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert flat.values.numel() == sum(p.numel() for p in same.parameters())
    assert flat.decayed.numel() == 2 * 3 * 9 + 12 * 2
    assert flat.plain.numel() == 3 + 2
    with torch.no_grad():
        flat.decayed.fill_(1.0)
        flat.plain.fill_(2.0)
    assert all(bool((p == (1.0 if p.ndim > 1 else 2.0)).all()) for p in network.parameters())


def test_backward_fills_the_flat_gradients() -> None:
    network, same, x = small(), small(), torch.randn(4, 2, 4, 4)
    flat = FlatParameters(network)
    for step in range(2):
        flat.gradients.zero_()
        torch.autograd.backward(F.cross_entropy(network(x), torch.tensor([0, 1, 0, 1])))
        assert flat.gradients.any(), step
    torch.autograd.backward(F.cross_entropy(same(x), torch.tensor([0, 1, 0, 1])))
    for ours, theirs in zip(network.parameters(), same.parameters(), strict=True):
        assert ours.grad is not None
        assert theirs.grad is not None
        assert torch.equal(ours.grad, theirs.grad)
    assert flat.decayed.grad is not None
    assert torch.equal(flat.decayed.grad, flat.gradients[: flat.decayed.numel()])


def test_clipping_scales_down_only() -> None:
    flat = FlatParameters(nn.Linear(1, 1))
    flat.gradients.copy_(torch.tensor([3.0, 4.0]))
    assert flat.clip_gradients_(10.0).item() == 5.0
    assert flat.gradients.tolist() == [3.0, 4.0]
    assert flat.clip_gradients_(1.0).item() == 5.0
    assert torch.allclose(flat.gradients, torch.tensor([0.6, 0.8]))


def test_weight_part_is_where_the_weight_lies() -> None:
    network = small().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    flat = FlatParameters(network)
    like = flat.decayed.detach().clone()
    for module in (network[0], network[2]):
        assert torch.equal(flat.weight_part(like, module.weight), module.weight)
    flat.weight_part(like, network[2].weight).zero_()
    assert torch.equal(flat.weight_part(like, network[0].weight), network[0].weight)
    assert like.count_nonzero() == 2 * 3 * 9


def test_memory_format_is_kept() -> None:
    network = small().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    before = network[0].weight.clone()
    flat = FlatParameters(network)
    assert network[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(network[0].weight, before)
    assert flat.gradients.storage_offset() == 0
