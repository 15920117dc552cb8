"""Activations and gradients of a network on one fixed batch, for pruning and epigenetic marks.

In evaluation mode and full precision, so looking changes nothing and is deterministic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import torch
from torch import Tensor

from fitness.data.resident import AnyExamples, Examples
from fitness.seeds import derived
from genomes.graph.operation import operation_of
from genomes.networks.layers import Weighted
from genomes.networks.network import Network

SMALLEST, LARGEST, SHARE = 64, 256, 32  # examples: a 32nd of all, within these bounds


class ActivationProbe:
    """A network and a batch. Results are computed when first asked for, and kept.

    `born` holds the weights at birth by node, for criteria that need them; without it the network
    counts as untrained.
    """

    def __init__(
        self,
        network: Network,
        batch: Examples,
        seed: int,
        born: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.network, self.batch, self.seed = network, batch, seed
        self.birth_weights = self.weights if born is None else born

    @cached_property
    def weights(self) -> Mapping[str, Tensor]:
        """The weight of each convolution and linear node."""
        nodes = self.network.spec.nodes
        names = [node.name for node in nodes if operation_of(node).is_weighted]
        return {name: self.network.get_parameter(f"{name}.weight").detach() for name in names}

    def producers(self, site: str) -> Iterator[Tensor]:
        """Yield the weights (C, ...) of all nodes that produce the channels of a site."""
        channels = self.network.spec.channels
        return (
            self.by_output(name, weight)
            for name, weight in self.weights.items()
            if channels.site(name) == site
        )

    def by_output(self, name: str, values: Tensor) -> Tensor:
        """Return numbers of a node's weights as (C, ...), by what each weight leads to."""
        layer = self.network.get_submodule(name)
        assert isinstance(layer, Weighted)
        return layer.by_output(values)

    def masked(self, site: str) -> Iterator[str]:
        """Yield the names of a site's mask nodes."""
        for node in self.network.spec.nodes:
            if node.site == site:
                yield node.name

    @cached_property
    def outputs(self) -> Mapping[str, Tensor]:
        """The output (B, C, H, W) or (B, F) of every node."""
        with torch.no_grad():
            return self._run()

    @cached_property
    def gradients(self) -> Mapping[str, Tensor]:
        """The gradient of the mean loss by each mask node's output and, by name, each weight."""
        with torch.enable_grad():
            outputs = self._run()
            answers = outputs[self.network.spec.output.name]
            loss = self.batch.target.loss(answers, self.batch.y)
            targets = {
                node.name: outputs[node.name]
                for node in self.network.spec.nodes
                if node.site is not None
            }
            targets |= {
                name: self.network.get_parameter(f"{name}.weight") for name in self.weights
            }
            gradients = torch.autograd.grad(loss, list(targets.values()))
        return dict(zip(targets, gradients, strict=True))

    def generator(self, name: str) -> torch.Generator:
        """Return a generator that depends on the training's seed and a name alone."""
        return torch.Generator().manual_seed(derived(self.seed, name))

    def _run(self) -> dict[str, Tensor]:
        was_training = self.network.training
        self.network.eval()
        outputs: dict[str, Tensor] = {}
        for node in self.network.spec.nodes:
            if not node.inputs:
                x = self.batch.x
                outputs[node.name] = x if x.is_floating_point() else x.float()
            else:
                module = self.network.get_submodule(node.name)
                outputs[node.name] = module(*[outputs[source] for source in node.inputs])
        self.network.train(was_training)
        return outputs


def probe_batch(train: AnyExamples, seed: int) -> Examples:
    """Return the batch that is looked at: the same examples for all of a training."""
    size = min(len(train), max(SMALLEST, min(LARGEST, len(train) // SHARE)))
    generator = torch.Generator().manual_seed(derived(seed, "probe"))
    chosen = torch.randperm(len(train), generator=generator)[:size].to(train.y.device)
    return train.chosen(chosen)


def per_channel(values: Tensor) -> Tensor:
    """Mean of (B, C, ...) over all but the channels: (C,)."""
    return values.transpose(0, 1).flatten(1).mean(1)


def mean_effect(effect: Tensor) -> Tensor:
    """Reduce activation times gradient (B, C, ...) to what each channel does to the loss (C,)."""
    return effect.flatten(2).mean(2).abs().mean(0) if effect.ndim > 2 else effect.abs().mean(0)
