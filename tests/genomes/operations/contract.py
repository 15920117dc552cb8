"""What holds for every operation, as checks of one case: attributes, and shapes of its inputs.

A test of an operation of your own calls `check`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import prod
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from evo.export.model_source import model_source
from genomes.genes.gene import Record
from genomes.graph.channels import Layout, Part
from genomes.graph.masks import Flags, MaskedNode, Masks
from genomes.graph.node import Node
from genomes.graph.operation import Axis, operation
from genomes.graph.shapes import Shape
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.networks.inherit import inherit_weights
from genomes.networks.layers import Reader, Weighted, make_layer
from genomes.networks.network import build
from genomes.networks.shrinking import shrink
from tests.genomes.random_networks import check_exact, lively_network, mask_at_random


class Case(NamedTuple):
    """An operation with attributes, for inputs of these shapes (without the batch)."""

    name: str
    attributes: Record
    sources: tuple[Shape, ...]

    @property
    def target(self) -> Shape:
        return operation(self.name).shape(self.attributes, self.sources)

    def module(self, seed: int = 0) -> nn.Module:
        """Make the module in evaluation mode and float64, its parameters and statistics drawn."""
        module = make_layer(self.name, self.attributes, self.sources[0], self.target)
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.normal_(generator=generator)
            for name, buffer in module.named_buffers():
                if name.startswith("running"):
                    buffer.uniform_(0.5, 2.0, generator=generator)
        return module.double().eval()

    def inputs(self, seed: int = 0) -> list[Tensor]:
        """Draw a batch of three for each input; the last one of tokens, where it is read so."""
        generator = torch.Generator().manual_seed(seed)
        drawn = [
            torch.randn(3, *shape, generator=generator, dtype=torch.float64)
            for shape in self.sources
        ]
        if operation(self.name).reads_tokens:
            drawn[-1] = drawn[-1].abs().round().clamp_max(self.sources[0][1] - 2)
        return drawn


def check(case: Case) -> None:
    """Check all that an operation says of itself against what torch computes."""
    with torch.no_grad():
        for part in (
            check_tensors, check_axes, check_zeros, check_channels, check_numbers, check_passing,
            check_flow, check_first_step, check_inheriting,
        ):  # fmt: skip
            part(case)
    check_source(case)
    check_shrinking(case)
    assert len(operation(case.name).words(_node(case))) <= 60


def check_tensors(case: Case) -> None:
    """Compare the shape and the tensors, by name, with those of the module."""
    rule, module = operation(case.name), case.module()
    assert tuple(module(*case.inputs()).shape[1:]) == case.target
    shapes = {name: tuple(tensor.shape) for name, tensor in module.named_parameters()}
    assert shapes == dict(rule.tensors(case.attributes, case.sources[0], case.target))
    assert set(module.state_dict()) == set(shapes) | set(rule.constants)
    assert isinstance(module, Weighted) == rule.is_weighted
    assert isinstance(module, Reader) == (rule.layer_kind is not None)
    flops = rule.flops(case.attributes, case.sources[0], case.target)
    assert isinstance(flops, int)
    assert flops >= 0


def check_axes(case: Case) -> None:
    """Compare the axes of each tensor with the numbers of channels."""
    rule, state = operation(case.name), case.module().state_dict()
    assert set(state) <= set(rule.axes)
    edges = len(case.attributes.get("edges", ()))
    for name, tensor in state.items():
        sizes: dict[Axis, int] = {
            "outputs": case.target[0], "inputs": case.sources[0][0], "edges": edges,
            "both": case.sources[0][0],
        }  # fmt: skip
        for place, axis in enumerate(rule.axes[name]):
            assert tensor.shape[place] == sizes.get(axis, tensor.shape[place]), name


def check_zeros(case: Case) -> None:
    """Give zeros, and what is not negative."""
    rule, module = operation(case.name), case.module()
    if rule.keeps_zero(case.attributes):
        assert not module(*[torch.zeros_like(x) for x in case.inputs()]).any()
    if rule.is_transparent:
        assert bool((module(*[x.abs() for x in case.inputs()]) >= 0.0).all())
    if rule.rectifies(case.attributes):
        (x,) = case.inputs()
        assert torch.equal(module(x.abs()), x.abs())
        assert bool((module(x) >= 0.0).all())


def check_channels(case: Case) -> None:
    """Change one channel after the other; of a channelwise operation only that one changes."""
    if not operation(case.name).is_channelwise(case.attributes):
        return
    module, inputs, channels = case.module(), case.inputs(), case.sources[0][0]
    before = module(*inputs)
    for channel in range(channels):
        changed = [x.clone() for x in inputs]
        for x in changed:
            x[:, channel] += 1.0
        differs = (module(*changed) != before).reshape(3, channels, -1).any(2).any(0)
        assert not differs[torch.arange(channels) != channel].any()


def check_numbers(case: Case) -> None:
    """Change a single number; of a pointwise operation only that one changes."""
    if not operation(case.name).is_pointwise:
        return
    assert (case.target,) == case.sources
    module, (x,) = case.module(), case.inputs()
    changed = x.flatten(1).clone()
    changed[:, -1] += 1.0
    differs = (module(changed.view_as(x)) != module(x)).flatten(1)
    assert not differs[:, :-1].any()


def check_passing(case: Case) -> None:
    """Set the weight so that channels come out as they came in, as far as there are as many."""
    rule = operation(case.name)
    passing = rule.passing_weight(case.attributes)
    if passing is None:
        return
    module: Any = make_layer(case.name, case.attributes, case.sources[0], case.target)
    module.double().eval()
    channels = min(case.sources[0][0], case.target[0])
    weight = module.weight
    if rule.scales:
        weight.fill_(passing)
    else:
        weight.zero_()
        centre = tuple(side // 2 for side in weight.shape[2:])
        for channel in range(channels):
            weight[(channel, channel if rule.mixes else 0, *centre)] = passing
    (x,) = case.inputs()
    torch.testing.assert_close(module(x)[:, :channels], x[:, :channels], rtol=1e-12, atol=1e-12)


def check_flow(case: Case) -> None:
    """Draw what the inputs carry, and what matters of the output, and look whether both hold."""
    rule, module, rng = operation(case.name), case.module(), np.random.default_rng(0)
    for seed in range(8):
        at = _masked(case, module, rng)
        on = [rng.random(shape[0]) < 0.6 for shape in case.sources]
        inputs = [_only(x, flags) for x, flags in zip(case.inputs(seed), on, strict=True)]
        found = module(*inputs)
        assert not found[:, ~torch.from_numpy(rule.carries(at, on))].any()
        wanted = rng.random(case.target[0]) < 0.4
        matters = rule.matters(at, wanted, on)
        for place, flags in enumerate(matters):
            idle = torch.from_numpy(on[place] & ~flags)
            changed = list(inputs)
            changed[place] = inputs[place].clone()
            changed[place][:, idle] += 1.0
            seen = torch.from_numpy(wanted)
            torch.testing.assert_close(
                module(*changed)[:, seen], found[:, seen], rtol=1e-12, atol=1e-12
            )


def check_first_step(case: Case) -> None:
    """Take the first step of training as proxies see it: without noise, and nothing is kept."""
    module, inputs = case.module().train(), case.inputs()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    found, again = (operation(case.name).first_step(module, *inputs) for _ in range(2))
    assert torch.equal(found, again)
    assert all(torch.equal(before[name], t) for name, t in module.state_dict().items())


def check_source(case: Case) -> None:
    """Export a network with the operation; `model.py` computes what the network does."""
    network = shrink(build(_network(case, ()), seed=1)).double().eval()
    written = ModuleType("model")
    exec(compile(model_source(network.spec, ""), "model.py", "exec"), written.__dict__)
    twin: nn.Module = written.Network().double().eval()
    twin.load_state_dict(network.tensors(), strict=True)
    x = case.inputs()[0]
    with torch.inference_mode():
        torch.testing.assert_close(twin(x), network(x), rtol=1e-9, atol=1e-9)


def check_shrinking(case: Case) -> None:
    """Mask what the operation reads, and shrink: the outputs stay, the counts are right."""
    if _reads_input(case):
        return  # nothing masks the network's inputs
    spec = _network(case, ("stage0", "stage1"))
    for seed in range(16):
        rng = random.Random(seed)
        network = lively_network(rng, spec)
        mask_at_random(network, rng)
        check_exact(network, shrink(network), case.inputs(seed)[0], seed)


def check_inheriting(case: Case) -> None:
    """Let a child have the operation where its parent had nothing: it computes the same."""
    rule = operation(case.name)
    if rule.passing_weight(case.attributes) is None or (case.target,) != case.sources:
        return
    spec = _network(case, ())
    parent, child = build(_without(spec, "node"), seed=1), build(spec, seed=2)
    inherit_weights(child, parent.spec, parent.state_dict(), noise=0.0)
    x = case.inputs()[0]
    expected, found = (network.double().eval()(x) for network in (parent, child))
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)


# -- what the checks are made on ------------------------------------------------------------------


def _node(case: Case) -> Node:
    inputs = ("a", "b")[: len(case.sources)]
    return Node("node", case.name, inputs, case.attributes, case.target)


def _masked(case: Case, module: nn.Module, rng: np.random.Generator) -> MaskedNode:
    """Mask some of the weights, if there are any to mask, and set them to zero."""
    weights: dict[str, Flags] = {}
    if isinstance(module, Weighted):
        weights["node"] = rng.random(tuple(module.weight.shape)) < 0.6
        module.weight.mul_(torch.from_numpy(weights["node"]))
    layout = Layout(0, 1, None, (Part(0, 1, None, case.target[0]),))
    return MaskedNode(_node(case), case.sources, layout, Masks({}, weights))


def _only(x: Tensor, flags: Flags) -> Tensor:
    return x * torch.from_numpy(flags).view(-1, *[1] * (x.dim() - 2))


def _network(case: Case, sites: Sequence[str]) -> NetworkSpec:
    """Put the operation between layers; `sites` mask what it reads, where they may."""
    rule, sketch = operation(case.name), Sketch(case.sources[0])
    sites = () if rule.keeps_all else sites
    site = sites[0] if sites else ""
    inputs = ["input" if _reads_input(case) else _layer(sketch, "a", case.sources[0], site)]
    if rule.arity == 2:
        site = sites[1] if sites and rule.ties == "parts" else ""
        inputs.append(_layer(sketch, "b", case.sources[1], site))
    x = sketch.add("node", case.name, *inputs, **case.attributes)
    if sites and rule.ties in ("all", "first") and not rule.lists_positions:
        # As in networks that families lay out: the mask follows where something may come to life.
        x = sketch.add("mask", "mask", x, site=sites[0], stage=0)
    if len(case.target) > 1:
        x = sketch.add("flat", "flatten", x)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    return sketch.finish()


def _without(spec: NetworkSpec, name: str) -> NetworkSpec:
    """Return a network without a node of one input; what read that reads its input."""
    sketch, (source,) = Sketch(spec.input_shape), spec.by_name[name].inputs
    for node in spec.nodes[1:]:
        if node.name != name:
            inputs = [source if read == name else read for read in node.inputs]
            sketch.add(node.name, node.operation, *inputs, **node.attributes)
    return sketch.finish()


def _reads_input(case: Case) -> bool:
    rule = operation(case.name)
    return rule.reads_unmasked or rule.normalization(case.attributes) is not None


def _layer(sketch: Sketch, name: str, shape: Shape, site: str) -> str:
    """Add what gives a shape, and its mask if it has a site."""
    x = "input"
    if len(shape) == 1 and len(sketch.input_shape) > 1:
        x = sketch.add(f"{name}_means", "global_average_pool", x)
    if len(shape) == 1:
        x = sketch.add(name, "linear", x, out_features=shape[0], bias=True)
    else:
        x = sketch.add(name, "conv", x, out_channels=shape[0], kernel=1, stride=1, bias=True)
    x = sketch.add(f"{name}_activation", "activation", x, function="tanh")
    return sketch.add(f"{name}_mask", "mask", x, site=site, stage=0) if site else x


def parameters(case: Case) -> int:
    """Count the trainable parameters that the operation lists."""
    tensors = operation(case.name).tensors(case.attributes, case.sources[0], case.target)
    return sum(map(prod, tensors.values()))
