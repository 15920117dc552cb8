"""Attention at one position: keys and values of those before are kept, closed heads left out."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from genomes.networks.stepping.opened import Opened


class AttentionStep:
    """Heads of a weight (H, C, 3, D) with their memory of `window` positions, in numpy.

    A position takes the place of the one that has just left the window. A head that `opened` has
    closed computes nothing, and its place in the memory stays unseen; with `keys_stay` it computes
    what is remembered, and no more.
    """

    keys_stay = False

    def __init__(
        self,
        weight: Tensor,
        length: int,
        window: int,
        angles: Tensor | None,
        opened: Opened | None,
    ) -> None:
        heads, inputs, _, size = weight.shape
        self.length, self.window, self.size = length, min(window, length), size
        self.opened = Opened(heads, (heads,)) if opened is None else opened
        rows = weight.permute(0, 2, 3, 1).reshape(heads, 3 * size, inputs)
        self.rows = rows.contiguous().numpy()
        kind = self.rows.dtype
        self.keys, self.values = np.zeros((2, heads, self.window, size), kind)
        self.unseen = np.full(
            (heads, self.window), -np.inf, kind
        )  # added to what a head would find
        self.cosine = self.sine = None
        if angles is not None:
            cosine, sine = angles.cos().to(weight), angles.sin().to(weight)
            self.cosine = torch.cat((cosine, cosine), dim=1).numpy()
            self.sine = torch.cat((-sine, sine), dim=1).numpy()

    def __call__(self, place: int, x: Tensor, marks: Tensor | None = None) -> Tensor:
        """Map (1, C, 1) to (1, H, D, 1); raise IndexError beyond the length of the memory."""
        if place >= self.length:
            raise IndexError(f"received position {place}, the memory has {self.length}")
        if place == 0:
            self.unseen.fill(-np.inf)
        slot = place % self.window
        self.unseen[:, slot] = -np.inf
        heads, _, inputs = self.rows.shape
        found = np.zeros((heads, self.size), self.rows.dtype)
        values, near = x.view(-1).numpy(), slice(min(place + 1, self.window))
        for part in self.opened.gaps if self.keys_stay else ():
            parts = (self.rows[part, self.size :] @ values).reshape(-1, 2, self.size)
            self.keys[part, slot] = self._turned(parts[:, :1], place)[:, 0]
            self.values[part, slot] = parts[:, 1]
            self.unseen[part, slot] = 0.0
        for part in self.opened.slices:
            rows = self.rows[part].reshape(-1, inputs)
            parts = (rows @ values).reshape(-1, 3, self.size)
            q, k = self._turned(parts[:, :2], place).swapaxes(0, 1)
            self.keys[part, slot], self.values[part, slot] = k, parts[:, 2]
            self.unseen[part, slot] = 0.0
            likeness = (self.keys[part, near] @ q[:, :, None])[:, :, 0] / self.size**0.5
            likeness += self.unseen[part, near]
            shares = np.exp(likeness - likeness.max(1, keepdims=True))
            shares /= shares.sum(1, keepdims=True)
            found[part] = (shares[:, None] @ self.values[part, near])[:, 0]
        return torch.from_numpy(found).view(1, heads, self.size, 1)

    def _turned(self, x: np.ndarray, place: int) -> np.ndarray:
        """Turn numbers (H, ..., D), as `genomes.networks.attention.turned`."""
        if self.cosine is None or self.sine is None:
            return x
        half = self.size // 2
        swapped = np.concatenate((x[..., half:], x[..., :half]), axis=-1)
        turned: np.ndarray = x * self.cosine[place] + swapped * self.sine[place]
        return turned
