"""Continues a sequence of tokens by a network, position after position where it allows that.

A network knows windows of one length. When its window is full it begins again with the latter
half: each token is predicted from half a window at least, as in measurements on test data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from evo.generation.sampling import Sampling
from genomes.networks.network import Network
from genomes.networks.stepping.stepper import Stepper


class Continuation:
    """A network that continues; `activity` has for each token made the open share of each gate."""

    def __init__(self, network: Network) -> None:
        self.network = network
        (self.length,) = network.spec.input_shape
        self.stepper = _stepper(network)
        self.activity: dict[str, list[float]] = {}

    def tokens(self, prompt: Sequence[int], sampling: Sampling, seed: int) -> Iterator[int]:
        """Yield tokens without end; the same seed yields the same ones.

        Raises ValueError for an empty prompt.
        """
        if not prompt:
            raise ValueError("received no token to continue")
        generator = torch.Generator().manual_seed(seed)
        window = list(prompt[-self.length :])
        logits = self._taken_in(window, 0)
        while True:
            token = sampling.draw(logits, generator)
            yield token
            known = len(window)
            if known == self.length:
                window, known = window[(self.length + 1) // 2 :], 0
            window.append(token)
            logits = self._taken_in(window, known)
            self._note()

    def _taken_in(self, window: Sequence[int], known: int) -> Tensor:
        """Return the logits (V,) behind a window, of which so many tokens were taken in before."""
        if self.stepper is None:
            with torch.inference_mode():
                found: Tensor = self.network(torch.tensor([window]))[0, :, -1]
            return found
        if known == 0:
            self.stepper.restart()
        for token in window[known:]:
            logits = self.stepper.feed(token)
        return logits

    def _note(self) -> None:
        for gate, opened in ({} if self.stepper is None else self.stepper.opened).items():
            self.activity.setdefault(gate, []).append(opened.share)


def _stepper(network: Network) -> Stepper | None:
    """Return what runs a network position after position; None where some layer needs them all."""
    try:
        return Stepper(network)
    except ValueError:
        return None
