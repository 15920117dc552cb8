"""Scores of an attention under way: products of queries and keys, until values are weighed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from genomes.importing.errors import Unsupported
from genomes.importing.values import Moved

FAR = -1e3  # an added number at least as low hides a pair of positions


@dataclass(frozen=True, eq=False)
class Scores:
    """`scale` times queries (..., L, D) by keys (..., M, D), with a softmax over the keys or not.

    With `is_causal` later positions are hidden.
    """

    queries: Moved
    keys: Moved
    scale: float = 1.0
    is_causal: bool = False
    is_normalised: bool = False

    def scaled(self, factor: float) -> Scores:
        """Return them times a number."""
        self._check_open()
        if self.is_causal and factor <= 0.0:
            raise Unsupported("turns hidden scores round")
        return replace(self, scale=self.scale * factor)

    def hidden(self, visible: Tensor) -> Scores:
        """Return them with only visible pairs (..., L, M); Unsupported for other than causal."""
        self._check_open()
        kind = causal(visible)
        return replace(self, is_causal=self.is_causal or kind)

    def plus(self, numbers: Tensor) -> Scores:
        """Return them with numbers added, which are zero or hide."""
        shown = numbers > FAR
        if bool((numbers[shown] != 0.0).any()):
            raise Unsupported("adds numbers to the scores of an attention")
        return self.hidden(shown)

    def normalised(self) -> Scores:
        """Return them behind a softmax over the keys."""
        self._check_open()
        return replace(self, is_normalised=True)

    def _check_open(self) -> None:
        if self.is_normalised:
            raise Unsupported("changes the weights of an attention behind their softmax")


def causal(visible: Tensor) -> bool:
    """Tell whether pairs (..., L, M) are all visible, or those that lie back; else Unsupported."""
    if bool(visible.all()):
        return False
    back = torch.ones(visible.shape[-2:], dtype=torch.bool).tril()
    if visible.shape[-2] == visible.shape[-1] and bool((visible == back).all()):
        return True
    raise Unsupported("hides pairs of positions of an attention in another way than causally")
