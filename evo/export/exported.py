"""What is exported: one network in its final, plain form, and what is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from evo.export.model_source import reads_float64
from evo.monitoring.monitor import LEAST
from evo.version import VERSION
from fitness.data.inputs.picture_form import Form
from fitness.data.inputs.table_column import Column
from fitness.data.options import INFERRED, DataOptions
from fitness.target import Target
from genomes.graph.activation_memory import peak_activation_bytes
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network
from genomes.networks.rescaled import rescaled
from genomes.networks.shrinking import shrink

CARD_FORMAT = 1
REQUIRED = ("genome", "active_parameters", "active_ratio", "dense_parameters")
Fact = str | int | float | bool | None


@dataclass(frozen=True)
class Sample:
    """Inputs of the task by which an export is checked and calibrated.

    `inputs` (N, ...) are of the validation data, `outputs` (N, ...) what the network gave for
    them in the run, under its masks, in the units of the target; `training` (M, ...) are inputs of
    the training data, `labels` (M,) the numbers of their classes or of like groups. `held_out` is
    False where the network was trained on `inputs` too.
    """

    inputs: Tensor
    outputs: Tensor
    training: Tensor
    labels: Tensor | None = None
    held_out: bool = True


@dataclass(frozen=True)
class Exported:
    """A plain network (see `plain_network`), the task it is for and the facts of its card.

    `task` is the task's name as `--task` takes it, without folders of this machine, `target` what
    the outputs mean. `facts` are flat; at least those in `REQUIRED`, and `metric` on validation
    and test data. Of a table, `columns` say what the inputs are; `options` make other data like
    those of the run; of picture files, `pictures` says how one becomes an input.
    Without a `sample` the forms are checked on drawn inputs alone, and nothing can be calibrated.
    """

    network: Network
    task: str
    facts: Mapping[str, Fact]
    target: Target
    metric: str
    columns: tuple[Column, ...] = ()
    options: DataOptions = INFERRED
    pictures: Form | None = None
    sample: Sample | None = None

    def __post_init__(self) -> None:
        measured = (f"validation_{self.metric}", f"test_{self.metric}")
        missing = [name for name in (*REQUIRED, *measured) if name not in self.facts]
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
        if self.target.outputs != self.spec.outputs:
            raise ValueError(
                f"received a target of {self.target.outputs} outputs and a network of "
                f"{self.spec.outputs}"
            )

    @property
    def spec(self) -> NetworkSpec:
        """The graph of the exported network."""
        return self.network.spec

    @property
    def can_be_watched(self) -> bool:
        """Whether there are enough inputs to tell unusual ones by, the network never saw some."""
        sample = self.sample
        if sample is None or not sample.held_out:
            return False
        return min(len(sample.inputs), len(sample.training)) >= LEAST

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the outputs; empty if they are but their numbers."""
        numbers = tuple(map(str, range(self.target.outputs)))
        return () if self.target.names == numbers else self.target.names

    @property
    def names_by_key(self) -> dict[str, tuple[str, ...]]:
        """The names under the key that files have them by, `class_names`; empty without any."""
        return {f"{self.target.output_name}_names": self.names} if self.names else {}

    @property
    def card(self) -> dict[str, Fact]:
        """The facts, and what follows from the network; `card.json` has the options besides."""
        return {
            "format": CARD_FORMAT,
            "evo_version": VERSION,
            "task": self.task,
            "input_shape": " x ".join(map(str, self.spec.input_shape)),
            self.target.kind.replace("-", "_"): self.spec.outputs,
            **{key: ", ".join(names) for key, names in self.names_by_key.items()},
            "target": self.target.kind,
            "metric": self.metric,
            **self.facts,
            "shrunk_parameters": self.spec.dense_parameters(),
            "flops": self.spec.flops(),
            "peak_activation_bytes": peak_activation_bytes(self.spec),
        }


def plain_network(
    network: Network, target: Target | None = None, multiples: Mapping[int, int] | None = None
) -> Network:
    """Return a copy, shrunk, in float32, evaluation mode and on the CPU.

    It gives the same outputs up to rounding, in the units of the target, if there is one.
    `multiples` round numbers of channels up, see `shrink`.
    """
    plain = shrink(network, multiples).to(device="cpu", dtype=torch.float32)
    if target is not None and target.units is not None:
        plain = rescaled(plain, *target.units)
    return plain.eval()


def input_type(spec: NetworkSpec) -> torch.dtype:
    """Return float32; float64 where that cannot carry the raw inputs, int64 for tokens."""
    if spec.tokens is not None:
        return torch.int64
    return torch.float64 if reads_float64(spec) else torch.float32
