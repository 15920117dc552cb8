"""What do gates cost in bits per byte, and what do they spare? Context control against none.

Usage: python benchmarks/context_control.py [--seeds 1] [--epochs 3]
           [--output results/reference/context_control.txt]

The textbook's first transformer (64 wide, 2 blocks, 4 heads), for the documentation strings of
modules of Python's standard library, made into a text as the benchmark begins; windows of 64
characters, 1,024 of them an epoch. Each line is a network trained by itself: without gates, and
with them under a pressure (nats an open mark); everything else is equal. FLOPs are those of
objective `expected_flops`, for a window; below 1 of dense is less work than without gates.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fitness.data.fit_normalization import interface_of
from fitness.data.options import DataOptions
from fitness.data.task_reference import TaskReference
from fitness.evaluation import Job
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.numerics import Numerics
from genomes.chromosomes.mechanism_registry import switching_off
from genomes.chromosomes.space import network_space, textbook
from genomes.genes.gene import Record

MODULES = (
    "re", "collections", "itertools", "functools", "os", "string", "random", "statistics",
    "decimal", "datetime", "json",
)  # fmt: skip
WINDOW, EPOCH = 64, 1024
HEADINGS = "pressure  seed  bits per byte     open         FLOPs  of dense"
PRESSURES = (None, 0.001, 0.01, 0.03)


def documentation() -> str:
    """Return the documentation strings of the modules and of what is directly in them."""

    def strings() -> Iterator[str]:
        for name in MODULES:
            module = importlib.import_module(name)
            for held in (module, *vars(module).values()):
                text = getattr(held, "__doc__", None)
                if isinstance(text, str):
                    yield text

    return "\n\n".join(dict.fromkeys(strings()))


def genes(evaluator: NetworkEvaluator, pressure: float | None) -> Record:
    """Return the textbook's network, with gates under a pressure."""
    space = network_space(family="transformer", interface=interface_of(evaluator.task))
    space = space.pin(switching_off(["none"]))
    drawn = space.sample("textbook", "male", random.Random(0)).expressed()
    known = textbook(0, drawn, space)
    if pressure is None:
        return known
    control = {"control": True, "control_threshold": 0.2, "control_half_life": 8}
    architecture = known["architecture"].replacing(**control, control_pressure=pressure)
    return known.replacing(architecture=architecture)


def trained(evaluator: NetworkEvaluator, pressure: float | None, seed: int, epochs: int) -> str:
    """Train one network; return its line."""
    job = Job(
        "m", genes(evaluator, pressure), Record(), f"{pressure}/{seed}", seed, 0, epochs, epochs
    )
    found = evaluator.evaluate(job)
    assert found.status == "ok", found.reason
    shares = [share for name, share in found.curve[-1].traces.items() if name.startswith("open_")]
    opened = f"{sum(shares) / len(shares):.1%}" if shares else "-"
    bits, flops = found.objectives["bits_per_byte"], found.objectives["expected_flops"]
    dense = evaluator.spec(genes(evaluator, None)).flops()
    shown = "none" if pressure is None else f"{pressure:g}"
    return f"{shown:>8}{seed:>6}{bits:>15.3f}{opened:>9}{flops:>14,.0f}{flops / dense:>10.2f}"


def main() -> None:
    """Print the table, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "documentation.txt"
        path.write_text(documentation(), encoding="utf-8")
        options = DataOptions(window=WINDOW)
        task = TaskReference(f"text:{path}", options=options, epoch_examples=EPOCH)
        evaluator = NetworkEvaluator(task, Numerics(), requested=("expected_flops",))
        lines = [HEADINGS]
        print(lines[0], flush=True)
        for seed in range(arguments.seeds):
            for pressure in PRESSURES:
                lines.append(trained(evaluator, pressure, seed, arguments.epochs))
                print(lines[-1], flush=True)
    if arguments.output is not None:
        arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
