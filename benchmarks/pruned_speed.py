"""How much faster is a network once pruned channels are gone, in torch and in onnxruntime?

Usage: python benchmarks/pruned_speed.py [--output results/reference/pruned_speed.txt]
       python benchmarks/pruned_speed.py --round-to 8
           [--output results/reference/pruned_speed_rounded.txt]

The textbook networks of Fashion-MNIST, not trained: what a mask saves does not depend on weights.
Of each group of channels a share is masked at random, so that the active ratio is at most a half,
and a quarter. The shrunk network and the dense one run the same batch of 256 in turn, on one
thread, as the card of an export has it. With --round-to channels are rounded up as `evo export
--round-to` does, and the network without that runs in turn with them, too: how many times as fast
rounding makes it.
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
from evo.export.rounding import rounding_of
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
ROUNDED = ("by rounding: torch", "onnxruntime")
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
    parser.add_argument("--round-to", type=int)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    task, config = prepared(config_of({"task": "fashion-mnist", "seed": SEED, "runner": "serial"}))
    parts = Parts.of(config, task)
    drawn = parts.problem.space.sample("textbook", "male", random.Random(SEED))
    headings = HEADINGS + (ROUNDED if arguments.round_to else ())
    lines = ["".join(f"{heading:>20}" for heading in headings)]
    print(lines[0])
    for number in range(len(cnn.TEXTBOOK)):
        chromosomes = textbook(number, drawn.chromosomes, parts.problem.space)
        spec = parts.evaluator.spec(replace(drawn, chromosomes=chromosomes).expressed())
        for ratio in RATIOS:
            network = masked(build(spec, seed=SEED).eval(), ratio)
            lines.append(line(network, parts, arguments.round_to))
            print(lines[-1], flush=True)
    if arguments.output:
        arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


def line(network: Network, parts: Parts, round_to: int | None) -> str:
    """Return the line about a masked network: sizes, and how many times as fast it is."""
    task, found, plain = parts.evaluator.task, counts(network), plain_network(network)
    rounding = rounding_of(network, round_to) if round_to else None
    groups = rounding.groups if rounding else {}
    handed = plain_network(network, multiples=groups)
    facts = {
        **FACTS,
        "active_parameters": found.active,
        "active_ratio": found.active / found.dense,
        "dense_parameters": found.dense,
        **(rounding.facts if rounding else {}),
    }
    exported = Exported(
        handed, task.name, facts, task.target, "accuracy",
        sample=sample_of(network, task),
    )  # fmt: skip
    unrounded = plain if groups else None
    figures = ExportFigures(task, network.spec, ["accuracy"], unrounded=unrounded)
    with tempfile.TemporaryDirectory() as folder:
        card = write_export(exported, Path(folder) / "out", ["onnx"], figures).card
    beside = ("dense", "unrounded") if groups else ("dense",)
    ratios = [
        float(card[f"{other}_{name}_ms_batch_{BATCH}"]) / float(card[f"{name}_ms_batch_{BATCH}"])  # type: ignore[arg-type]
        for other in beside
        for name in ("torch", "onnx")
    ]
    verdict = "met" if min(ratios[:2]) >= GOAL else "MISSED"
    exported_parameters = handed.spec.dense_parameters()
    sizes = f"{found.active / found.dense:>20.3f}{found.dense:>20,}{exported_parameters:>20,}"
    times = "".join(f"{ratio:>20.2f}" for ratio in ratios)
    return f"{sizes}{times}   goal {GOAL}: {verdict}"


if __name__ == "__main__":
    main()
