"""A network as zero-cost proxies see it: after marks, before any step of training.

A proxy is one file of `fitness/proxies/` with `measure(network, batch) -> float` and
`passes(examples) -> int`, what that costs in forward passes of one example. To look is to walk the
graph in full precision, without dropout; it changes no weight, statistic, gradient, mode or random
state.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from fitness.activation_probe import probe_batch
from fitness.data.resident import Examples
from genomes.genes.registry import Registry
from genomes.networks.network import Network
from genomes.networks.operations import EPSILON, BatchNorm

PROXIES = Registry("zero-cost proxy", "fitness.proxies")
BATCH, SEED = 32, 0  # the same few examples for all networks of a task, so that figures compare
Rule = Callable[..., Tensor]  # (module, *inputs): what a node does instead of its usual work


def sample_batch(train: Examples) -> Examples:
    """Return the examples on which proxies of a task are computed."""
    batch = probe_batch(train, SEED)
    return Examples(batch.x[:BATCH], batch.y[:BATCH])


def measure_proxies(names: Sequence[str], network: Network, batch: Examples) -> dict[str, float]:
    """Return proxies by name, `_` for `-`; what is not finite is left out."""
    found = {
        name.replace("-", "_"): float(PROXIES.load(name).measure(network, batch)) for name in names
    }
    return {name: value for name, value in found.items() if math.isfinite(value)}


def proxy_passes(names: Sequence[str], examples: int) -> int:
    """Return what `measure_proxies` costs, in forward passes of one example."""
    return sum(int(PROXIES.load(name).passes(examples)) for name in names)


def walk(network: Network, x: Tensor, rules: Mapping[str, Rule]) -> Tensor:
    """Return the logits (B, classes) of inputs; `rules` replace operations by their names."""
    outputs: dict[str, Tensor] = {}
    for node in network.spec.nodes:
        if node.operation == "input":
            outputs[node.name] = x
            continue
        module, sources = network.get_submodule(node.name), [outputs[s] for s in node.inputs]
        rule = rules.get(node.operation)
        outputs[node.name] = rule(module, *sources) if rule else module(*sources)
    return outputs[network.spec.output.name]


def inputs(network: Network, batch: Examples) -> Tensor:
    """Return a batch's inputs as floating numbers: bytes in the network's type."""
    if batch.x.is_floating_point():  # float64 where the normalisation needs it
        return batch.x
    return batch.x.to(next(network.parameters()).dtype)


def untouched(module: nn.Module, x: Tensor, *others: Tensor) -> Tensor:
    """Let a node do nothing."""
    return x


def by_batch(module: nn.Module, x: Tensor) -> Tensor:
    """Normalise by the batch's statistics, as in training, and keep none of them."""
    assert isinstance(module, BatchNorm)
    return F.batch_norm(x, None, None, module.weight, module.bias, True, 0.0, EPSILON)


# The first step of training as it would be, but for dropout, which is noise, and with all gates
# open, as they are at birth.
FIRST_STEP: Mapping[str, Rule] = {
    "batch_norm": by_batch, "dropout": untouched, "gate": untouched, "gated": untouched,
}  # fmt: skip


def log10_within(value: float, low: float, high: float) -> float:
    """Return log10 within bounds; nothing is `low`, and what is not finite overflowed: `high`."""
    if not math.isfinite(value):
        return high
    return min(high, max(low, math.log10(value))) if value > 0 else low
