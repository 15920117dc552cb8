"""What is exported: one network in its final, plain form, and what is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from evo.version import VERSION
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network
from genomes.networks.shrinking import shrink

CARD_FORMAT = 1
REQUIRED = (
    "genome",
    "validation_accuracy",
    "test_accuracy",
    "active_parameters",
    "active_ratio",
    "dense_parameters",
)
Fact = str | int | float | bool | None


@dataclass(frozen=True)
class Exported:
    """A plain network (see `plain_network`), the task it is for and the facts of its card.

    `task` is the task's name as `--task` takes it, `labels` the names of the classes if they have
    any. `facts` are flat; at least those in `REQUIRED`.
    """

    network: Network
    task: str
    facts: Mapping[str, Fact]
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        missing = [name for name in REQUIRED if name not in self.facts]
        if missing:
            raise ValueError(f"the card of an export needs {', '.join(missing)} too")
        for name, fact in self.facts.items():
            if not isinstance(fact, Fact):
                raise ValueError(
                    f"received {name} of type {type(fact).__name__}; a card is flat: texts, "
                    "numbers, truth values and None"
                )
        if self.network.training or self.spec.sites:
            raise ValueError(
                "received a network in training or with channel masks; call plain_network first "
                "(masks that shrinking cannot remove cannot be exported)"
            )
        if self.labels and len(self.labels) != self.spec.outputs:
            raise ValueError(f"received {len(self.labels)} labels, {self.spec.outputs} classes")

    @property
    def spec(self) -> NetworkSpec:
        """The graph of the exported network."""
        return self.network.spec

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes; empty if they are but their numbers."""
        numbers = tuple(map(str, range(len(self.labels))))
        return () if self.labels == numbers else self.labels

    @property
    def card(self) -> dict[str, Fact]:
        """Everything that `card.json` holds: the facts, and what follows from the network."""
        return {
            "format": CARD_FORMAT,
            "evo_version": VERSION,
            "task": self.task,
            "input_shape": " x ".join(map(str, self.spec.input_shape)),
            "classes": self.spec.outputs,
            **({"class_names": ", ".join(self.class_names)} if self.class_names else {}),
            **self.facts,
            "shrunk_parameters": self.spec.dense_parameters(),
            "flops": self.spec.flops(),
        }


def plain_network(network: Network) -> Network:
    """Return a copy, shrunk, in float32, evaluation mode and on the CPU.

    It gives the same logits up to rounding.
    """
    return shrink(network).to(device="cpu", dtype=torch.float32).eval()
