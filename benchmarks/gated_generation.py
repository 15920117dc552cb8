"""How much faster does a transformer generate where gates close a part of it? Batch 1, one core.

Usage: python benchmarks/gated_generation.py [--output results/reference/gated_generation.txt]

Networks of family transformer with context control, not trained: what is spared does not depend on
what weights are good for. Their gates are drawn, so that marks change from token to token, and
shifted until about 60 % are open. In turn, sixteen tokens at a time: the same network without
gates, the gated one, and the gated one with all gates open, all by the same engine with its memory
of keys and values (`genomes.networks.stepping`). Ratios are medians over rounds, with quartiles;
times are those of the processor, for others may be at work beside. The largest network has the
size of the second source paper: 512 wide, 6 blocks, 8 heads.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy and torch read it

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from genomes.architectures import transformer
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.graph.marks.expected import expected_flops
from genomes.graph.masks import Masks
from genomes.networks.causal_gate import CausalGate
from genomes.networks.network import Network, build
from genomes.networks.stepping.stepper import Stepper

TOKENS, LENGTH = 256, 128
SIZES = ((4, 16, 2), (8, 32, 4), (8, 64, 6))  # heads, their size, blocks
WANTED, HALVINGS = 0.6, 7  # share of open channels, and how often it is sought
AT_ONCE, ROUNDS = 16, 24
HEADINGS = ("width", "blocks", "parameters", "open", "FLOPs", "dense ms", "gated ms")
RATIOS = ("dense/gated", "quartiles", "dense/all open")


def network_of(heads: int, size: int, blocks: int, *, control: bool) -> Network:
    """Build a network; with and without control its weights have the same shapes."""
    block = Record(feed_forward=4, activation="gelu", context=1.0)
    genes = Record(
        blocks=(block,) * blocks, heads=heads, head_size=size, tied=True, positions="rotary",
        normalisation="rms", dropout=0.0, masked_stream=False, control=control,
        control_threshold=0.2, control_pressure=0.0, control_half_life=8,
    )  # fmt: skip
    interface = Interface((LENGTH,), TOKENS, None, tokens=TOKENS, per_position=True)
    return build(transformer.decode(genes, interface), seed=1).eval()


def shift(network: Network, bias: float) -> None:
    """Set how far gates are open: drawn weights of what they read, and the same bias for all."""
    generator = torch.Generator().manual_seed(2)
    for module in network.modules():
        if isinstance(module, CausalGate):
            for tensor in (module.context, module.history):
                torch.nn.init.normal_(tensor, std=1.5, generator=generator)
            torch.nn.init.constant_(module.bias, bias)


def opened(stepper: Stepper, text: list[int]) -> tuple[float, dict[str, np.ndarray]]:
    """Return the mean share that is open, and by gate the share of times of each mark."""
    stepper.restart()
    marks: dict[str, list[list[float]]] = {gate: [] for gate in stepper.opened}
    shares = []
    for token in text:
        stepper.feed(token)
        for gate, channels in stepper.opened.items():
            ends = [0, *np.cumsum(channels.runs)[:-1].tolist()]
            marks[gate].append(
                [float(any(s.start <= e < s.stop for s in channels.slices)) for e in ends]
            )
            shares.append(channels.share)
    return statistics.fmean(shares), {gate: np.mean(rows, axis=0) for gate, rows in marks.items()}


def calibrated(network: Network, text: list[int]) -> tuple[Stepper, float, dict[str, np.ndarray]]:
    """Shift the gates, by halves, and keep what comes nearest to the share that is wanted."""
    low, high = -8.0, 8.0
    found: dict[float, tuple[float, dict[str, np.ndarray]]] = {}
    stepper = Stepper(network)
    for _ in range(HALVINGS):
        bias = (low + high) / 2
        shift(network, bias)
        stepper = Stepper(network)  # which copies weights
        found[bias] = opened(stepper, text)
        low, high = (bias, high) if found[bias][0] < WANTED else (low, bias)
    best = min(found, key=lambda bias: abs(found[bias][0] - WANTED))
    shift(network, best)
    return Stepper(network), *found[best]


def seconds(stepper: Stepper, text: list[int]) -> float:
    """Return the processor's time for one token, behind those that the window holds already."""
    started = time.process_time()
    for token in text:
        stepper.feed(token)
    return (time.process_time() - started) / len(text)


def compared(heads: int, size: int, blocks: int) -> str:
    """Return a line of the table."""
    generator = torch.Generator().manual_seed(3)
    text = torch.randint(TOKENS, (LENGTH,), generator=generator).tolist()
    gated = network_of(heads, size, blocks, control=True)
    plain = network_of(heads, size, blocks, control=False)
    plain.load_state_dict({name: gated.state_dict()[name] for name in plain.state_dict()})
    full = network_of(heads, size, blocks, control=True)
    shift(full, 1e3)
    stepper, share, marks = calibrated(gated, text)
    flops = expected_flops(gated.spec, Masks({}, {}), marks) / plain.spec.flops()
    steppers = (Stepper(plain), stepper, Stepper(full))
    times: list[list[float]] = []
    for number in range(ROUNDS):
        start = AT_ONCE * (number % (LENGTH // AT_ONCE))
        if start == 0:
            for one in steppers:
                one.restart()
        times.append([seconds(one, text[start : start + AT_ONCE]) for one in steppers])
    dense, closing, whole = zip(*times, strict=True)
    ratios = sorted(a / b for a, b in zip(dense, closing, strict=True))
    first, _, third = statistics.quantiles(ratios, n=4)
    open_ratio = statistics.median(a / b for a, b in zip(dense, whole, strict=True))
    return (
        f"{heads * size:>7}{blocks:>8}{plain.spec.dense_parameters():>12,}{share:>8.1%}"
        f"{flops:>8.2f}"
        f"{1e3 * statistics.median(dense):>10.3f}{1e3 * statistics.median(closing):>10.3f}"
        f"{statistics.median(ratios):>13.2f}{f'{first:.2f}-{third:.2f}':>12}{open_ratio:>16.2f}"
    )


def main() -> None:
    """Print the table, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    widths = (7, 8, 12, 8, 8, 10, 10)
    lines = ["".join(f"{name:>{width}}" for name, width in zip(HEADINGS, widths, strict=True))]
    lines[0] += "".join(f"{name:>{w}}" for name, w in zip(RATIOS, (13, 12, 16), strict=True))
    print(lines[0], flush=True)
    for sizes in SIZES:
        lines.append(compared(*sizes))
        print(lines[-1], flush=True)
    if arguments.output is not None:
        arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
