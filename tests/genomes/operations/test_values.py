"""Modules against values worked out by hand or by torch's own modules."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from genomes.genes.activation import ACTIVATIONS
from genomes.genes.gene import Record
from genomes.graph.operation import operation
from genomes.networks.layers import make_layer


def sparse(*edges: tuple[int, int]) -> Any:
    """Connect 3 inputs with 2 outputs."""
    attributes = Record(out_features=2, edges=edges, bias=True)
    return make_layer("sparse_linear", attributes, (3,), (2,))


def norm(kind: str, channels: int) -> Any:
    return make_layer(f"{kind}_norm", Record(), (channels,), (channels,))


def batch(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_normalize_takes_bytes_and_keeps_the_type_of_its_constants() -> None:
    module = make_layer(
        "normalize", Record(mean=(10.0, 20.0), std=(2.0, 5.0)), (2, 1, 1), (2, 1, 1)
    )
    x = torch.tensor([12, 30], dtype=torch.uint8).view(1, 2, 1, 1)
    assert module(x).flatten().tolist() == [1.0, 2.0]
    assert module(x).dtype == torch.float32
    assert module.double()(x).dtype == torch.float64
    single = make_layer("normalize", Record(mean=(1.0,), std=(2.0,)), (1,), (1,))
    assert single(torch.tensor([[5.0]])).item() == 2.0


def test_rescale_is_precise_where_targets_lie_far_away() -> None:
    near = make_layer("rescale", Record(scale=(2.0,), offset=(10.0,)), (1,), (1,))
    assert near(torch.tensor([[1.5]])).tolist() == [[13.0]]
    assert near(torch.tensor([[1.5]])).dtype == torch.float32
    far = make_layer("rescale", Record(scale=(0.5,), offset=(1e9,)), (1,), (1,)).float()
    assert far(torch.tensor([[0.5]])).tolist() == [[1e9 + 0.25]]


def test_a_sparse_layer_sums_over_its_edges_only() -> None:
    module = sparse((0, 0), (0, 2), (1, 1)).double()
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[2.0, -1.0, 5.0]]))
        module.bias.copy_(torch.tensor([0.5, 0.0]))
    x = torch.tensor([[1.0, 10.0, 100.0]], dtype=torch.float64)
    assert module(x).tolist() == [[2.0 - 100.0 + 0.5, 50.0]]
    assert module.by_output(module.weight).tolist() == [[2.0, 0.0, -1.0], [0.0, 5.0, 0.0]]
    assert module.by_input(x[0]).tolist() == [[1.0, 100.0, 10.0]]
    assert [row.tolist() for row in module.rows()] == [[[2.0, -1.0]], [[5.0]]]
    module(x).sum().backward()  # type: ignore[no-untyped-call]
    assert module.weight.grad is not None
    assert module.weight.grad.tolist() == [[1.0, 100.0, 10.0]]


def test_a_sparse_layer_without_edges_gives_its_bias() -> None:
    module = sparse()
    assert module(torch.ones(4, 3)).tolist() == [[0.0, 0.0]] * 4
    assert module.rows() == []


@pytest.mark.parametrize("shape", [(6, 3, 4, 4), (6, 3)])
def test_batch_norm_equals_torch(shape: tuple[int, ...]) -> None:
    ours = norm("batch", 3).double()
    theirs = (nn.BatchNorm2d(3) if len(shape) == 4 else nn.BatchNorm1d(3)).double()
    for seed in range(3):
        x = 3 * batch(*shape, seed=seed) + 1
        assert torch.equal(ours(x), theirs(x))
    assert torch.equal(ours.eval()(x), theirs.eval()(x))
    assert torch.equal(ours.running_var, theirs.running_var)
    theirs.load_state_dict(ours.state_dict())  # exported code uses torch's modules


@pytest.mark.parametrize("shape", [(5, 4, 3, 3), (5, 4)])
def test_layer_norm_counts_live_channels_only(shape: tuple[int, ...]) -> None:
    module, x = norm("layer", 4).double(), 2 * batch(*shape) + 3
    with torch.no_grad():
        module.weight.copy_(torch.tensor([1.0, 2.0, 3.0, 4.0]))
        module.bias.copy_(torch.tensor([0.1, 0.2, 0.3, 0.4]))
    live = torch.tensor([True, False, True, True])
    spread = (1, -1, *[1] * (len(shape) - 2))
    kept = x[:, live]
    mean = kept.flatten(1).mean(1).view(-1, *[1] * (len(shape) - 1))
    variance = kept.flatten(1).var(1, correction=0).view_as(mean)
    expected = (kept - mean) / (variance + 1e-5).sqrt() * module.weight[live].view(spread)
    module.live = live.double()
    assert torch.allclose(module(x)[:, live], expected + module.bias[live].view(spread))
    module.live = torch.ones(4).double()
    everything = module(x)
    module.live = None
    assert torch.allclose(module(x), everything)


def test_a_mask_multiplies_whole_channels() -> None:
    attributes = Record(site="stage0", stage=0)
    mask, x = make_layer("mask", attributes, (3, 2, 2), (3, 2, 2)), batch(2, 3, 2, 2)
    assert mask(x) is x
    mask.factor = torch.tensor([1.0, 0.0, 1.0]).view(-1, 1, 1)
    assert mask(x)[:, 1].abs().sum() == 0
    assert torch.equal(mask(x)[:, ::2], x[:, ::2])


def test_every_named_activation_keeps_zero() -> None:
    for function in ACTIVATIONS:
        module = make_layer("activation", Record(function=function), (1,), (1,))
        assert module(torch.zeros(1, 1)).item() == 0.0
        assert operation("activation").keeps_zero(Record(function=function))


def test_a_mark_closes_its_run_of_channels() -> None:
    gated = make_layer("gated", Record(runs=(3, 0, 1)), (4, 2, 2), (4, 2, 2))
    x = torch.arange(1.0, 33.0).view(2, 4, 2, 2)
    closed = gated(x, torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]))
    assert torch.equal(closed[0, :3], x[0, :3])
    assert torch.equal(closed[1, 3:], x[1, 3:])
    assert closed[0, 3].abs().sum() == closed[1, :3].abs().sum() == 0


def test_pools_and_flattening() -> None:
    x = torch.arange(8.0).view(1, 2, 2, 2)
    window = Record(kernel=2, stride=2)
    shapes = ((2, 2, 2), (2, 1, 1))
    assert make_layer("max_pool", window, *shapes)(x).flatten().tolist() == [3, 7]
    assert make_layer("average_pool", window, *shapes)(x).flatten().tolist() == [1.5, 5.5]
    assert make_layer("global_average_pool", Record(), *shapes)(x).tolist() == [[1.5, 5.5]]
    assert make_layer("flatten", Record(), *shapes)(x).tolist() == [list(range(8))]


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (2, 3)])
def test_channels_are_excited_one_by_one(shape: tuple[int, ...]) -> None:
    excite = make_layer("excite", Record(), shape[1:], shape[1:])
    x, z = batch(*shape), batch(2, 3, seed=1)
    found = excite(x, z)
    for example in range(2):
        for channel in range(3):
            factor = torch.sigmoid(z[example, channel])
            assert torch.equal(found[example, channel], x[example, channel] * factor)


def test_dropout_acts_in_training_only() -> None:
    module, x = make_layer("dropout", Record(rate=0.5), (1000,), (1000,)), torch.ones(1, 1000)
    dropped = module(x)
    assert set(dropped.flatten().tolist()) == {0.0, 2.0}
    assert torch.equal(module.eval()(x), x)


def test_depthwise_filters_stay_within_their_channel() -> None:
    attributes = Record(kernel=3, stride=1, bias=True)
    module = make_layer("depthwise", attributes, (2, 4, 4), (2, 4, 4))
    with torch.no_grad():
        module.weight.fill_(1.0)
    x = torch.zeros(1, 2, 4, 4)
    x[:, 0] = 1.0
    assert torch.equal(module(x)[0, 0], F.avg_pool2d(x[:, 0], 3, 1, 1)[0] * 9)
    assert module(x)[0, 1].abs().sum() == 0


def test_masked_layer_norm_sums_in_the_type_of_its_weights() -> None:
    module, x = norm("layer", 64), batch(2, 64, 28, 28).bfloat16()
    module.live = torch.ones(64)
    exact = module(x.float())
    assert module(x).dtype == torch.float32
    assert torch.equal(module(x), exact)


NAN = float("nan")


def test_numbers_are_selected_filled_and_told_missing() -> None:
    x = torch.tensor([[1.0, NAN, 3.0], [4.0, 5.0, NAN]])
    select = make_layer("select", Record(start=1, stop=3), (3,), (2,))
    fill = make_layer("fill", Record(values=(-1.0, 7.0)), (2,), (2,))
    assert fill(select(x)).tolist() == [[-1.0, 3.0], [5.0, 7.0]]
    missing = make_layer("missing", Record(places=(1, 2)), (3,), (2,))
    assert missing(x).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert missing.double()(x).dtype == torch.float64


def test_outliers_are_bent_and_the_middle_is_left() -> None:
    module = make_layer("soft_clip", Record(), (4,), (4,))
    x = torch.tensor([0.0, 0.1, 4.0, 1e30])
    near, far = module(x)[1].item(), module(x)[3].item()
    assert module(x).tolist()[:1] == [0.0]
    assert near == pytest.approx(0.1, abs=1e-4)
    assert module(x)[2].item() == pytest.approx(2.4)
    assert far == pytest.approx(3.0, abs=1e-4)
    assert module(torch.tensor([-torch.inf])).item() == pytest.approx(-3.0, abs=1e-4)


def test_quantiles_follow_a_line_through_their_knots() -> None:
    rows = Record(knots=((0.0, 1.0, 3.0), (0.0, 1.0)), levels=((-2.0, 0.0, 2.0), (5.0, 6.0)))
    module = make_layer("quantiles", rows, (2,), (2,))
    x = torch.tensor([[-9.0, 0.5], [0.5, 2.0], [1.0, -1.0], [2.0, 0.0], [1e30, 1.0]])
    assert module(x)[:, 0].tolist() == [-2.0, -1.0, 0.0, 1.0, 2.0]
    assert module(x)[:, 1].tolist() == [5.5, 6.0, 5.0, 5.0, 6.0]


def test_a_piecewise_encoding_is_that_of_the_paper() -> None:
    rows = Record(edges=((0.0, 1.0, 3.0), (0.0, 2.0)))
    module = make_layer("piecewise", rows, (2,), (3,))
    x = torch.tensor([[0.5, 1.0], [2.0, -1.0], [5.0, 4.0], [-1.0, 0.0], [1e9, -1e9]])
    assert module(x).tolist() == [
        [0.5, 0.0, 0.5], [1.0, 0.5, -0.5], [1.0, 2.0, 2.0], [-1.0, 0.0, 0.0], [1.0, 11.0, -10.0]
    ]  # fmt: skip


def test_a_code_that_is_none_has_the_last_vector() -> None:
    module: Any = make_layer("embed", Record(first=1, categories=(3, 2), width=2), (3,), (4,))
    with torch.no_grad():
        module.weight.copy_(torch.arange(10.0).view(5, 2))
    x = torch.tensor([[9.0, 0.0, 0.0], [9.0, 1.0, 1.0], [9.0, NAN, 7.0], [9.0, -1.0, NAN]])
    assert module(x).tolist() == [
        [0.0, 1.0, 6.0, 7.0], [2.0, 3.0, 8.0, 9.0], [4.0, 5.0, 8.0, 9.0], [4.0, 5.0, 8.0, 9.0]
    ]  # fmt: skip
    assert [row.shape for row in module.rows()] == [(2, 2), (1, 2)]  # what starts as zero is none
