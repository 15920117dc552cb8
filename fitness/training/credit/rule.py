"""What tells hidden weights how to change, where it is not the gradient of the loss.

A rule acts in the passes of training alone. It stands at the layers that multiply with a weight
(`conv`, `depthwise`, `linear`, `transposed_conv`): what comes into one is cut off from the graph,
so that its own weight learns from what comes after, and the rule says what reaches the layers
before. Normalisations, activations and all other operations in between hand on their own
gradients. Random matrices follow from the training's seed and the node's name: a checkpoint holds
none.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from fitness.seeds import derived
from genomes.chromosomes.training_genes import BACKPROPAGATION
from genomes.genes.registry import Registry
from genomes.networks.layers import Weighted
from genomes.networks.network import Network

RULES = Registry("learning rule", "fitness.credit")
TRAINING_TO_FORWARD = 3  # FLOPs: the backward pass costs twice the forward pass

LossOf = Callable[[Tensor], Tensor]  # of outputs (B, outputs, ...), 0-dim


class Credit(ABC):
    """A rule for one network in training."""

    passes: ClassVar[int] = TRAINING_TO_FORWARD  # what a step costs, in forward passes

    def __init__(self, network: Network, seed: int) -> None:
        self.seed = seed
        self.layers = {
            name: module for name, module in network.named_modules() if type(module) is Weighted
        }
        self._fixed: dict[str, Tensor] = {}

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Let the rule see the forward pass inside."""
        with ExitStack() as stack:
            for name, layer in self.layers.items():
                entering = layer.register_forward_pre_hook(partial(self._enters, name))
                leaving = layer.register_forward_hook(partial(self._leaves, name))
                stack.callback(entering.remove)
                stack.callback(leaving.remove)
            yield

    @abstractmethod
    def enters(self, name: str, x: Tensor) -> None:
        """Take note of what comes into a layer, (B, ...), before it is cut off."""

    def leaves(self, name: str, y: Tensor) -> Tensor:
        """Return what a layer gives, (B, ...), with a way back to what came in."""
        return y

    def backward(self, paid: Tensor, outputs: Tensor, y: Tensor, loss_of: LossOf) -> None:
        """Add to the gradients of all parameters what the batch of the last pass asks for.

        `paid` is what the step minimises, made from `outputs` (B, outputs, ...); `y` are encoded
        targets, and `loss_of` gives the loss of other outputs for them.
        """
        paid.backward()  # type: ignore[no-untyped-call]

    def fixed(self, name: str, shape: tuple[int, ...], like: Tensor) -> Tensor:
        """Return the random numbers of a layer, standard normal, always the same."""
        if name not in self._fixed:
            generator = torch.Generator().manual_seed(derived(self.seed, name, "credit"))
            drawn = torch.randn(shape, generator=generator)
            self._fixed[name] = drawn.to(like.device, torch.float32)
        return self._fixed[name]

    def _enters(self, name: str, _: nn.Module, given: tuple[Tensor]) -> tuple[Tensor] | None:
        (x,) = given
        if not x.requires_grad:  # nothing before it learns
            return None
        self.enters(name, x)
        return (x.detach(),)

    def _leaves(self, name: str, _: nn.Module, given: Any, y: Tensor) -> Tensor:
        return self.leaves(name, y)


def credit_of(rule: str, network: Network, seed: int) -> Credit | None:
    """Return the rule of that name for a network; None for backpropagation.

    Raises `UnknownName` for one that does not exist.
    """
    if rule == BACKPROPAGATION:
        return None
    found: Credit = RULES.load(rule).RULE(network, seed)
    return found
