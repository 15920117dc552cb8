"""Draws the next token from logits: by a temperature, perhaps of the likeliest few alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from evo.errors import BadInput


@dataclass(frozen=True)
class Sampling:
    """At `temperature` 0 the likeliest token follows; `top_k` 0 lets all of them be drawn.

    Raises BadInput for other numbers than that.
    """

    temperature: float = 1.0
    top_k: int = 0

    def __post_init__(self) -> None:
        if not math.isfinite(self.temperature) or self.temperature < 0:
            raise BadInput(f"--temperature: received {self.temperature}, expected 0 or more")
        if self.top_k < 0:
            raise BadInput(f"--top-k: received {self.top_k}, expected 0 (all) or more")

    def draw(self, logits: Tensor, generator: torch.Generator) -> int:
        """Return a token, given its logits (V,)."""
        if self.temperature == 0:
            return int(logits.argmax())
        scaled = (logits.double() - logits.max()) / self.temperature
        if 0 < self.top_k < len(scaled):
            least = scaled.topk(self.top_k).values[-1]
            scaled = scaled.masked_fill(scaled < least, -math.inf)
        return int(torch.multinomial(scaled.softmax(0), 1, generator=generator))
