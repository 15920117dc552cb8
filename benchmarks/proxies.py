"""Do zero-cost proxies help to predict how networks end?

Usage: python benchmarks/proxies.py [--cache FOLDER] [--networks 100]
       [--output results/reference/proxies.txt]

Part 1, the space of `evo run --task digits`: networks drawn at random within the task's limits
with a fixed seed, trained in full, two to three CPU seconds each; the first epochs are those of
the juvenile, bit for bit. Trainings are kept in FOLDER and not repeated. Part 2: 200 rows of our
own table of small networks (`benchmarks/tables`), which are all trained already. Proxies are
measured anew. Figures are Kendall's tau-b with the final validation accuracy over networks that
were not learnt from: median and quartiles over 20 random splits into 60 known and all others.
Predictors learn through `Surrogate`, on columns and truths as normal scores and anchored by early
accuracy, as the classic ones do. Proxies of candidates would cost building a network for each;
those figures are for information. Times are CPU time of one thread.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import kendalltau

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.tables import make_digits_networks as maker
from benchmarks.tables.digits_networks import OPTIONS, PATH, DigitsNetworks, parameters_of
from evo.problems.network_problem import NetworkProblem
from evo.strategy import Unviable
from fitness.activation_probe import probe_batch
from fitness.data.task_reference import TaskReference
from fitness.evaluation import Epoch, Job
from fitness.evaluators.network import NetworkEvaluator
from fitness.prediction.features import Features
from fitness.prediction.history import History
from fitness.prediction.surrogate import Surrogate
from fitness.training.credit.rule import TRAINING_TO_FORWARD
from fitness.training.numerics import Numerics
from fitness.training.sample_batch import BATCH, PROXIES, SEED, measure_proxies, proxy_passes
from genomes.chromosomes.mechanism_registry import usual
from genomes.genes.encoding import Encoding
from genomes.genes.gene import Choice, Record, Struct
from genomes.genes.genome import Genome

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
DRAWN, SPLITS, KNOWN = 20_260_102, 20, 60  # the seed of the networks, splits, networks learnt from
BATCHES = (16, 32, 64)
OUTCOMES = ("accuracy",)
ROWS, EARLY = 200, 4  # of our own table, and the epochs after which it was searched
KINDS: Mapping[str, Mapping[str, Any]] = {
    "gaussian-process": {},
    "forest": {"forest_trees": 20, "forest_depth": 6},
    "ridge": {"ridge_penalty": 30.0},
}
GENES = Record(
    reads_genome=True, reads_costs=True, reads_pedigree=False, reads_curve=True,
    reads_shown=False, epochs_read=1, anchored=True, transform="rank", inputs="scores",
    window=150, ridge_penalty=30.0, pairwise=False, neighbours=5, genome_share=0.5,
    forest_trees=20, forest_depth=6,
    candidate_expression=("log_planned_parameters",), juvenile_expression=("metric_last",),
)  # fmt: skip


@cache
def evaluator() -> NetworkEvaluator:
    return NetworkEvaluator(TaskReference("digits"), Numerics())


@cache
def problem() -> NetworkProblem:
    """Return the problem that `evo run --task digits` would solve."""
    task = evaluator().task
    settings = {**asdict(task.defaults), "family": "cnn", "seed": DRAWN}
    settings |= {"mechanisms": usual(), "proxies": ()}
    return NetworkProblem.of(task, (), settings, {}, Numerics())


@cache
def body() -> Struct:
    """Return the chromosomes that males express: what a network is does not hang on predictors."""
    chromosomes = problem().space.chromosomes.items()
    return Struct({name: genes for name, genes in chromosomes if name != "predictor"})


def drawn(count: int) -> list[Genome]:
    """Draw males within the task's limits."""
    rng = random.Random(DRAWN)
    found: list[Genome] = []
    while len(found) < count:
        genome = Genome(f"{len(found)}", "male", body().sample(rng))
        try:
            problem().costs(genome)
        except Unviable:
            continue
        found.append(genome)
    return found


def trained(genome: Genome, folder: Path) -> dict[str, Any]:
    """Return status, curve and CPU seconds of a full training, which is not done twice."""
    job = problem().job(genome, 0, problem().adult_epochs)
    path = folder / f"{job.key}.json"
    if not path.exists():
        began = time.process_time()
        evaluation = evaluator().evaluate(job)
        seconds = time.process_time() - began
        curve = [asdict(epoch) for epoch in evaluation.curve]
        found = {"status": evaluation.status, "curve": curve, "seconds": seconds}
        path.write_text(json.dumps(found), encoding="utf-8")
    found = json.loads(path.read_text(encoding="utf-8"))
    return {**found, "curve": tuple(Epoch(**epoch) for epoch in found["curve"])}


@dataclass(frozen=True)
class Sample:
    """A network that was trained to the end: how it ended, and what was known of it as a juvenile.

    `proxies` are by number of examples; the features hold those of the usual number. Seconds are
    those of measuring them once, and of a juvenile training if that was timed.
    """

    features: Features
    truth: float
    proxies: Mapping[int, Mapping[str, float]]
    proxy_seconds: float
    juvenile_seconds: float = np.nan


@cache
def encoding() -> Encoding:
    return Encoding(body())


def shown(job: Job) -> tuple[dict[int, dict[str, float]], float]:
    """Return a network's proxies by number of examples, and the seconds they took at the usual."""
    network, batch = (
        evaluator().training_state(job).network,
        probe_batch(evaluator().data.train, SEED),
    )
    parts = {size: batch.chosen(slice(size)) for size in BATCHES}
    proxies = {
        size: measure_proxies(PROXIES.names(), network, part) for size, part in parts.items()
    }
    began = time.process_time()
    measure_proxies(PROXIES.names(), network, parts[BATCH])
    return proxies, time.process_time() - began


def sample(genome: Genome, found: Mapping[str, Any]) -> Sample:
    """Put together what is known of a network, from its training and its proxies."""
    early, adult = problem().task.defaults.stages[0], problem().adult_epochs
    proxies, seconds = shown(problem().job(genome, 0, early))
    features = Features(
        genome.id,
        encoding().vector(genome.chromosomes),
        dict(problem().costs(genome)),
        curve=found["curve"][:early],
        shown=proxies[BATCH],
    )
    truth = found["curve"][-1].metric
    return Sample(features, truth, proxies, seconds, found["seconds"] * early / adult)


def samples(count: int, folder: Path) -> list[Sample]:
    """Train the networks, or read what is trained; leave out those that did not end well."""
    folder.mkdir(parents=True, exist_ok=True)
    done = [(genome, trained(genome, folder)) for genome in drawn(count)]
    return [sample(genome, found) for genome, found in done if found["status"] == "ok"]


def of_table() -> list[Sample]:
    """Look up networks of our own table, and measure their proxies as they were born."""
    table, genes = DigitsNetworks(), {name: Choice(options) for name, options in OPTIONS.items()}
    with np.load(PATH, allow_pickle=False) as columns:
        seeds, losses = columns["seed"], columns["train_loss"].astype(np.float64)
    rows = np.sort(np.random.default_rng(DRAWN).permutation(len(table))[:ROWS])
    return [
        _row(int(row), table, Encoding(Struct(genes)), int(seeds[row]), losses[row])
        for row in rows
    ]


def _row(row: int, table: DigitsNetworks, genes: Encoding, seed: int, losses: Array) -> Sample:
    parameters, accuracies = parameters_of(row), table.curves()[row]
    expressed = maker.expressed(parameters)
    job = Job(f"{row}", expressed, Record(), f"{row}", seed, 0, EARLY, maker.EPOCHS)
    proxies, seconds = shown(job)
    early = zip(range(1, EARLY + 1), losses, accuracies, strict=False)
    curve = tuple(Epoch(e, loss, 1.0 - a, a, 1.0, 1.0) for e, loss, a in early)
    pruning = parameters["final_sparsity"], parameters["pruning_start"]
    vector = genes.vector({**parameters, "pruning": pruning})
    features = Features(
        f"{row}", vector, table.costs(parameters), curve=curve, shown=proxies[BATCH]
    )
    return Sample(features, float(accuracies[-1]), proxies, seconds)


def alone(known: Sequence[Sample]) -> dict[str, Array]:
    """Return single numbers (N,) that might tell how networks end."""
    columns = {"last early accuracy": [s.features.curve[-1].metric for s in known]}
    names = [name.replace("-", "_") for name in PROXIES.names()]
    for size, name in ((size, name) for name in names for size in BATCHES):
        columns[f"{name}, {size} examples"] = [s.proxies[size][name] for s in known]
    for name in ("log_dense_parameters", "log_flops"):
        columns[name] = [s.features.costs[name] for s in known]
    return {name: np.array(values) for name, values in columns.items()}


def costs(known: Sequence[Sample]) -> str:
    """Say what measuring the proxies costs."""
    seconds = np.array([s.proxy_seconds for s in known])
    juvenile = np.array([s.juvenile_seconds for s in known])
    epochs = problem().task.defaults.stages[0]
    passes = TRAINING_TO_FORWARD * epochs * len(evaluator().data.train)
    return (
        f"all proxies on {BATCH} examples: {1e3 * np.median(seconds):.0f} ms a network, "
        f"{seconds.sum() / juvenile.sum():.1%} of a juvenile training's time and "
        f"{proxy_passes(PROXIES.names(), BATCH) / passes:.1%} of its FLOPs"
    )


def splits(count: int) -> list[tuple[Rows, Rows]]:
    """Return rows to learn from and rows to predict, in several random ways."""
    orders = [np.random.default_rng(seed).permutation(count) for seed in range(SPLITS)]
    return [(order[:KNOWN], order[KNOWN:]) for order in orders]


def taus(known: Sequence[Sample], genes: Mapping[str, Any]) -> Array:
    """Return how well a female with these genes ranks what she has not learnt, split by split."""
    truths = np.array([s.truth for s in known])
    epochs, values = len(known[0].features.curve), []
    for seed, parts in enumerate(splits(len(known))):
        learnt, asked = (History([known[i].features for i in rows], OUTCOMES) for rows in parts)
        surrogate = Surrogate(Record({**GENES, "epochs_read": epochs, **genes}), seed, OUTCOMES)
        surrogate.fit_juvenile(learnt, truths[parts[0], None])
        values.append(tau(surrogate.predict(asked)[:, 0], truths[parts[1]]))
    return np.array(values)


def tau(predicted: Array, truths: Array) -> float:
    return float(np.nan_to_num(kendalltau(predicted, truths).statistic))


def spread(values: Array, signed: bool = False) -> str:
    """Write median and quartiles."""
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{median:{'+' if signed else ''}.3f} ({low:.3f} to {high:.3f})"


def report(known: Sequence[Sample]) -> str:
    """Write what each number tells alone, and what predictors gain by proxies."""
    truths, others = np.array([s.truth for s in known]), len(known) - KNOWN
    lines = [f"Kendall's tau with the final accuracy of the {others} others: median (quartiles)"]
    rows = [others for _, others in splits(len(known))]
    for name, values in alone(known).items():
        told = np.array([tau(values[others], truths[others]) for others in rows])
        lines.append(f"{name:<40}{spread(told)}")
    for title, curve in (("juveniles", True), ("if known of candidates", False)):
        read = "genome, costs" + (", curve" if curve else "")
        lines += ["", f"{title:<24}{read:<26}{'and proxies':<26}gain"]
        for kind, genes in KINDS.items():
            given = {"kind": kind, "reads_curve": curve, **genes}
            without, both = taus(known, given), taus(known, {**given, "reads_shown": True})
            gain = spread(both - without, signed=True)
            lines.append(f"{kind:<24}{spread(without):<26}{spread(both):<26}{gain}")
    return "\n".join(lines) + "\n"


def measure(networks: int, cache_folder: Path) -> str:
    """Write both parts."""
    ended, defaults = samples(networks, cache_folder), problem().task.defaults
    parts = [
        f"python benchmarks/proxies.py --networks {networks}\n",
        f"1. {len(ended)} of {networks} random networks for digits ended well; "
        f"{defaults.stages[-1]} epochs, {defaults.stages[0]} as juveniles; "
        f"torch {torch.__version__}\n{costs(ended)}\n",
        report(ended),
        f"2. {ROWS} networks of our own table; {maker.EPOCHS} epochs, {EARLY} as juveniles\n",
        report(of_table()),
    ]
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, default=Path("results/benchmarks/proxies"))
    parser.add_argument("--networks", type=int, default=100)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    text = measure(options.networks, options.cache)
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
