"""Marks and the runs of channels that each of them speaks for, in order: `runs` lists how many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from genomes.graph.masks import Flags, Kept, MaskedNode


def check_runs(runs: Sequence[int], marks: int, channels: int) -> None:
    """Raise ValueError unless each mark has a run and all channels are spoken for."""
    if len(runs) != marks or min(runs) < 0 or sum(runs) != channels:
        raise ValueError(f"received runs {runs} for {marks} marks and {channels} channels")


def speakers(runs: Sequence[int]) -> npt.NDArray[np.intp]:
    """Return for each channel the mark that speaks for it, (C,)."""
    return np.repeat(np.arange(len(runs)), runs)


def spoken_for(runs: Sequence[int], channels: Flags) -> Flags:
    """Return which marks speak for any of the channels."""
    counted = np.bincount(speakers(runs)[channels], minlength=len(runs))
    return np.asarray(counted > 0, dtype=np.bool_)


def shrunk_runs(runs: Sequence[int], kept: Kept) -> tuple[int, ...]:
    """Return for how many of the channels that stay each of the marks that stay speaks."""
    rows, marks = speakers(runs)[kept.outputs], kept.inputs[1]
    left: list[int] = np.bincount(rows, minlength=len(runs))[marks].tolist()
    return tuple(left)


def open_channels(at: MaskedNode) -> Flags:
    """Return which channels of a node are open for one input, by the marks that it reads."""
    runs = at.node.attributes["runs"]
    marks = at.masks.marks.get(at.node.inputs[1])
    return np.repeat(np.ones(len(runs), dtype=np.bool_) if marks is None else marks, runs)
