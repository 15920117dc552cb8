"""Bred functions as source: readable, one class for each, and the same numbers."""

from __future__ import annotations

from types import ModuleType

import torch
from hypothesis import given, settings

from evo.export.exported import plain_network
from evo.export.model_source import model_source
from genomes.genes.activation import check
from genomes.genes.language import Formula
from genomes.graph.operation import operation
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.networks.bred_activation import Bred
from genomes.networks.layers import make_layer
from tests.evo.bred_networks import bred_network, bred_spec
from tests.genomes.bred_functions import FORMULAS, drawn

SOURCE = '''

def clamped(x: Tensor) -> Tensor:
    """Keep the results of an evolved function within bounds."""
    return x.clamp(-10000, 10000)


def quotient(a: Tensor, b: Tensor) -> Tensor:
    """Divide by what is kept away from zero."""
    away = torch.where(b < 0, b.clamp(max=-0.01), b.clamp(min=0.01))
    return clamped(a / away)


class Activation1(nn.Module):
    """max(x, x * a)."""

    def __init__(self) -> None:
        super().__init__()
        self.constants = nn.Parameter(torch.zeros(1))  # values are in weights.safetensors

    def forward(self, x: Tensor) -> Tensor:
        x = clamped(x)
        (a,) = clamped(self.constants).unbind()
        return torch.maximum(x, clamped(x * a))


class Activation2(nn.Module):
    """(x - tanh(x * x)) / log(1 + |x|)."""

    def forward(self, x: Tensor) -> Tensor:
        x = clamped(x)
        return quotient(clamped(x - torch.tanh(clamped(x * x))), x.abs().log1p())
'''


def function_source(spec: NetworkSpec) -> str:
    """Return the classes of a network's bred functions and what they need."""
    nodes = [node for node in spec.nodes if node.operation == "activation"]
    return operation("activation").definitions(nodes)


def imported(source: str) -> ModuleType:
    module = ModuleType("model")
    exec(compile(source, "model.py", "exec"), module.__dict__)
    return module


def one(formula: Formula) -> NetworkSpec:
    sketch = Sketch((3,))
    x = sketch.add("act", "activation", "input", function=formula)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    return sketch.finish()


def test_each_different_function_is_one_class() -> None:
    assert function_source(bred_spec()) == SOURCE
    source = model_source(plain_network(bred_network()).spec, "")
    assert "self.stem_activation = Activation1()" in source
    assert "self.head_activation = Activation1()" in source
    assert "x = self.inner_activation(self.inner_norm(self.inner(x)))" in source
    assert "x = F.gelu(self.last(x))" in source


def test_networks_without_bred_functions_need_none_of_it() -> None:
    assert function_source(one("relu")) == ""
    assert "quotient" not in function_source(one(("exp", "x")))


def test_the_source_computes_what_the_network_does_bit_for_bit() -> None:
    plain = plain_network(bred_network())
    network = imported(model_source(plain.spec, "")).Network().eval()
    network.load_state_dict(plain.tensors(), strict=True)
    x = 3.0 * torch.randn(16, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.equal(network(x), plain(x))


@settings(max_examples=100, deadline=None)
@given(FORMULAS)
def test_any_function_is_written_so_that_it_computes_the_same(formula: Formula) -> None:
    try:
        function = check(formula)
    except ValueError:
        return  # x has cancelled out
    spec = one(function)
    source = model_source(spec, "")
    assert max(map(len, source.splitlines())) <= 110
    module = imported(source).Network().act if "Activation1" in source else None
    ours = make_layer("activation", spec.by_name["act"].attributes, (3,), (3,))
    assert (module is not None) == isinstance(ours, Bred)
    if module is not None:
        module.load_state_dict(ours.state_dict(), strict=True)
        x = torch.tensor([0.0, -0.0, 1.0, -1.0, 0.3, -2.5, 1e4, -1e4, 7.0])
        with torch.inference_mode():
            assert torch.equal(module(x), ours(x))


def test_most_lines_are_short() -> None:
    lines = [line for s in range(300) for line in function_source(one_or_relu(s)).splitlines()]
    assert sum(len(line) > 92 for line in lines) < 0.01 * len(lines)


def one_or_relu(seed: int) -> NetworkSpec:
    try:
        return one(check(drawn(seed)))
    except ValueError:
        return one("relu")
