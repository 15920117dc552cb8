"""Imported networks compute what the module does, and are masked and shrunk as any."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genomes.graph.given.narrowing import kept_groups, narrowed_spec, narrowed_tensors
from genomes.graph.shapes import Shape
from genomes.graph.spec import NetworkSpec
from genomes.importing.errors import ModelError
from genomes.importing.importer import Imported, import_module
from genomes.networks.network import Network
from genomes.networks.shrinking import shrink
from tests.genomes.importing.given_models import HERE, ZOO, lively
from tests.genomes.random_networks import check_exact, mask_at_random

STAGES = 4


def network_of(imported: Imported) -> Network:
    network = Network(imported.spec).double().eval()
    state = network.state_dict()
    assert network.tensors().keys() == imported.tensors.keys()
    network.load_state_dict({**state, **imported.tensors})
    return network


@pytest.mark.parametrize("name", [*HERE, *ZOO])
def test_it_computes_what_the_module_does_masked_and_shrunk(name: str) -> None:
    if name in ZOO:
        pytest.importorskip("pytorchcv", reason="pip install --no-deps pytorchcv")
    make, shape = (HERE | ZOO)[name]
    module = lively(make)
    imported = import_module(module, shape, stages=STAGES)
    network = network_of(imported)
    x = torch.randn(2, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(network(x), module(x), rtol=1e-8, atol=1e-8)
    assert network.spec.dense_parameters() == sum(p.numel() for p in module.parameters())
    assert NetworkSpec.from_json(imported.spec.to_json()) == imported.spec
    for seed in range(2):
        mask_at_random(network, random.Random(seed))
        counted = check_exact(network, shrink(network), x, seed)
        assert counted.shrunk < counted.dense


@pytest.mark.parametrize("name", ["transformer", "sequence_transformer", "convnext"])
def test_a_narrower_copy_computes_what_the_masked_network_does(name: str) -> None:
    make, shape = HERE[name]
    imported = import_module(lively(make), shape, stages=STAGES)
    network, rng = network_of(imported), np.random.default_rng(0)
    sites = {site.name: rng.random(site.channels) < 0.6 for site in imported.spec.sites}
    for flags in sites.values():
        flags[0] = True
    network.set_channel_masks({site: torch.from_numpy(on) for site, on in sites.items()})
    kept = kept_groups(imported.spec, sites)
    narrow = Network(narrowed_spec(imported.spec, kept)).double().eval()
    arrays = {key: tensor.numpy() for key, tensor in imported.tensors.items()}
    tensors = narrowed_tensors(imported.spec, kept, arrays)
    narrow.load_state_dict(
        narrow.state_dict() | {key: torch.from_numpy(values) for key, values in tensors.items()}
    )
    x = torch.randn(3, *shape, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(narrow(x), network(x), rtol=1e-9, atol=1e-9)


class Gated(nn.Module):
    """Channels are gated by numbers for each place and for each channel, both repeated."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.place, self.head = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 1, 1), nn.Linear(4, 2)
        self.gate = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x) + torch.zeros_like(x[:, :, 2:, 2:])
        gate = self.gate(x.mean((2, 3)))[:, :, None, None].expand_as(x)
        return self.head((x * torch.sigmoid(gate * self.place(x).expand_as(x))).sum((2, 3)))


def test_what_is_repeated_along_channels_or_places_is_read() -> None:
    module = lively(Gated)
    imported = import_module(module, (1, 5, 5), stages=STAGES)
    x = torch.randn(3, 1, 5, 5, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(network_of(imported)(x), module(x))
    assert [site.name for site in imported.spec.sites] == ["stem"]


class Shortcut(nn.Module):
    """Channels are padded, as ResNets for CIFAR have it, and places are given as channels."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("places", torch.rand(1, 1, 6, 6))
        self.stem, self.inner = nn.Conv2d(2, 4, 3, padding=1), nn.Conv2d(4, 5, 3, 2, padding=1)
        self.outer, self.head = nn.Conv2d(5, 8, 1), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(torch.cat([x, self.places.expand(len(x), -1, -1, -1)], dim=1))
        y = self.outer(torch.relu(self.inner(x)))
        return self.head((F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2)) + y).mean((2, 3)))


def test_channels_that_are_padded_or_given_are_read() -> None:
    module = lively(Shortcut)
    imported = import_module(module, (1, 6, 6), stages=STAGES)
    network = network_of(imported)
    x = torch.randn(3, 1, 6, 6, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(network(x), module(x))
    assert [site.name for site in imported.spec.sites] == ["inner"]
    network.set_channel_masks({"inner": torch.tensor([True, False, True, False, True])})
    check_exact(network, shrink(network), x, 0)


class Patched(nn.Module):
    """A linear layer of patches, and an attention that `einsum` spells, heads last."""

    def __init__(self) -> None:
        super().__init__()
        self.patch, self.norm, self.head = nn.Linear(16, 8), nn.LayerNorm(8), nn.Linear(8, 3)
        self.query, self.key, self.value, self.proj = (nn.Linear(8, 8) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        x = x.view(len(x), 2, 2, 2, 3, 4).permute(0, 2, 4, 3, 5, 1).reshape(len(x), 6, 16)
        x = self.norm(self.patch(x))
        q, k, v = (part(x).unflatten(2, (2, 4)) for part in (self.query, self.key, self.value))
        weights = (torch.einsum("nihd,njhd->nhij", q, k) * 0.3).softmax(dim=-1)
        x = x + self.proj(torch.einsum("nhij,njhd->nihd", weights, v).flatten(2))
        return self.head(x.mean(1))


def test_patches_are_convolved_and_products_are_spelt_by_einsum() -> None:
    module = lively(Patched)
    imported = import_module(module, (2, 4, 12), stages=STAGES)
    network = network_of(imported)
    x = torch.randn(3, 2, 4, 12, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(network(x), module(x))
    assert imported.spec.by_name["patch"].operation == "conv"
    (heads,) = (node for node in imported.spec.nodes if node.operation == "attend")
    assert heads.attributes == {"key_size": 4, "scale": 0.3}
    mask_at_random(network, random.Random(1))
    check_exact(network, shrink(network), x, 1)


@pytest.mark.parametrize("name", sorted(HERE))
def test_all_weights_are_taken_over_once(name: str) -> None:
    make, shape = HERE[name]
    module = lively(make)
    origins = import_module(module, shape, stages=STAGES).origins
    taken = [name for names in origins.values() for name in names.split(", ")]
    assert len(set(taken)) == len(taken)
    assert {name for name, _ in module.named_parameters()} <= set(taken)


@pytest.mark.parametrize("name", ["resnet1d", "unet", "splitting", "perceptron"])
def test_weights_keep_their_names(name: str) -> None:
    make, shape = HERE[name]
    module = lively(make)
    imported = import_module(module, shape, stages=STAGES)
    for ours, theirs in imported.origins.items():
        assert ours == theirs.replace(".", "__", theirs.count(".") - 1)
        assert imported.modules[ours.split(".")[0]] == theirs.rpartition(".")[0]
        if "up2.weight" not in theirs:  # of a transposed convolution: outputs come first
            assert torch.equal(imported.tensors[ours], module.state_dict()[theirs])


def test_tied_channels_have_one_site_and_sites_share_the_stages() -> None:
    imported = import_module(lively(HERE["resnet1d"][0]), (2, 30), stages=STAGES)
    sites = {site.name: (site.channels, site.stage) for site in imported.spec.sites}
    assert sites == {
        "stem": (8, 0),
        "blocks.0.conv1": (8, 0),
        "blocks.0.conv2": (8, 1),
        "blocks.1.conv1": (16, 2),
        "blocks.1.conv2": (16, 3),
    }
    makers = {group.makers: group.reason for group in imported.groups}
    assert makers["blocks__1__conv2", "blocks__1__shortcut"] == ""
    assert makers["head",] == "gives the answers"


def test_heads_hidden_channels_and_the_stream_of_a_transformer_can_become_narrower() -> None:
    imported = import_module(lively(HERE["transformer"][0]), (1, 8, 8), stages=STAGES)
    assert {site.name: site.channels for site in imported.spec.sites} == {
        "patches": 12, "blocks.0.attn": 3, "blocks.0.mlp.0": 24, "blocks.1.attn.qkv": 3,
        "blocks.1.mlp.0": 24,
    }  # fmt: skip
    makers = {group.makers[0]: group.makers for group in imported.groups}
    assert {"cls_token", "positions", "blocks__0__attn__out_proj"} <= set(makers["patches"])
    network = network_of(imported)
    off = torch.tensor([True, False, True])
    network.set_channel_masks({"blocks.0.attn": off, "patches": torch.arange(12) < 8})
    small = shrink(network).tensors()
    assert small["blocks__0__attn.weight"].shape == (2, 8, 12)  # queries, keys, values of 4
    assert small["blocks__0__attn__out_proj.weight"].shape == (8, 8)
    assert small["positions.weight"].shape == (8, 5)


class Computed(nn.Module):
    """Weights that are computed of others, cut, and squared."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.utils.parametrizations.weight_norm(nn.Conv1d(1, 4, 3))
        self.long = nn.Parameter(torch.rand(4, 9))
        self.heat = nn.Parameter(torch.rand(4, 1))
        self.register_buffer("index", torch.tensor([2, 0, 1, 3]))
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer(x) * self.long[self.index, :6]
        return self.head((x / self.heat.exp()).mean(2))


def test_what_is_computed_of_weights_is_trained_in_their_place() -> None:
    module = lively(Computed)
    imported = import_module(module, (1, 8), stages=STAGES)
    x = torch.randn(5, 1, 8, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(network_of(imported)(x), module(x))
    assert imported.tensors["layer.weight"].shape == (4, 1, 3)
    originals = "layer.parametrizations.weight.original"
    assert set(imported.notes) == {
        f"{originals}1, {originals}0: what is computed of it is trained in its place",
        "heat: what is computed of it is trained in its place",
        "heat: is divided by; its reciprocal is trained",
    }


def test_what_needs_all_channels_stays_whole_and_says_why() -> None:
    imported = import_module(lively(HERE["unet"][0]), (1, 8, 8), stages=STAGES)
    reasons = {group.makers[0]: group.reason for group in imported.groups}
    assert re.search("tied to down2__1 .group norm, 2 groups", reasons["down2__0"])
    added = import_module(lively(HERE["splitting"][0]), (3, 8, 8), stages=STAGES)
    reasons = {group.makers[0]: group.reason for group in added.groups}
    assert reasons["after"] == reasons["first"] == "is added to concatenated channels"


def test_layers_that_are_to_stay_whole_stay_whole() -> None:
    imported = import_module(
        lively(HERE["resnet1d"][0]),
        (2, 30),
        stages=STAGES,
        keeps=lambda p: p.startswith("blocks.1"),
    )
    assert {site.name for site in imported.spec.sites} == {
        "stem", "blocks.0.conv1", "blocks.0.conv2",
    }  # fmt: skip
    kept = {group.makers[0] for group in imported.groups if group.reason == "is kept as asked"}
    assert kept == {"blocks__1__conv1", "blocks__1__conv2"}


def test_what_no_operation_stands_for_is_kept_as_it_is_and_told() -> None:
    imported = import_module(lively(HERE["odd"][0]), HERE["odd"][1], stages=STAGES)
    kept = {node.attributes["operator"] for node in imported.spec.nodes if "opaque" in node[1]}
    assert kept == {
        "pad.default", "prelu.default", "div.Tensor", "stack.default", "logsumexp.default",
        "index_select.default", "cumsum.default", "var_mean.dim", "sqrt.default",
        "conv2d.default", "unflatten.int",
    }  # fmt: skip
    assert imported.notes[0] == (
        "the model itself: conv2d is kept as it is, with all its channels; about 2,592 FLOPs"
    )
    assert [site.name for site in imported.spec.sites] == ["deep"]
    reasons = {group.makers[0]: group.reason for group in imported.groups if group.reason}
    assert reasons["stem"].startswith("is read by")
    assert "conv2d as it is" in reasons["stem"]
    assert imported.origins["slopes__opaque.numbers"] == "slopes.weight"


def test_what_happens_in_place_happens_to_all_who_read_it() -> None:
    class InPlace(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv1d(1, 4, 1)
            self.head = nn.Linear(7, 2)

        def forward(self, x: Tensor) -> Tensor:
            x = self.conv(x)
            y = x[:, 1:]
            torch.relu_(x)
            return self.head(torch.cat([y.mean(2), x.mean(2)], dim=1))

    module = lively(InPlace)
    x = torch.randn(5, 1, 3, dtype=torch.float64)
    imported = import_module(module, (1, 3), stages=STAGES)
    with torch.no_grad():
        torch.testing.assert_close(network_of(imported)(x), module(x))


def test_a_batch_normalisation_without_weights_gets_some_that_change_nothing() -> None:
    def make() -> nn.Module:
        return nn.Sequential(
            nn.Linear(3, 5), nn.BatchNorm1d(5, affine=False), nn.ReLU(), nn.Linear(5, 2)
        )

    module = lively(make)
    imported = import_module(module, (3,), stages=STAGES)
    network, x = network_of(imported), torch.randn(4, 3, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(network(x), module(x), rtol=1e-8, atol=1e-8)
    assert imported.notes == (
        "1: has no weights (affine=False); it gets a scale of 1 and a shift of 0, which are "
        "trained",
    )
    mask_at_random(network, random.Random(0))
    check_exact(network, shrink(network), x, 0)


class TwoInputs(nn.Module):
    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y


class TwoOutputs(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x, x + x


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell, self.head = nn.GRU(1, 3, batch_first=True), nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.cell(x.transpose(1, 2))[0][:, -1])


class Branching(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x) if bool(x.sum() > 0) else self.layer(-x)


class Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.head = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layer(torch.relu(self.layer(x))))


class Repeated(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.scale = nn.Linear(4, 4), nn.Parameter(torch.rand(2))

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x) * self.scale[[0, 1, 0, 1]]


class Quotient(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.head = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head((y := self.layer(x)) / (1.0 + y.square()))


class WithoutProjection(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.qkv, self.head = nn.Conv1d(1, 4, 1), nn.Linear(4, 12), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer(x).transpose(1, 2)
        q, k, v = self.qkv(x).unflatten(2, (2, 6)).transpose(1, 2).chunk(3, dim=-1)
        found = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        return self.head((x + found).mean(1))


class AcrossPositions(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.head = nn.Conv1d(1, 4, 1), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer(x).transpose(1, 2)
        return self.head(F.scaled_dot_product_attention(x, x, x).mean(1))


class AcrossExamples(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(x.flip(0))


class Drawing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.head = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.bernoulli(torch.sigmoid(self.layer(x))))


class Accumulating(nn.Module):
    """A sum over the examples up to each, which leaves the first as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.head = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.cumsum(self.layer(x), dim=0))


class Wholesale(nn.Module):
    """A softmax over the examples of a batch."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.head = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.softmax(self.layer(x), dim=0))


@pytest.mark.parametrize(
    ("make", "shape", "message"),
    [
        (TwoInputs, (4,), "forward cannot be called with one batch"),
        (TwoOutputs, (4,), "returns 2 values; expected one tensor"),
        (Branching, (4,), r"cannot follow the model .* at line \d+ of test_importer\.py"),
        (Shared, (4,), "layer: linear shares the weights layer.weight with another call; give"),
        (Recurrent, (1, 4), "cell: gru is recurrent.* Put convolutions or causal attention in"),
        (Repeated, (4,), "uses numbers of scale at more than one place"),
        (
            Quotient,
            (4,),
            r"nothing of the model can be pruned: layer is read by .* \(div as it is",
        ),
        (WithoutProjection, (1, 6), "channels cannot be followed: node 'add' adds features of"),
        (AcrossPositions, (1, 6), "attends to parts of layer"),
        (AcrossExamples, (4,), "answers: reads linear, in which the examples do not lie in"),
        (Drawing, (4,), "bernoulli is not among the operators that evo imports"),
        (Accumulating, (4,), "cumsum does not treat examples alike"),
        (Wholesale, (4,), "softmax is no part of an attention"),
        (lambda: nn.Linear(4, 2), (4,), "nothing of the model can be pruned"),
        (lambda: nn.Conv2d(1, 2, 9), (1, 4, 4), "torch.export cannot follow the model"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    make: Callable[[], nn.Module], shape: Shape, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        import_module(make(), shape, stages=STAGES)


def test_torch_tells_nothing_besides(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelError, match="cannot follow the model"):
        import_module(Branching(), (4,), stages=STAGES)
    assert capfd.readouterr() == ("", "")
