"""What the programs of an export come to: their time, and how good the rounded ones still are.

Times are those of this machine and of this moment. The dense network, as it was before pruning, is
timed in the same rounds, so that the ratio of the two says what pruning saves; so is a network
that was given.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from evo.export.beside.given import GIVEN, given_beside, given_facts, shares_left
from evo.export.evaluate import measured
from evo.export.export_format import ExportFormat, Program
from evo.export.exported import Exported, Fact, Sample, input_type, plain_network
from fitness.data.task import Split, Task
from fitness.target import Target
from fitness.training.latency import batch_of, timed_together
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network, build

BATCHES = (1, 256)
EXAMPLES, NUMBERS = 2048, 20_000_000  # that a sample has at most, of inputs
TORCH = "torch"  # the name of the network itself among its programs
DENSE, UNROUNDED = "dense", "unrounded"  # before names of programs: before pruning, rounding up


def sample_of(trained: Network, task: Task, *, held_out: bool = True) -> Sample:
    """Return inputs of a task, and what a trained network, under its masks, gives for them."""
    spec, target = trained.spec, task.target
    most = min(EXAMPLES, NUMBERS // prod(spec.input_shape))
    most = max(1, target.held_at_once(spec.input_shape, most))
    inputs, _ = _drawn(spec, task.validation, most)
    training, y = _drawn(spec, task.train, most)
    with torch.inference_mode():
        parts = [trained(part) for part in torch.split(inputs, BATCHES[-1])]
        outputs = in_units(torch.cat(parts), target)
    labels = torch.from_numpy(target.strata(y))
    return Sample(inputs, outputs, training, labels, held_out)


def _drawn(spec: NetworkSpec, split: Split, most: int) -> tuple[Tensor, npt.NDArray[Any]]:
    """Draw inputs (N, ...) in the type that programs take, and their targets; always the same."""
    drawn = np.sort(np.random.default_rng(0).permutation(len(split))[:most])
    return torch.tensor(split.x[drawn]).to(input_type(spec)), split.y[drawn]


def in_units(outputs: Tensor, target: Target) -> Tensor:
    """Return outputs (N, ...) of training in the units of the target."""
    if target.units is None:
        return outputs
    scale, offset = (torch.tensor(values, dtype=outputs.dtype) for values in target.units)
    return outputs * scale + offset


@dataclass(frozen=True)
class ExportFigures:
    """Measures what was written of a network that was trained as `unpruned` says, on a task.

    Rounded programs are measured by `metrics` on the splits named. `unrounded` is what would be
    exported if its numbers of channels were not rounded up.
    """

    task: Task
    unpruned: NetworkSpec
    metrics: Sequence[str]
    splits: Sequence[str] = ("validation", "test")
    unrounded: Network | None = None

    def __call__(
        self, exported: Exported, programs: Mapping[ExportFormat, Program]
    ) -> dict[str, Fact]:
        """Return the facts for the card."""
        given = given_beside(exported, self.task)
        facts = self._of_rounded(exported, programs)
        if given is not None:
            facts |= given_facts(given, self.task, self.splits, self.metrics)
        facts |= self._times(exported, programs, given)
        return {**facts, **shares_left({**exported.card, **facts})}

    def _of_rounded(
        self, exported: Exported, programs: Mapping[ExportFormat, Program]
    ) -> dict[str, Fact]:
        """Return the metrics of the programs that only nearly agree with the network."""
        facts: dict[str, Fact] = {}
        kind = input_type(exported.spec)
        for one, program in programs.items():
            for name in self.splits if not one.exact else ():
                split = self.task.validation if name == "validation" else self.task.test
                found = measured(_taking(kind, program), self.task.target, split, self.metrics)
                facts |= {one.fact(f"{name}_{key}"): value for key, value in found.items()}
        return facts

    def _times(
        self,
        exported: Exported,
        programs: Mapping[ExportFormat, Program],
        given: Exported | None,
    ) -> dict[str, Fact]:
        """Return the milliseconds of a batch in torch, and in what was asked for besides."""
        assert exported.sample is not None
        others = {DENSE: replace(exported, network=self._dense())}
        if given is not None:
            others[GIVEN] = given
        if self.unrounded is not None:
            others[UNROUNDED] = replace(exported, network=self.unrounded)
        timed: dict[str, Program] = {TORCH: exported.network}
        timed |= {f"{name}_{TORCH}": other.network for name, other in others.items()}
        with tempfile.TemporaryDirectory() as folder:
            for one, program in programs.items():
                if one.by_request:
                    timed[one.fact("")] = program
                for name, other in others.items() if one.by_request and one.exact else ():
                    place = Path(folder) / name
                    place.mkdir(exist_ok=True)
                    timed[f"{name}_{one.fact('')}"] = _written(one, other, place)
            return _latencies(timed, exported.sample.inputs)

    def _dense(self) -> Network:
        """Return the network before pruning; its weights are drawn, they take the same time."""
        return plain_network(build(self.unpruned).eval(), self.task.target)


def _taking(kind: torch.dtype, program: Program) -> Program:
    return lambda x: program(x.to(kind))


def _written(one: ExportFormat, exported: Exported, folder: Path) -> Program:
    assert one.program is not None
    one.write(exported, folder / one.file_name)
    return one.program(folder / one.file_name)


def _latencies(programs: Mapping[str, Program], inputs: Tensor) -> dict[str, Fact]:
    """Return the median and the 95th percentile of programs by name, for batches of each size."""
    facts: dict[str, Fact] = {"latency_threads": 1}
    for size in BATCHES:
        batch = batch_of(inputs, size)
        passes = {name: partial(program, batch) for name, program in programs.items()}
        for name, timing in timed_together(passes).items():
            facts[f"{name}_ms_batch_{size}"] = timing.median
            facts[f"{name}_ms_batch_{size}_p95"] = timing.percentile_95
    return facts
