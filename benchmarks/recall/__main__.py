"""Does a memory recall what was said 1,000 to 100,000 tokens ago? Against equal bytes of window.

Usage: python -m benchmarks.recall [--seeds 0 1 2] [--steps 400] [--documents 8]
           [--distances 1000 10000 50000 100000] [--output results/reference/recall.txt]

Pairs of words are planted in the beginning of held-out texts (`benchmarks.recall.planting`). So
many tokens later each key is written again; the likeliest of the 32 values is the answer. Whoever
knows nothing is right once in 32 times. Three networks of the same two blocks, trained alike on
windows of 128 tokens in which pairs come again (256 tokens for the second):

- memory: blocks look back 16 positions, before the last one lies a memory;
- window of equal bytes: blocks look back as far as the same bytes of keys and values allow;
- context alone: blocks look back 128 positions.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmarks.recall.contestants import Contestant, contestants, trained
from benchmarks.recall.planting import PAIRS, WORDS, Documents, Source, documents, read_source
from genomes.networks.network import Network
from genomes.networks.remembering.reading import LongReading

DISTANCES = (1000, 10_000, 50_000, 100_000)
STRETCH = 4096  # tokens read at a time


def recalled(
    contestant: Contestant,
    network: Network,
    source: Source,
    found: Documents,
    distances: list[int],
) -> list[float]:
    """Return the share of right answers at each distance."""
    tokens, values = torch.from_numpy(found.tokens), torch.from_numpy(source.values)
    reading, done, shares = LongReading(network, _again(contestant)), 0, []
    for distance in sorted(distances):
        stop = found.opening + distance
        if not contestant.has_memory:  # nothing before the window matters
            reading, done = LongReading(network, _again(contestant)), stop - contestant.length
        while done < stop:
            upto = min(stop, done + STRETCH)
            reading.read(tokens[:, done:upto])
            done = upto
        right = [_right(reading, source, found, pair, values) for pair in range(PAIRS)]
        shares.append(float(torch.stack(right).double().mean()))
    return shares


def _again(contestant: Contestant) -> int:
    """Return how many tokens are read again in a window: all that its last ones can see."""
    return 2 * contestant.seen if contestant.has_memory else contestant.length - 2


def _right(
    reading: LongReading, source: Source, found: Documents, pair: int, values: Tensor
) -> Tensor:
    """Ask for one pair of each document; return who is right, (N,)."""
    keys = torch.from_numpy(found.keys[:, pair])
    asked = torch.stack((torch.full_like(keys, source.mark), keys), dim=1)
    said = reading.branch().read(asked)[:, :, -1]
    return values[said[:, values].argmax(1)] == torch.from_numpy(found.values[:, pair])


def main() -> None:
    """Print the table, and write it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recall")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--documents", type=int, default=8)
    parser.add_argument("--distances", type=int, nargs="+", default=list(DISTANCES))
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    source, lines = read_source(), []

    def say(line: str) -> None:
        lines.append(line)
        print(line, flush=True)
        if arguments.output is not None:
            arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")

    say(f"{source.name}, {arguments.steps} steps; {PAIRS * arguments.documents} questions each")
    say(f"{'':24}{'bytes':>9}{'seed':>6}" + "".join(f"{d:>9,}" for d in arguments.distances))
    for seed in arguments.seeds:
        rng = np.random.default_rng([1, seed])
        found = documents(source, arguments.documents, max(arguments.distances), rng)
        for one in contestants():
            network = trained(one, source, seed, arguments.steps, _progress)
            shares = recalled(one, network, source, found, arguments.distances)
            figures = "".join(f"{share:>9.2f}" for share in shares)
            say(f"{one.name:24}{one.kept_bytes():>9,}{seed:>6}{figures}")
    say(f"{'chance':39}{1 / WORDS:>9.2f}")


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
