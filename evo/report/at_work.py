"""Runs networks of the front on validation text: how open gates are, what a memory holds.

Both are read of networks as they are after training, in evaluation mode, on the CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from evo.record.lookup import find_adult, weights_of_adult
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.settings.config import load_toml
from evo.settings.task_reference import task_reference
from fitness.data.split import Split
from fitness.data.text.windows import SKIPPED
from fitness.evaluators.network import NetworkEvaluator
from fitness.silencing.gating import Gating
from fitness.training.numerics import Numerics
from genomes.graph.activation_memory import BYTES, peak_activation_bytes
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network
from genomes.networks.remembering.notes import Notes
from genomes.networks.remembering.reading import LongReading
from genomes.networks.remembering.tiers import TIERS

WINDOWS = 64  # of validation text, spread evenly, in which gates are watched
READ = 32  # windows that a memory reads one after the other
MEBIBYTE = 1 << 20
HELD_AT_WORK = 256 * MEBIBYTE  # that the windows watched at once may take, if one takes less
MOST_AT_WORK = 1024 * MEBIBYTE  # that a window may take, or the weights: genes of whomever say so

Shares = dict[str, npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Opened:
    """By gate the share of open marks (N, L) in windows, and the tokens (L) of the first one."""

    shares: Shares
    tokens: tuple[bytes, ...]


@dataclass(frozen=True)
class Remembered:
    """What tiers did while a text was read, by tier a figure a window, means over heads.

    `held` are entries at the window's end, `uses` how often one of them has been used since it
    came in (None: nothing is held), `recalled` the share of the window's attention.
    """

    tokens: list[int]  # that had been read by then
    slots: dict[str, int]
    held: dict[str, list[float]]
    uses: dict[str, list[float | None]]
    recalled: dict[str, list[float]]


@lru_cache(maxsize=4)  # a page that is live asks again and again, and training is over
def at_work(
    path: Path, gated: str | None, remembering: str | None
) -> tuple[Opened | None, Remembered | None]:
    """Run two members of a run's front, by their ids: the gates of one, the memory of another.

    Raises ValueError or OSError where task or weights cannot be read, `BadInput` where weights
    were not kept.
    """
    folder = RunFolder.open(path)
    evaluator = NetworkEvaluator(task_reference(load_toml(folder.config)), Numerics(device="cpu"))
    validation = evaluator.task.validation
    vocabulary: Any = evaluator.task.target

    def network(genome: str) -> Network:
        with Store.open(folder.database, read_only=True) as store:
            adult = find_adult(store, genome)
        expressed = adult.genome.expressed()
        _check_size(evaluator.spec(expressed), genome)
        return evaluator.network(expressed, weights_of_adult(folder, adult))

    return (
        opened(network(gated), validation, vocabulary.vocabulary.tokens) if gated else None,
        remembered(network(remembering), validation) if remembering else None,
    )


def _bytes_at_work(spec: NetworkSpec) -> int:
    return max(peak_activation_bytes(spec), BYTES * spec.activations())


def _check_size(spec: NetworkSpec, genome: str) -> None:
    needed = max(_bytes_at_work(spec), BYTES * spec.dense_parameters())
    if needed > MOST_AT_WORK:
        raise ValueError(f"{genome} takes {needed:,} bytes, at most {MOST_AT_WORK:,} are taken")


def opened(network: Network, validation: Split, known: Sequence[bytes]) -> Opened:
    """Return how open the gates of a network are at each position of some windows."""
    most = max(1, min(WINDOWS, HELD_AT_WORK // _bytes_at_work(network.spec)))
    chosen = np.unique(np.linspace(0, len(validation) - 1, most).round().astype(int))
    x = torch.from_numpy(validation.array[chosen].astype(np.int64))
    with torch.inference_mode(), Gating(network, 0.0).watching() as marks:
        network(x)
    shares = {gate: found.mean(axis=1).reshape(x.shape) for gate, found in marks.items()}
    return Opened(shares, tuple(known[token] for token in x[0].tolist()))


def remembered(network: Network, validation: Split) -> Remembered:
    """Return what a memory does while it reads the windows as one text, each token once."""
    length = validation.array.shape[1]
    text = validation.array[validation.y != SKIPPED][: READ * length].astype(np.int64)
    reading = LongReading(network, 0)
    (layer,), (windows,) = reading.layers, reading.windows
    slots = dict(zip(TIERS, layer.rules.sizes, strict=True))
    found = Remembered([], slots, _by_tier(), _by_tier(), _by_tier())
    for start in range(0, len(text), length):
        layer.notes = notes = Notes()
        reading.read(torch.from_numpy(text[None, start : start + length]))
        found.tokens.append(min(len(text), start + length))
        memory = windows.session.memory
        assert memory is not None  # it has just read
        for tier, part in zip(TIERS, memory.parts, strict=True):
            found.held[tier].append(float(part.filled.sum(2).double().mean()))
            found.uses[tier].append(_mean_where(part.uses, part.filled))
            found.recalled[tier].append(notes.recalled[tier] / notes.asked)
    layer.notes = None
    return found


def _by_tier() -> dict[str, Any]:
    return {tier: [] for tier in TIERS}


def _mean_where(values: Tensor, filled: Tensor) -> float | None:
    """Return the mean of what is in filled slots: empty ones may hold anything."""
    return fmean(values[filled].tolist()) if filled.any() else None
