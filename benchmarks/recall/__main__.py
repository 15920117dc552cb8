"""Does a memory recall what was said 1,000 to 100,000 tokens ago? Against equal bytes of window.

Usage: python -m benchmarks.recall [--seeds 0 1 2] [--steps 400] [--documents 8]
           [--distances 1000 10000 50000 100000] [--asked 1] [--uses 5]
           [--output results/reference/recall.txt]

Pairs of words are planted in the beginning of held-out texts (`benchmarks.recall.planting`). So
many tokens later each key is written again; the likeliest of the 32 values is the answer. Whoever
knows nothing is right once in 32 times. Three networks of the same two blocks, trained alike on
windows of 128 tokens in which pairs come again (256 tokens for the second):

- memory: blocks look back 16 positions, before the last one lies a memory;
- window of equal bytes: blocks look back as far as the same bytes of keys and values allow;
- context alone: blocks look back 128 positions.

Asked twice or more (`--asked 2`), all keys are written without an answer that many times less one
before the nearest distance, evenly, so that what is asked for has been used when it is asked for
again; `--uses` uses lead to the memory's long tier. A line then says how many of its slots are
filled.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmarks.recall.contestants import USES, Contestant, contestants, trained
from benchmarks.recall.planting import PAIRS, WORDS, Documents, Source, documents, read_source
from genomes.networks.network import Network
from genomes.networks.remembering.reading import LongReading
from genomes.networks.remembering.session import Session

DISTANCES = (1000, 10_000, 50_000, 100_000)
STRETCH = 4096  # tokens read at a time


def recalled(
    contestant: Contestant,
    network: Network,
    source: Source,
    found: Documents,
    distances: list[int],
) -> tuple[list[float], list[float]]:
    """Return at each distance the share of right answers, and the filled slots of the long tier.

    The latter are means over heads and documents; none without a memory.
    """
    tokens, values = torch.from_numpy(found.tokens), torch.from_numpy(source.values)
    reading, done, shares, held = LongReading(network, _again(contestant)), 0, [], []
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
        held += [_long(windows.session) for windows in reading.windows]
    return shares, held


def _long(session: Session) -> float:
    assert session.memory is not None  # it has read
    return float(session.memory.long.filled.sum(2).double().mean())


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
    parser.add_argument("--asked", type=_count, default=1)
    parser.add_argument("--uses", type=_count, default=USES)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    asked_at = asked_before(arguments.asked, min(arguments.distances))
    torch.set_num_threads(1)
    source, lines = read_source(), []

    def say(line: str) -> None:
        lines.append(line)
        print(line, flush=True)
        if arguments.output is not None:
            arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")

    often = f", asked {arguments.asked} times, long after {arguments.uses} uses"
    told = often if (arguments.asked, arguments.uses) != (1, USES) else ""
    questions = f"{PAIRS * arguments.documents} questions each{told}"
    say(f"{source.name}, {arguments.steps} steps; {questions}")
    say(f"{'':24}{'bytes':>9}{'seed':>6}" + "".join(f"{d:>9,}" for d in arguments.distances))
    for seed in arguments.seeds:
        rng = np.random.default_rng([1, seed])
        furthest = max(arguments.distances)
        found = documents(source, arguments.documents, furthest, rng, asked_at)
        for one in contestants(arguments.uses):
            network = trained(one, source, seed, arguments.steps, _progress)
            shares, held = recalled(one, network, source, found, arguments.distances)
            say(f"{one.name:24}{one.kept_bytes():>9,}{seed:>6}{_columns(shares)}")
            if told and held:
                say(f"{'  slots of its long tier':39}{_columns(held)}")
    say(f"{'chance':39}{1 / WORDS:>9.2f}")


def _columns(figures: list[float]) -> str:
    return "".join(f"{figure:>9.2f}" for figure in figures)


def _count(text: str) -> int:
    if (found := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"received {found}, expected 1 or more")
    return found


def asked_before(asked: int, nearest: int) -> list[int]:
    """Return how far behind the pairs keys are written, evenly before the nearest distance.

    Raises SystemExit where they have no room there.
    """
    apart = nearest // asked
    if asked > 1 and apart < 2 * PAIRS:
        raise SystemExit(f"--asked: {asked} times do not fit into {nearest} tokens")
    return [apart * place for place in range(1, asked)]


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
