"""Continues a sequence of tokens by a network, position after position where it allows that.

A network knows windows of one length. When its window is full it begins again with the latter
half: each token is predicted from half a window at least, as in measurements on test data. What a
memory has taken in it keeps.
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
        self.window: list[int] = []
        self.activity: dict[str, list[float]] = {}

    @property
    def gates(self) -> tuple[str, ...]:
        """Name the gates whose openness is noted."""
        return tuple({} if self.stepper is None else self.stepper.opened)

    def tokens(self, prompt: Sequence[int], sampling: Sampling, seed: int) -> Iterator[int]:
        """Yield tokens without end; the same seed yields the same ones.

        Raises ValueError for an empty prompt.
        """
        if not prompt:
            raise ValueError("received no token to continue")
        generator = torch.Generator().manual_seed(seed)
        logits = self._begun(prompt)
        while True:
            token = sampling.draw(logits, generator)
            yield token
            logits = self._after(token)
            self._note()

    def _begun(self, prompt: Sequence[int]) -> Tensor:
        """Return the logits (V,) behind a prompt; all of it is read where there is a memory."""
        self.window = []
        if self.stepper is None:
            self.window = list(prompt[-self.length : -1])
            return self._after(prompt[-1])
        self.stepper.restart()
        for token in prompt if self.stepper.remembers else prompt[-self.length :]:
            logits = self._after(token)
        return logits

    def _after(self, token: int) -> Tensor:
        """Return the logits (V,) behind one more token."""
        if len(self.window) == self.length:
            self.window = self.window[(self.length + 1) // 2 :]
            if self.stepper is not None:
                self.stepper.renew(len(self.window))
                for known in self.window:
                    self.stepper.feed(known)
        self.window.append(token)
        if self.stepper is not None:
            return self.stepper.feed(token)
        last = len(self.window) - 1
        tokens = self.window + [0] * (
            self.length - len(self.window)
        )  # no position sees later ones
        with torch.inference_mode():
            found: Tensor = self.network(torch.tensor([tokens]))[0, :, last]
        return found

    def _note(self) -> None:
        for gate, opened in ({} if self.stepper is None else self.stepper.opened).items():
            self.activity.setdefault(gate, []).append(opened.share)


def _stepper(network: Network) -> Stepper | None:
    """Return what runs a network position after position; None where some layer needs them all."""
    try:
        return Stepper(network)
    except ValueError:
        return None
