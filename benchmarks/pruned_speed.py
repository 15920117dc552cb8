"""How much faster is a network once pruned channels are gone, in torch and in onnxruntime?

Usage: python benchmarks/pruned_speed.py [--output results/reference/pruned_speed.txt]

The textbook networks of Fashion-MNIST, not trained: what a mask saves does not depend on weights.
Of each group of channels a share is masked at random, so that the active ratio is at most a half,
and a quarter. The shrunk network and the dense one run the same batch of 256 in turn, on one
thread, as the card of an export has it.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from evo.export.export_figures import ExportFigures, sample_of
from evo.export.exported import Exported, plain_network
from evo.export.folder import write_export
from evo.running.parts import Parts, prepared
from evo.settings.config import build as config_of
from genomes.architectures import cnn
from genomes.chromosomes.space import textbook
from genomes.networks.network import Network, build
from genomes.networks.shrinking import counts

RATIOS = (0.5, 0.25)
GOAL = 1.5
SEED = 0
BATCH = 256
HEADINGS = ("active ratio", "dense", "exported", "in torch", "in onnxruntime")
FACTS = {"genome": "textbook", "validation_accuracy": None, "test_accuracy": None}


def masked(network: Network, ratio: float) -> Network:
    """Mask the same share of each site's channels, as few as make the active ratio so small."""
    generator = torch.Generator().manual_seed(SEED)
    draws = {
        site.name: torch.rand(site.channels, generator=generator) for site in network.spec.sites
    }
    for percent in range(99, 0, -1):
        kept = {}
        for name, draw in draws.items():
            number = max(1, round(len(draw) * percent / 100))
            kept[name] = draw >= draw.sort(descending=True).values[number - 1]
        network.set_channel_masks(kept)
        found = counts(network)
        if found.active <= ratio * found.dense:
            return network
    raise ValueError(f"no mask leaves {ratio} of the network")


def main() -> None:
    """Print a line a network and ratio, and whether the goal is met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    task, config = prepared(config_of({"task": "fashion-mnist", "seed": SEED, "runner": "serial"}))
    parts = Parts.of(config, task)
    drawn = parts.problem.space.sample("textbook", "male", random.Random(SEED))
    lines = ["".join(f"{heading:>15}" for heading in HEADINGS)]
    print(lines[0])
    for number in range(len(cnn.TEXTBOOK)):
        chromosomes = textbook(number, drawn.chromosomes, parts.problem.space)
        spec = parts.evaluator.spec(replace(drawn, chromosomes=chromosomes).expressed())
        for ratio in RATIOS:
            network = masked(build(spec, seed=SEED).eval(), ratio)
            lines.append(line(network, parts))
            print(lines[-1], flush=True)
    if arguments.output:
        arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


def line(network: Network, parts: Parts) -> str:
    """Return the line about a masked network: sizes, and how many times as fast it is."""
    task, found = parts.evaluator.task, counts(network)
    facts = {
        **FACTS,
        "active_parameters": found.active,
        "active_ratio": found.active / found.dense,
        "dense_parameters": found.dense,
    }
    exported = Exported(
        plain_network(network), task.name, facts, task.target, "accuracy",
        sample=sample_of(network, task),
    )  # fmt: skip
    figures = ExportFigures(task, network.spec, ["accuracy"])
    with tempfile.TemporaryDirectory() as folder:
        card = write_export(exported, Path(folder) / "out", ["onnx"], figures).card
    ratios = [
        float(card[f"dense_{name}_ms_batch_{BATCH}"]) / float(card[f"{name}_ms_batch_{BATCH}"])  # type: ignore[arg-type]
        for name in ("torch", "onnx")
    ]
    verdict = "met" if min(ratios) >= GOAL else "MISSED"
    sizes = f"{found.active / found.dense:>15.3f}{found.dense:>15,}{found.shrunk:>15,}"
    times = "".join(f"{ratio:>15.2f}" for ratio in ratios)
    return f"{sizes}{times}   goal {GOAL}: {verdict}"


if __name__ == "__main__":
    main()
