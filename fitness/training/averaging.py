"""Averages of a network's weights over its training, which generalise better than the last ones.

`ema`: the exponential moving average over steps (Polyak & Juditsky 1992,
https://doi.org/10.1137/0330046), its length a share of the training, as Karras et al. (2024,
https://arxiv.org/abs/2312.02696) have it. `swa`: the equal mean over the ends of the last epochs,
through which the learning rate stays (Izmailov et al. 2018, https://arxiv.org/abs/1803.05407).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fitness.data.resident import AnyExamples
from fitness.seeds import derived
from fitness.training.flat import FlatParameters
from fitness.training.forward import forward, laid_out
from fitness.training.numerics import Numerics
from genomes.networks.network import Network

HORIZON = 0.05  # of the training: how far back the moving average looks
SWA_START = 0.75  # of the training, as in the paper
STATISTICS_EXAMPLES = 1024  # on which batch normalisations are measured anew


@dataclass(frozen=True)
class Averaging:
    """A rule: what `share` of the average the weights after a step become.

    `share(step, steps, epoch, adult_epochs)` counts steps and epochs from one. After `holds_at` of
    the training the learning rate stays as it is.
    """

    share: Callable[[int, int, int, int], float]
    holds_at: float = 1.0


def moving_share(step: int, steps: int, epoch: int, adult_epochs: int) -> float:
    """Return how much a moving average takes from the newest weights, for a fixed horizon."""
    return -math.expm1(-1.0 / (HORIZON * steps * adult_epochs))


def equal_share(step: int, steps: int, epoch: int, adult_epochs: int) -> float:
    """Return 1/n at the end of the n-th of the last epochs, 1 at the ends before, else 0."""
    if step < steps:
        return 0.0
    return 1.0 / max(1, epoch - min(adult_epochs - 1, int(SWA_START * adult_epochs)))


RULES = {"ema": Averaging(moving_share), "swa": Averaging(equal_share, SWA_START)}


class WeightAverage:
    """The average of a network's weights while it trains.

    During an epoch the network holds the weights that are trained. Between epochs it holds what is
    handed over, the average, and the trained ones are set aside.
    """

    def __init__(
        self, rule: Averaging, network: Network, parameters: FlatParameters, adult_epochs: int
    ) -> None:
        self.rule, self.network, self.parameters = rule, network, parameters
        self.adult_epochs = adult_epochs
        self.values = parameters.values.clone()
        self._aside: dict[str, Tensor] = {}

    def begin(self) -> None:
        """Give the network the trained weights back, if they were set aside."""
        for name, value in self._aside.items():
            self._places[name].copy_(value)
        self._aside = {}

    @torch.no_grad()
    def follow(self, step: int, steps: int, epoch: int) -> None:
        """Take the weights after a step of an epoch into the average."""
        share = self.rule.share(step, steps, epoch, self.adult_epochs)
        if share:
            self.values.lerp_(self.parameters.values, share)

    @torch.no_grad()
    def mask_(self) -> None:
        """Set averages of masked weights to zero; call it when weight masks have changed."""
        for name, mask in self.network.weight_masks().items():
            weight = self.network.get_parameter(f"{name}.weight")
            self.parameters.weight_part(self.values, weight).mul_(mask)

    @torch.no_grad()
    def show(self, train: AnyExamples, numerics: Numerics, seed: int) -> None:
        """Put the average into the network, with batch statistics of its own.

        They are those of training examples as they are, drawn once for a seed.
        """
        self._aside = {name: value.clone() for name, value in self._places.items()}
        self.parameters.values.copy_(self.values)
        if normalisations(self.network):
            measure_statistics(self.network, _drawn(train, seed), numerics)

    def state(self) -> dict[str, Tensor]:
        """Return what was set aside, by names: the average itself is the network's state."""
        return dict(self._aside)

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a network that holds the average, and from what was set aside."""
        if state.keys() != self._places.keys():
            raise ValueError("received the checkpoint of a training without averaged weights")
        self.values.copy_(self.parameters.values)
        self._aside = {name: state[name].to(place) for name, place in self._places.items()}

    @property
    def _places(self) -> dict[str, Tensor]:
        found = {"weights": self.parameters.values}
        for name, module in normalisations(self.network).items():
            for statistic in ("running_mean", "running_var"):
                found[f"{name}.{statistic}"] = module.get_buffer(statistic)
        return found


def normalisations(network: Network) -> dict[str, nn.Module]:
    """Return the batch normalisations of a network by name."""
    found = network.named_modules()
    return {name: module for name, module in found if "running_mean" in module._buffers}


@torch.no_grad()
def measure_statistics(network: Network, x: Tensor, numerics: Numerics) -> None:
    """Set each batch normalisation to mean and variance of what reaches it for inputs (B, ...).

    One pass in evaluation mode, in which each one sees what those before it have made of theirs.
    """

    def measured(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        by_channel = inputs[0].float().transpose(0, 1).flatten(1)  # (C, B * ...)
        module.get_buffer("running_mean").copy_(by_channel.mean(1))
        module.get_buffer("running_var").copy_(by_channel.var(1))

    network.eval()
    hooks = [m.register_forward_pre_hook(measured) for m in normalisations(network).values()]
    try:
        forward(network, laid_out(x, numerics), numerics)
    finally:
        for hook in hooks:
            hook.remove()


def _drawn(train: AnyExamples, seed: int) -> Tensor:
    size = train.target.held_at_once(train.input_shape, min(len(train), STATISTICS_EXAMPLES))
    generator = torch.Generator().manual_seed(derived(seed, "statistics"))
    chosen = torch.randperm(len(train), generator=generator)[:size]
    return train.chosen(chosen.to(train.y.device)).x
