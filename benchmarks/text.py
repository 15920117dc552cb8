"""The best network of a run on a text, beside n-gram models on the same split.

evo run --task text:FILE --max-minutes 10 --runner serial --name mine
python benchmarks/text.py mine            # the best by validation, as the run left it
python benchmarks/text.py mine --export exports/mine-m001-000    # a network that was exported

All read the test split once: every token but the first, each from what stands before it in the
split, networks at most from a window. Bits are a character.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks.kneser_ney import KneserNey, Whole
from evo.export.evaluate import measured
from evo.export.export_network import export_network
from evo.export.rebuilding import load_export
from evo.findings.choice import Demand
from evo.record.run_folder import RunFolder
from evo.settings.config import load_toml
from evo.settings.task_reference import task_reference
from fitness.data.task import Split, Task
from fitness.data.text.windows import SKIPPED
from fitness.target import Target
from fitness.targets.next_token import NextToken

RIVAL = 5  # tokens of the n-gram model that is to be beaten
ORDERS = (3, RIVAL, 7)


def tokens_of(split: Split) -> Whole:
    """Return the tokens of a split whose windows are all there: (T,)."""
    counted = split.y[split.y != SKIPPED].astype(np.int64)
    return np.concatenate([split.array[0, :1].astype(np.int64), counted])


def per_character(target: Target, bits: float, split: Split) -> float:
    """Turn bits a token into bits a character of the text."""
    _, tokens, _, characters = target.repeated(np.zeros(target.outputs), split.y).sum(axis=0)
    return float(bits * tokens / characters)


def n_grams(task: Task) -> dict[int, tuple[int, float]]:
    """Return the numbers and the bits a character of n-gram models of train, by their order."""
    train, test, found = tokens_of(task.train), tokens_of(task.test), {}
    for order in ORDERS:
        if task.target.outputs**order < 2**63:
            model = KneserNey.fit(train, task.target.outputs, order)
            bits = per_character(task.target, model.bits(test), task.test)
            found[order] = model.parameters(), bits
    return found


def main() -> None:
    """Print a line a model, and whether the network is below the rival."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", help="a run: its name under results/, or a path")
    parser.add_argument("--export", type=Path, help="this network, instead of the run's best")
    arguments = parser.parse_args()
    given = Path(arguments.run)
    folder = RunFolder(given if given.is_dir() else Path("results") / given)
    task = task_reference(load_toml(folder.config)).load()
    if not isinstance(task.target, NextToken):
        raise SystemExit(f"{arguments.run} learns {task.target.kind}, expected a task text:")
    made = arguments.export or export_network(folder, None, Demand(), None).folder
    network = load_export(made)
    metrics = ["bits_per_character", "bits_per_byte"]
    found = measured(network, task.target, task.test, metrics)
    size, bits = network.spec.dense_parameters(), found["bits_per_character"]
    print(f"{task.description}; {len(tokens_of(task.test)) - 1:,} tokens of test")
    print(f"network {made.name}: {bits:.4f} bits a character, {size:,} parameters")
    rivals = n_grams(task)
    for order, (numbers, others) in rivals.items():
        print(f"{order}-gram, Kneser-Ney: {others:.4f} bits a character, {numbers:,} numbers")
    verdict = "below" if bits < rivals[RIVAL][1] else "NOT below"
    print(f"the network is {verdict} the {RIVAL}-gram model")


if __name__ == "__main__":
    main()
