"""A small space and function for the tests of `evo.search`, with a checkpoint that it checks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import evo

SPACE = {
    "width": evo.Integer(1, 64, log=True),
    "rate": evo.Real(1e-4, 1.0, log=True),
    "operation": evo.Choice(["good", "middling", "bad"]),
}
OBJECTIVES = {"accuracy": "max", "parameters": ("min", "log")}
REFERENCE = {"accuracy": 0.1, "parameters": 5000.0}
EARLY, FULL = 2, 8


def accuracy(parameters: dict[str, Any]) -> float:
    capacity = 1.0 - 0.6 / math.sqrt(parameters["width"])
    tuned = math.exp(-(math.log10(parameters["rate"] / 0.01) ** 2) / 2)
    return capacity * tuned * {"good": 1.0, "middling": 0.8, "bad": 0.5}[parameters["operation"]]


class Function:
    """Notes how it was called; goes on from its checkpoint or fails."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, Any], int, int, Any]] = []

    def __call__(
        self, parameters: dict[str, Any], epochs: int, seed: int, checkpoint: Any = None
    ) -> evo.Outcome:
        self.calls.append((parameters, epochs, seed, checkpoint))
        done = checkpoint["epoch"] if checkpoint else 0
        if checkpoint:
            assert checkpoint["weights"].tolist() == [float(seed), parameters["rate"]]
        final = accuracy(parameters)
        return evo.Outcome(
            objectives={
                "accuracy": final * (1 - 0.5**epochs),
                "parameters": float(1 + parameters["width"] ** 2),
            },
            curve=[final * (1 - 0.5**e) for e in range(done + 1, epochs + 1)],
            features={"slope": final},
            checkpoint={"epoch": epochs, "weights": np.array([seed, parameters["rate"]])},
        )
