"""The source that `model.py` holds: what it says, and that it computes what the network does."""

from types import ModuleType

import pytest
import torch

from evo.export.exported import plain_network
from evo.export.model_source import model_source
from genomes.chromosomes.gate_genes import with_gates
from genomes.genes.gene import Record
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import build
from tests.evo.exports import CLASSES, gated_network, inputs, random_network


def imported(source: str) -> ModuleType:
    """Run a source as a module."""
    module = ModuleType("model")
    exec(compile(source, "model.py", "exec"), module.__dict__)
    return module


def residual_spec() -> NetworkSpec:
    sketch = Sketch((1, 4, 4))
    x = sketch.add("stem", "conv", "input", out_channels=3, kernel=3, stride=1, bias=False)
    x = sketch.add("stem_norm", "layer_norm", x)
    x = sketch.add("stem_activation", "activation", x, function="gelu")
    y = sketch.add("inner", "depthwise", x, kernel=3, stride=1, bias=True)
    y = sketch.add("inner_norm", "batch_norm", y)
    x = sketch.add("sum", "add", y, x)
    x = sketch.add("sum_activation", "activation", x, function="tanh")
    x = sketch.add("pool", "max_pool", x, kernel=2, stride=2)
    x = sketch.add("average", "global_average_pool", x)
    x = sketch.add("drop", "dropout", x, rate=0.25)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    return sketch.finish()


RESIDUAL = '''\
"""An example.

Input: (N, 1, 4, 4), in the units of the data (normalisation is part of the network).
Output: (N, 2) logits.

    from safetensors.torch import load_file

    network = Network().eval()
    network.load_state_dict(load_file("weights.safetensors"))
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Network(nn.Module):
    """{parameters} parameters, {flops:,} FLOPs per example (a multiply-add is two)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 3, 3, padding=1, bias=False)
        self.stem_norm = nn.GroupNorm(1, 3)
        self.inner = nn.Conv2d(3, 3, 3, padding=1, groups=3)
        self.inner_norm = nn.BatchNorm2d(3)
        self.drop = nn.Dropout(0.25)
        self.logits = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = F.gelu(self.stem_norm(self.stem(x)))  # (N, 3, 4, 4)
        y = self.inner_norm(self.inner(x))
        x = torch.tanh(y + x)
        x = F.max_pool2d(x, 2)  # (N, 3, 2, 2)
        x = x.mean(dim=(2, 3))  # (N, 3)
        x = self.drop(x)
        return self.logits(x)  # (N, 2)
'''


def test_the_source_reads_as_a_person_would_write_it() -> None:
    spec = residual_spec()
    expected = RESIDUAL.format(parameters=27 + 6 + 30 + 6 + 8, flops=spec.flops())
    assert model_source(spec, "An example.") == expected


def test_masks_have_to_be_gone() -> None:
    sketch = Sketch((4,))
    x = sketch.add("hidden", "linear", "input", out_features=3, bias=True)
    x = sketch.add("hidden_mask", "mask", x, site="stage0", stage=0)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    with pytest.raises(ValueError, match=r"masks \(stage0\); shrink it first"):
        model_source(sketch.finish(), "")


def test_only_what_is_used_is_imported() -> None:
    sketch = Sketch((4,))
    sketch.add("logits", "linear", "input", out_features=2, bias=True)
    source = model_source(sketch.finish(), "A line.")
    assert "import torch\n" not in source
    assert "functional" not in source
    assert "Normalize" not in source


def test_strides_and_windows_are_written_where_they_are_not_the_default() -> None:
    sketch = Sketch((1, 8, 8))
    x = sketch.add("first", "conv", "input", out_channels=2, kernel=5, stride=2, bias=True)
    x = sketch.add("pool", "average_pool", x, kernel=3, stride=1)
    x = sketch.add("flat", "flatten", x)
    sketch.add("logits", "linear", x, out_features=2, bias=False)
    source = model_source(sketch.finish(), "")
    assert "self.first = nn.Conv2d(1, 2, 5, stride=2, padding=2)" in source
    assert "x = F.avg_pool2d(x, 3, stride=1)  # (N, 2, 2, 2)" in source
    assert "self.logits = nn.Linear(8, 2, bias=False)" in source


@pytest.mark.slow
@pytest.mark.parametrize(
    "family", ["cnn", "cnn1d", "mlp", "modular", "neat", "transformer", "gru"]
)
def test_the_source_computes_what_the_masked_network_does(family: str) -> None:
    for seed in range(40):
        masked = random_network(family, seed)
        plain = plain_network(masked)
        network = imported(model_source(plain.spec, "")).Network().eval()
        network.load_state_dict(plain.tensors(), strict=True)
        x = inputs(masked, 3)
        with torch.inference_mode():
            # In float64 the only difference is the order of sums.
            expected, found = masked.double()(x), network.double()(x)
        scale = expected.abs().max()
        assert found.shape == (3, *plain.spec.output.shape)
        assert plain.spec.outputs == CLASSES
        assert (expected - found).abs().max() <= 1e-8 * scale, f"{family} {seed}"


def test_bytes_are_taken_as_they_are() -> None:
    spec = random_network("cnn", 0)
    plain = plain_network(spec)
    network = imported(model_source(plain.spec, "")).Network().eval()
    network.load_state_dict(plain.tensors())
    x = torch.randint(0, 255, (2, *plain.spec.input_shape), dtype=torch.uint8)
    with torch.inference_mode():
        torch.testing.assert_close(network(x), network(x.float()))


def test_the_network_can_be_trained_further() -> None:
    spec = residual_spec()
    network = imported(model_source(spec, "")).Network()
    network.load_state_dict(build(spec).tensors())
    network(torch.randn(5, 1, 4, 4)).sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


@pytest.mark.parametrize("family", ["cnn", "cnn1d", "mlp", "modular", "neat"])
def test_gates_are_written(family: str) -> None:
    for seed in range(10):
        ours = plain_network(gated_network(family, seed)).double()
        network = imported(model_source(ours.spec, "")).Network().double().eval()
        network.load_state_dict(ours.tensors(), strict=True)
        x = inputs(ours, 6).double()
        with torch.inference_mode():
            expected, found = ours(x), network(x)
            one_by_one = torch.cat([network(x[i : i + 1]) for i in range(len(x))])
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(one_by_one, expected, rtol=1e-9, atol=1e-9)


def test_a_layer_is_applied_without_channels_that_are_closed_in_the_whole_batch() -> None:
    module = imported(model_source(plain_network(gated_network("mlp", 1)).spec, ""))
    x = torch.tensor([[1.0, 0.0, 0.0, 2.0], [0.0, 0.0, 0.0, 3.0]])
    linear = torch.nn.Linear(4, 2)
    with torch.no_grad():
        linear.weight[:, 1:3] = torch.nan  # not read
    assert bool(module.on_open(linear, x).isfinite().all())
    torch.testing.assert_close(
        module.on_open(linear, x), x[:, [0, 3]] @ linear.weight[:, [0, 3]].T + linear.bias
    )
    conv = torch.nn.Conv2d(4, 2, 3, stride=2, padding=1)
    image = x.view(2, 4, 1, 1).expand(2, 4, 5, 5)
    torch.testing.assert_close(module.on_open(conv, image), conv(image))
    nothing = torch.zeros(3, 4)
    torch.testing.assert_close(
        module.on_open(torch.nn.Linear(4, 2), nothing).std(0), torch.zeros(2)
    )


def test_a_gated_network_reads_well() -> None:
    sketch = Sketch((4,))
    x = sketch.add("hidden", "linear", "input", out_features=3, bias=True)
    x = sketch.add("hidden_mask", "mask", x, site="stage0", stage=0)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    genes = Record(gate="contextual", gate_threshold=0.4, gate_blend=0.5, gate_memory=2)
    network = plain_network(build(with_gates(sketch.finish(), genes)).eval())
    source = model_source(network.spec, "")
    assert "self.gate0 = Gate(4, 3, 4, 2, threshold=0.4, blend=0.5)" in source
    body = source.split("class Network")[1].split("-> Tensor:\n")[1]
    assert body == (
        "        y = self.gate0(x)  # (N, 3)\n"
        "        x = self.hidden(x)  # (N, 3)\n"
        "        x = gated(x, y, (1, 1, 1))\n"
        "        return on_open(self.logits, x)  # (N, 2)\n"
    )


@pytest.mark.parametrize("places", [(), (0, 2, 3)])
@pytest.mark.parametrize("over", ["channels", "positions"])
@pytest.mark.parametrize(("kind", "ratio"), [("divisive", None), ("difference-of-gaussians", 1.5)])
def test_inhibition_is_written(
    kind: str, ratio: float | None, over: str, places: tuple[int, ...]
) -> None:
    sketch = Sketch((3, 5, 4))
    attributes = {"kind": kind, "over": over, "width": 0.8, "strength": 2.0, "ratio": ratio}
    x = sketch.add("inhibit", "inhibit", "input", places=places, **attributes)
    x = sketch.add("pool", "global_average_pool", x)
    if over == "channels":
        x = sketch.add("again", "inhibit", x, places=(), **attributes)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    ours = build(sketch.finish()).double()
    network = imported(model_source(ours.spec, "")).Network().double()
    network.load_state_dict(ours.tensors(), strict=True)
    images = inputs(ours, 4).double()
    torch.testing.assert_close(network(images), ours(images), rtol=1e-12, atol=0.0)


def test_a_sparse_layer_lists_what_each_output_reads() -> None:
    sketch = Sketch((40,))
    wide = tuple((0, i) for i in range(1, 40))
    x = sketch.add("few", "sparse_linear", "input", out_features=3, edges=((0, 2), (0, 5), (2, 1)),
                   bias=False)  # fmt: skip
    x = sketch.add("both", "concatenate", "input", x)
    sketch.add("logits", "sparse_linear", x, out_features=1, edges=wide, bias=True)
    source = model_source(sketch.finish(), "")
    assert max(map(len, source.splitlines())) <= 100
    assert (
        "        self.few = SparseLinear(40, [\n"
        "            [2, 5],\n"
        "            [],\n"
        "            [1],\n"
        "        ], bias=False)\n"
    ) in source
    network = imported(source).Network()
    assert {name: tuple(p.shape) for name, p in network.named_parameters()} == {
        "few.weight": (1, 3), "logits.weight": (1, 39), "logits.bias": (1,)
    }  # fmt: skip
    assert "        y = self.few(x)  # (N, 3)\n" in source
