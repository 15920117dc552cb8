"""A network as zero-cost proxies see it: after marks, before any step of training.

A proxy is one file of `fitness/proxies/` with `measure(network, batch) -> float` and
`passes(examples) -> int`, what that costs in forward passes of one example. To look is to walk the
graph in full precision, without dropout; it changes no weight, statistic, gradient, mode or random
state.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from torch import Tensor, nn

from fitness.activation_probe import probe_batch
from fitness.data.resident import AnyExamples, Examples
from genomes.genes.registry import Registry
from genomes.graph.operation import Operation, operation_of
from genomes.networks.network import Network

PROXIES = Registry("zero-cost proxy", "fitness.proxies")
BATCH, SEED = 32, 0  # the same few examples for all networks of a task, so that figures compare
Rule = Callable[..., Tensor]  # (operation, module, *inputs): what a node does


def sample_batch(train: AnyExamples) -> Examples:
    """Return the examples on which proxies of a task are computed."""
    return probe_batch(train, SEED).chosen(slice(BATCH))


def measure_proxies(names: Sequence[str], network: Network, batch: Examples) -> dict[str, float]:
    """Return proxies by name, `_` for `-`; what is not finite is left out."""
    found = {
        name.replace("-", "_"): float(PROXIES.load(name).measure(network, batch)) for name in names
    }
    return {name: value for name, value in found.items() if math.isfinite(value)}


def proxy_passes(names: Sequence[str], examples: int) -> int:
    """Return what `measure_proxies` costs, in forward passes of one example."""
    return sum(int(PROXIES.load(name).passes(examples)) for name in names)


def walk(network: Network, x: Tensor, rule: Rule) -> Tensor:
    """Return the outputs (B, outputs) of a network whose nodes do what `rule` says."""
    outputs: dict[str, Tensor] = {}
    for node in network.spec.nodes:
        if not node.inputs:
            outputs[node.name] = x
            continue
        module, sources = network.get_submodule(node.name), [outputs[s] for s in node.inputs]
        outputs[node.name] = rule(operation_of(node), module, *sources)
    return outputs[network.spec.output.name]


def first_step(kind: Operation, module: nn.Module, *sources: Tensor) -> Tensor:
    """Do what a node does in the first step of training.

    Without dropout, which is noise, and with all gates open, as they are at birth.
    """
    found: Tensor = kind.first_step(module, *sources)
    return found


def inputs(network: Network, batch: Examples) -> Tensor:
    """Return a batch's inputs as floating numbers: bytes in the network's type."""
    if batch.x.is_floating_point():  # float64 where the normalisation needs it
        return batch.x
    return batch.x.to(next(network.parameters()).dtype)


def log10_within(value: float, low: float, high: float) -> float:
    """Return log10 within bounds; nothing is `low`, and what is not finite overflowed: `high`."""
    if not math.isfinite(value):
        return high
    return min(high, max(low, math.log10(value))) if value > 0 else low
