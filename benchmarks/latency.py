"""How far can a measured latency be trusted, and do FLOPs say the same?

Usage: python benchmarks/latency.py [--networks 20] [--batches 1 64]
       [--output results/reference/latency.txt]

Networks for digits are drawn at random within the task's limits with a fixed seed, not trained,
and timed as a run times them (`fitness.training.latency`), all of them five times over, so that
two figures of a network lie seconds apart. Spread: the largest of a network's five figures over
the smallest. Rank correlation: Kendall's tau-b over the networks' medians. Run it on a machine
with nothing else to do: the first line of the output says how busy it was.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import kendalltau

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.optimizers import drawn_networks
from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.latency import REPEATS, SECONDS, batch_of, milliseconds
from fitness.training.numerics import Numerics
from genomes.networks.network import Network, build

Array = npt.NDArray[np.float64]
ROUNDS = 5
TASK = "digits"


def timed(networks: Sequence[Network], x: torch.Tensor) -> Array:
    """Return the milliseconds (ROUNDS, networks) of a batch."""
    rounds = [[milliseconds(net, x, Numerics()) for net in networks] for _ in range(ROUNDS)]
    return np.array(rounds)


def report(flops: Array, sizes: Array, times: dict[int, Array]) -> str:
    """Return the table: a line for each size of batch."""
    lines = [
        f"{len(flops)} random networks for {TASK}, {flops.min():.2g} to {flops.max():.2g} FLOPs, "
        f"{ROUNDS} rounds of at least {REPEATS} passes and {SECONDS} s; torch {torch.__version__}",
        f"{'batch':>5}{'milliseconds':>20}{'spread: median, worst':>24}"
        f"{'tau, two rounds':>17}{'with FLOPs':>12}{'parameters':>12}",
    ]
    for batch, rounds in times.items():
        middle, spread = np.median(rounds, axis=0), rounds.max(axis=0) / rounds.min(axis=0)
        lines.append(
            f"{batch:>5}{f'{middle.min():.3g} to {middle.max():.3g}':>20}"
            f"{f'{np.median(spread):.2f}, {spread.max():.2f}':>24}"
            f"{kendalltau(rounds[0], rounds[-1]).statistic:>17.2f}"
            f"{kendalltau(middle, flops).statistic:>12.2f}"
            f"{kendalltau(middle, sizes).statistic:>12.2f}"
        )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Time the networks and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--networks", type=int, default=20)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 64])
    parser.add_argument("--output", type=Path)
    given = parser.parse_args(arguments)
    evaluator = NetworkEvaluator(TaskReference(TASK), Numerics())
    networks = [build(evaluator.spec(g)) for g in drawn_networks(evaluator, given.networks)]
    busy = f"load of the last minute {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    x = evaluator.data.validation.x
    times = {size: timed(networks, batch_of(x, size)) for size in given.batches}
    flops = np.array([float(network.spec.flops()) for network in networks])
    sizes = np.array([float(network.spec.dense_parameters()) for network in networks])
    text = f"python benchmarks/latency.py ({busy})\n\n{report(flops, sizes, times)}"
    print(text, end="")
    if given.output is not None:
        given.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
