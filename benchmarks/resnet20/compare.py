"""Ten smaller ResNet-20s for equal epochs: evo, Torch-Pruning, uniform narrowing.

Usage: python -m benchmarks.resnet20.compare [--data-dir DIR] [--seeds 0 1 2] [--epochs 4]
           [--methods NAME ...] [--cache FILE] [--runs FOLDER] [--output FILE]

All start from the trained network of `benchmarks/resnet20/train.py`, on the task `cifar10`, in
bfloat16. A peer makes ten networks, one for each share of the FLOPs in `SHARES`, and trains each
for `--epochs` epochs by the recipe of `train.py`, with a peak of the rate of .02: at half of the
FLOPs, in two epochs, it reached 84.80 % on validation data, .05 and .1 reached 84.62 and 84.70
(`--choose-rate`). evo may train ten times as many epochs in total, all that its search spends
included; its epochs are a fifth as long, so that decisions fall early.

- `torch-pruning-norm`: Torch-Pruning's group norm, global, in small steps until the FLOPs are left
  (Fang et al. 2023, https://arxiv.org/abs/2301.12900).
- `torch-pruning-taylor`: the same with its Taylor importance, from gradients of 1,000 images that
  are made again at each step.
- `uniform`: the same share of every group of channels, by the norm.
- `evo`: `evo run --model --inherit all`, objectives accuracy and FLOPs; it is told the reference
  point by which fronts are compared below.

Goals: at most .5 points of test accuracy lost at half of the FLOPs, at most 2 at a quarter, in
both better than each peer, and more hypervolume. Networks are chosen by validation accuracy, the
figures are of test data.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from copy import deepcopy
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any

import moocore
import numpy as np
import torch
import torch.nn.functional as F
import torch_pruning as tp
from torch import nn

from benchmarks.resnet20.train import accuracy, fit, make, outputs, pictures, trained
from fitness.data.task import Task
from fitness.tasks.cifar10 import load
from genomes.importing.importer import import_module

SHARES = (0.8, 0.65, 0.5, 0.42, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1)
GOALS = {0.5: 0.005, 0.25: 0.02}  # the loss allowed, by share of the FLOPs
REFERENCE = (0.3, 1.0)  # error and share of the FLOPs, for hypervolumes
PEERS = ("torch-pruning-norm", "torch-pruning-taylor", "uniform")
RATES = (0.02, 0.05, 0.1)
RATE = 0.02  # of RATES, by `choose_rate`
STEPS = 400  # of pruning, until nothing would be left
SETTINGS = f"""
precision = "bfloat16"
[reference_point]
accuracy = {1 - REFERENCE[0]}
"""
GRADIENT_IMAGES = 1_000
SHORT = 5  # epochs of evo to one
EXAMPLE = torch.zeros(1, 3, 32, 32)
Row = dict[str, Any]


def flops(network: nn.Module) -> float:
    """Count multiply-adds of one image, as Torch-Pruning does."""
    return float(tp.utils.count_ops_and_params(network, EXAMPLE)[0])


def pruned(method: str, task: Task) -> dict[float, nn.Module]:
    """Return the trained network with each of `SHARES` of its FLOPs, by a peer's rule."""
    network = trained().eval()
    taylor = method == "torch-pruning-taylor"
    importance = (
        tp.importance.GroupTaylorImportance()
        if taylor
        else tp.importance.GroupMagnitudeImportance(p=2)
    )
    pruner = tp.pruner.BasePruner(
        network,
        EXAMPLE,
        importance,
        global_pruning=method != "uniform",
        pruning_ratio=1.0,
        iterative_steps=STEPS,
        ignored_layers=[network.output],
    )
    found, whole = {}, flops(network)
    for share in SHARES:
        while flops(network) > share * whole:
            if taylor:
                _gradients(network, task)
            pruner.step()
        network.zero_grad()
        found[share] = deepcopy(network)
    return found


def _gradients(network: nn.Module, task: Task) -> None:
    """Leave the gradients of the loss of some training images in a network."""
    x, y = (part[:GRADIENT_IMAGES] for part in pictures(task.train))
    network.zero_grad()
    F.cross_entropy(outputs(network, x), y).backward()  # type: ignore[no-untyped-call]


def peer(method: str, network: nn.Module, seed: int, task: Task, epochs: int, rate: float) -> Row:
    """Train a pruned network on; return what came of it."""
    fit(network, task, epochs, peak=rate, seed=seed)
    network.to(memory_format=torch.contiguous_format)
    return {
        "method": method,
        "seed": seed,
        "share": flops(network) / flops(make()),
        "parameters": sum(p.numel() for p in network.parameters()),
        "validation": accuracy(network, task.validation),
        "test": accuracy(network, task.test),
        "epochs": epochs,
    }


def searched(seed: int, given: argparse.Namespace) -> list[Row]:
    """Search with evo, as a user types it; return the front's networks."""
    total, name = given.epochs * len(SHARES), f"resnet20-{given.epochs}-{seed}"
    folder = given.runs / name
    if not (folder / "pareto.csv").exists():
        given.runs.mkdir(parents=True, exist_ok=True)
        settings = given.runs / f"{name}.toml"
        settings.write_text(SETTINGS, encoding="utf-8")
        command = [
            *(sys.executable, "-c", "from evo.cli import main; main()", "run", str(settings)),
            *("--task", "cifar10", "--model", "benchmarks.resnet20.train:trained"),
            *("--objectives", "accuracy,flops", "--seed", str(seed)),
            *("--inherit", "all"),
            *("--epoch-examples", str(45_000 // SHORT), "--stages", given.stages),
            *("--budget-epochs", str(total * SHORT), "--generations", "100"),
            *("--name", name, "--results", str(given.runs), "--workers", str(given.workers)),
            *(("--data-dir", str(given.data_dir)) if given.data_dir else ()),
            *given.evo,
        ]
        subprocess.run(command, check=True)
    with (folder / "pareto.csv").open() as lines:
        return [_of_front(line, seed, total) for line in csv.DictReader(lines)]


def _of_front(line: dict[str, str], seed: int, epochs: int) -> Row:
    return {
        "method": "evo",
        "seed": seed,
        "share": float(line["flops"]) / evo_flops(),
        "parameters": int(float(line["shrunk_parameters"])),
        "validation": float(line["accuracy"]),
        "test": float(line["test_accuracy"]),
        "epochs": epochs,
    }


def evo_flops() -> float:
    """Count the FLOPs of the whole network as evo does."""
    return float(import_module(make(), (3, 32, 32), stages=1).spec.flops())


def within(rows: Sequence[Row], share: float) -> Row | None:
    """Return the network that is best on validation data among those with at most such FLOPs."""
    small = [row for row in rows if row["share"] <= share * 1.005]
    return max(small, key=lambda row: row["validation"], default=None)


def hypervolume(rows: Sequence[Row]) -> float:
    """Return what the front on validation data covers, measured on test data."""
    found = np.array([[1 - row["validation"], row["share"]] for row in rows])
    front = [row for row, best in zip(rows, moocore.is_nondominated(found), strict=True) if best]
    points = np.array([[1 - row["test"], row["share"]] for row in front])
    return float(moocore.hypervolume(points, ref=REFERENCE)) / (REFERENCE[0] * REFERENCE[1])


def table(rows: Sequence[Row], whole: float, epochs: int) -> Iterator[str]:
    """Write the comparison."""
    yield f"the trained network: {whole:.2%} on test; each method had {epochs} epochs"
    head = "".join(f"{f'lost at {share:g}':>14}" for share in GOALS)
    yield f"{'method':<24}{head}{'hypervolume':>14}{'networks':>10}{'seeds':>7}"
    for method in dict.fromkeys(row["method"] for row in rows):
        of_seeds: dict[int, list[Row]] = {}
        for row in rows:
            if row["method"] == method:
                of_seeds.setdefault(row["seed"], []).append(row)
        lost = []
        for share in GOALS:
            best = [within(found, share) for found in of_seeds.values()]
            tests = [whole - row["test"] for row in best if row is not None]
            lost.append(f"{100 * fmean(tests):.2f}" if len(tests) == len(best) else "none")
        volume = fmean(map(hypervolume, of_seeds.values()))
        count = fmean(map(len, of_seeds.values()))
        cells = "".join(f"{cell:>14}" for cell in lost)
        yield f"{method:<24}{cells}{volume:>14.3f}{count:>10.1f}{len(of_seeds):>7}"


def choose_rate(task: Task, epochs: int) -> None:
    """Print validation accuracy at half of the FLOPs for each peak of the learning rate."""
    for rate in RATES:
        row = peer(PEERS[0], pruned(PEERS[0], task)[0.5], 0, task, epochs, rate)
        print(f"peak {rate}: validation {row['validation']:.2%}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--methods", nargs="+", default=[*PEERS, "evo"])
    parser.add_argument("--stages", default="1,5", help="of evo, in its short epochs")
    parser.add_argument("--evo", nargs=argparse.REMAINDER, default=[], help="more for evo run")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--runs", type=Path, default=Path("results"))
    parser.add_argument("--choose-rate", action="store_true")
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    task = load(given.data_dir)
    if given.choose_rate:
        choose_rate(task, given.epochs)
        return
    rows = list(_rows(given, task))
    lines = list(table(rows, accuracy(trained(), task.test), given.epochs * len(SHARES)))
    print("\n".join(lines))
    if given.output:
        given.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _rows(given: argparse.Namespace, task: Task) -> Iterator[Row]:
    """Yield what all methods make of all seeds."""
    for seed, method in product(given.seeds, given.methods):
        if method == "evo":
            yield from searched(seed, given)
        else:
            yield from _of_peer(method, seed, given, task)


def _of_peer(method: str, seed: int, given: argparse.Namespace, task: Task) -> Iterator[Row]:
    """Yield a peer's networks; those that the cache holds are not made again."""
    cache = given.cache
    lines = cache.read_text().splitlines() if cache and cache.exists() else []
    done = {tuple(found["key"]): found["row"] for found in map(json.loads, lines)}
    networks: dict[float, nn.Module] = {}
    for share in SHARES:
        key = (method, share, seed, given.epochs)
        if key not in done:
            networks = networks or pruned(method, task)
            done[key] = peer(method, networks[share], seed, task, given.epochs, RATE)
            print(json.dumps(done[key]), flush=True)
            if cache:
                with cache.open("a") as file:
                    file.write(json.dumps({"key": key, "row": done[key]}) + "\n")
        yield done[key]


if __name__ == "__main__":
    main()
