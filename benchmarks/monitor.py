"""The monitor of exports: does it keep its false alarms, what does it notice, what does it cost?

Usage: python benchmarks/monitor.py [--epochs 6] [--output results/reference/monitor.txt]

Textbook networks of digits and Fashion-MNIST are trained for so many epochs. The monitor is fitted
to training inputs, and validation inputs set its threshold, as in an export. Usual: the share of
test inputs that it flags, with the interval in which the stated share has to lie (95 %, of test
inputs and of held-out ones). Noticed: the share flagged of test inputs that were changed, and the
AUROC against the usual ones beside that of two rules that need no calibration, the greatest
probability (Hendrycks and Gimpel 2017) and the energy (Liu et al. 2020). Cost: the median time of
a batch of 256 with it over that without, in turn, on one thread.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import random
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score
from torch import Tensor

sys.path.insert(0, str(Path(__file__).parents[1]))

from evo.export.export_figures import sample_of
from evo.export.exported import plain_network
from evo.monitoring.monitor import Calibration, Monitor
from evo.running.parts import Parts, prepared
from evo.settings.config import build
from fitness.data.task import Task
from fitness.training.latency import batch_of, timed_together
from genomes.chromosomes.space import textbook
from genomes.networks.network import Network

SHARES = (0.01, 0.05)
TASKS = ("digits", "fashion-mnist")
SEED = 0
BATCH = 256
HEADINGS = ("accuracy", "flagged", "monitor", "maximum", "energy")  # the last three are AUROC
NUMBER = 0  # of the family's textbook networks


def trained(name: str, epochs: int) -> tuple[Network, Task]:
    """Train a textbook network of the task; return it with its masks."""
    task, config = prepared(build({"task": name, "seed": SEED, "runner": "serial"}))
    parts = Parts.of(config, task)
    drawn = parts.problem.space.sample("textbook", "male", random.Random(SEED))
    chromosomes = textbook(NUMBER, drawn.chromosomes, parts.problem.space)
    genome = dataclasses.replace(drawn, chromosomes=chromosomes)
    problem = dataclasses.replace(parts.problem, adult_epochs=epochs)
    found = parts.evaluator.evaluate(problem.job(genome, 0, epochs))
    assert found.checkpoint is not None, found.reason
    return parts.evaluator.network(genome.expressed(), found.checkpoint), task


def changes(x: Tensor) -> dict[str, Tensor]:
    """Return inputs (N, C, H, W) changed in ways that people meet; strengths fit their range."""
    generator = torch.Generator().manual_seed(SEED)
    reach = float(x.max() - x.min())
    noise = torch.randn(x.shape, generator=generator)
    hidden = x.clone()
    size = x.shape[-1] // 3
    hidden[..., size : 2 * size, size : 2 * size] = x.min()
    return {
        "noise of .2 of the range": x + 0.2 * reach * noise,
        "blur of 3 pixels": F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1),
        "contrast of .5": 0.5 * (x - x.mean()) + x.mean(),
        "brighter by .2": x + 0.2 * reach,
        "shifted by a tenth": x.roll(max(1, x.shape[-1] // 10), dims=-1),
        "middle ninth hidden": hidden,
        "inverted": x.max() + x.min() - x,
        "noise alone": x.min() + reach * torch.rand(x.shape, generator=generator),
    }


def rivals(outputs: Tensor) -> dict[str, Tensor]:
    """Return scores (N,) that need no calibration, greater where an input is unusual."""
    return {
        "probability": -outputs.softmax(1).amax(1),
        "energy": -outputs.logsumexp(1),
    }


def area(usual: Tensor, changed: Tensor) -> float:
    """Return the area under the curve of telling changed inputs from usual ones."""
    truth = np.repeat([0, 1], [len(usual), len(changed)])
    return float(roc_auc_score(truth, torch.cat([usual, changed]).numpy()))


@torch.inference_mode()
def report(name: str, masked: Network, task: Task) -> list[str]:
    """Return the lines about a trained network and its task."""
    network = plain_network(masked, task.target)
    sample = sample_of(masked, task)
    calibration = Calibration.of(network, sample.training, sample.labels, held_out=sample.inputs)
    test = torch.tensor(task.test.x).float()
    outputs = network(test)
    right = float((outputs.argmax(1).numpy() == task.test.y).mean())
    lines = [
        f"\n{name}: {network.spec.dense_parameters():,} parameters, {right:.4f} on test data, "
        f"{len(calibration.scores):,} inputs held out"
    ]
    lines += [_usual(network, calibration, test, share) for share in SHARES]
    lines.append(f"{'changed':<26}" + "".join(f"{title:>10}" for title in HEADINGS))
    monitor = Monitor(network, calibration, SHARES[-1])
    clean = monitor(test)
    for what, x in changes(test).items():
        watched = monitor(x)
        without, with_change = rivals(clean.outputs), rivals(watched.outputs)
        areas = [area(-clean.p_values, -watched.p_values)]
        areas += [area(without[rule], with_change[rule]) for rule in without]
        share = float(watched.flags.float().mean())
        right = float((watched.outputs.argmax(1).numpy() == task.test.y).mean())
        figures = "".join(f"{value:10.3f}" for value in (right, share, *areas))
        lines.append(f"{what:<26}{figures}")
    return [*lines, _cost(network, monitor, test)]


def _usual(network: Network, calibration: Calibration, test: Tensor, share: float) -> str:
    flagged = float(Monitor(network, calibration, share)(test).flags.float().mean())
    error = math.sqrt(share * (1 - share) * (1 / len(test) + 1 / len(calibration.scores)))
    verdict = "within" if abs(flagged - share) <= 1.96 * error else "OUTSIDE"
    around = f"{verdict} +- {1.96 * error:.4f}"
    return f"usual test inputs flagged at {share:.2f}: {flagged:.4f}, {around}"


def _cost(network: Network, monitor: Monitor, test: Tensor) -> str:
    batch = batch_of(test, BATCH)
    times = timed_together({"bare": lambda: network(batch), "watched": lambda: monitor(batch)})
    bare, watched = times["bare"].median, times["watched"].median
    verdict = "met" if watched <= 1.1 * bare else "MISSED"
    return (
        f"a batch of {BATCH}: {watched / bare:.3f} times the {bare:.3g} ms without "
        f"(goal 1.1: {verdict})"
    )


def main() -> None:
    """Print the report, and write it where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    lines = [f"Textbook networks after {arguments.epochs} epochs, seed {SEED}"]
    said = 0
    for name in TASKS:
        lines += report(name, *trained(name, arguments.epochs))
        print("\n".join(lines[said:]), flush=True)
        said = len(lines)
    text = "\n".join(lines) + "\n"
    if arguments.output:
        arguments.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
