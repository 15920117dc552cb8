"""What does each mechanism do to a search, and to a network?

Usage: python benchmarks/mechanisms.py search --cache FOLDER [--seeds 8] [--processes 2]
       python benchmarks/mechanisms.py networks --cache FOLDER [--networks 48] [--processes 2]

`search` runs `evo run` on digits for a fixed budget of epochs: with the usual mechanisms, with one
more, with one less. The figure is the hypervolume of the run's own objectives at the end; A12 is
the chance that a run with the mechanism beats one without it, p is Mann-Whitney's, two-sided.

`networks` draws networks in which a mechanism acts, and trains each twice in full: as drawn, and
with the mechanism switched off, everything else equal, the seed too. The figures are the median
change in validation accuracy, in points, and in active parameters, with 95 % bootstrap intervals,
and the median ratio of the epochs' seconds. Teaching has a teacher, the textbook's first network.

Seeds are 0, 1, 2 and so on. What is finished is a line in FOLDER, so both can be stopped and taken
up again. `--mechanisms` chooses.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from fnmatch import fnmatch
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.efficiency.study import add_line
from evo.pareto.statistics import a12, mann_whitney
from evo.problems.network_problem import NetworkProblem
from evo.running.session import start
from evo.settings.config import RunConfig, build, resolve
from evo.strategy import Unviable
from evo.sweeps.networks import textbook_genome
from fitness.data.task_reference import TaskReference
from fitness.evaluation import Job
from fitness.evaluators.network import NetworkEvaluator
from fitness.objective import Objective
from fitness.training.chosen_teacher import ChosenTeacher
from fitness.training.numerics import Numerics
from genomes.chromosomes.mechanism_registry import MECHANISMS, usual
from genomes.genes.gene import Gene, ListOf, Record, Struct, Value
from genomes.genes.genome import Genome, Space

Row = dict[str, Any]
Key = tuple[str, int]  # mechanism and seed, or number of a network

TASK = "digits"
BUDGET = 600  # epochs of a search: about six generations of the usual size
USUAL = "usual"
INHERITED = "weights"  # not a gene's affair: what a child is born with
TEACHING = "teaching"  # acts where there is a teacher: of networks the textbook's first one
RESAMPLES = 10_000
DRAWS = 1_000  # of a pair of networks, until the mechanism acts


def variants() -> tuple[str, ...]:
    """List what is compared with the usual."""
    here = (name for name in MECHANISMS.names() if _acts(name) or name == "varied-predictors")
    return (*here, INHERITED)


def in_networks() -> tuple[str, ...]:
    """List the mechanisms that act in networks of the task: pairs of networks differ in them.

    Others act in females alone, or in networks of another family.
    """
    return tuple(name for name in MECHANISMS.names() if _acts(name))


def _acts(mechanism: str) -> bool:
    genes = [g for g in problem(mechanism)[0].space.gene_names() if not g.startswith("predictor.")]
    return any(
        fnmatch(gene, pattern) for gene in genes for pattern in MECHANISMS.load(mechanism).OFF
    )


# -- searches -------------------------------------------------------------------------------------


class Silence:
    """Listens and says nothing."""

    def started(self, folder: Path, text: str) -> None: ...
    def generation(self, summary: Mapping[str, Any]) -> None: ...
    def progress(self, done: int, total: int, stage: str) -> None: ...
    def note(self, text: str) -> None: ...


def changed(variant: str) -> dict[str, Any]:
    """Return the settings of a variant: the usual ones, with one mechanism more or less."""
    if variant == USUAL:
        return {}
    if variant == INHERITED:
        return {"inherit": "all"}
    return {"mechanisms": sorted({*usual()} ^ {variant})}


def search(key: Key) -> Row:
    """Run a search; return its hypervolume by epochs spent, and its most accurate network."""
    variant, seed = key
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "task": TASK, "seed": seed, "budget_epochs": BUDGET, "generations": 1_000,
            "runner": "serial", "results": folder, "name": "run", "device": "cpu",
        }  # fmt: skip
        ending = start(build({**settings, **changed(variant)}), Silence())
        from evo.findings.tables import read_tables

        generations = read_tables(ending.folder).generations
    return {
        "hypervolume": float(generations["hypervolume"].iloc[-1]),
        "half": float(
            generations.loc[generations["epochs_spent"] <= BUDGET / 2, "hypervolume"].max()
        ),
        "accuracy": max(float(row["accuracy"]) for row in ending.front),
    }


def search_report(rows: Mapping[Key, Row], wanted: Sequence[str], seeds: int) -> str:
    """Return the table of searches."""
    lines = [
        f"evo run --task {TASK} --budget-epochs {BUDGET}, {seeds} seeds: median (quartiles)",
        f"{'':<26}{'hypervolume at half':>22}{'at the end':>24}{'accuracy':>10}{'A12':>7}{'p':>9}",
    ]
    base = [rows[USUAL, seed] for seed in range(seeds)]
    for variant in (USUAL, *wanted):
        runs = [rows[variant, seed] for seed in range(seeds)]
        ends = [[run["hypervolume"] for run in part] for part in (runs, base)]
        has = variant in (*usual(), USUAL)
        title = variant if variant == USUAL else f"{'without' if has else 'with'} {variant}"
        line = f"{title:<26}{quartiles([run['half'] for run in runs]):>22}"
        line += f"{quartiles(ends[0]):>24}{np.median([run['accuracy'] for run in runs]):>10.2%}"
        if variant != USUAL:
            first, second = reversed(ends) if has else ends
            line += f"{a12(first, second):>7.2f}{mann_whitney(first, second):>9.2g}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def quartiles(values: Sequence[float]) -> str:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:.3f} {low:.3f}–{high:.3f}"


# -- networks -------------------------------------------------------------------------------------


@cache
def problem(mechanism: str) -> tuple[NetworkProblem, NetworkEvaluator]:
    """Return networks in which the usual mechanisms and this one may act, and their evaluator."""
    reference = TaskReference(TASK)
    task = reference.load()
    given = RunConfig(task=TASK, device="cpu", mechanisms=tuple({*usual(), mechanism}))
    config = resolve(given, task)
    numerics = Numerics.for_device("cpu")
    objectives = [Objective.load(name) for name in config.objectives]
    made = NetworkProblem.of(task, objectives, config.model_dump(), {}, numerics)
    return made, NetworkEvaluator(reference, numerics)


def pair(mechanism: str, number: int) -> tuple[Genome, Genome]:
    """Draw a network in which a mechanism acts; return it, and the same without it."""
    rng = random.Random(f"{mechanism}/{number}")
    space = problem(mechanism)[0].space
    for _ in range(DRAWS):
        drawn = space.sample("with", "male", rng)
        plain = replace(without(drawn, space, MECHANISMS.load(mechanism).OFF, rng), id="without")
        try:
            for genome in (drawn, plain):
                problem(mechanism)[0].costs(genome)
        except Unviable:
            continue
        if drawn.chromosomes != plain.chromosomes:
            return drawn, plain
    raise ValueError(f"{DRAWS} networks were drawn, and {mechanism} acted in none of them")


def without(genome: Genome, space: Space, off: Mapping[str, Any], rng: random.Random) -> Genome:
    """Return the genome with the values that switch a mechanism off; the others stay."""
    chromosomes, pinned = dict(genome.chromosomes), space.pin(off).chromosomes
    for name in {gene.split(".")[0] for gene in off}:
        values = dict(chromosomes[name])
        for gene, field in pinned[name].fields.items():
            values[gene] = allowed(field, values[gene], rng)
        # A child of one parent has its genes; conditional genes act in it as they should.
        chromosomes[name] = pinned[name].crossover(values, values, rng)
    return replace(genome, chromosomes=Record(chromosomes))


def allowed(gene: Gene, value: Value, rng: random.Random) -> Value:
    """Return a value that the gene allows: what it does not allow of it is drawn anew."""
    try:
        return gene.check(value)
    except ValueError:
        if isinstance(gene, ListOf) and isinstance(gene.gene, Struct):  # stages, layers
            genes = gene.gene.fields.items()
            return tuple(
                Record({n: allowed(inner, item[n], rng) for n, inner in genes}) for item in value
            )
        return gene.sample(rng)


@cache
def teacher() -> tuple[ChosenTeacher, bytes]:
    """Train the textbook's first network in full; return who teaches, and his weights."""
    networks, evaluator = problem(TEACHING)
    genome = textbook_genome(1, networks.space)
    done = evaluator.evaluate(networks.job(genome, 0, networks.adult_epochs))
    assert done.checkpoint is not None
    return ChosenTeacher(done.job, genome.expressed()), done.checkpoint


def train(key: Key) -> Row:
    """Train a network with a mechanism and without it; return what became of both."""
    mechanism, number = key
    networks, evaluator = problem(mechanism)
    row: Row = {}
    for genome in pair(mechanism, number):
        job: Job = networks.job(genome, 0, networks.adult_epochs)
        if mechanism == TEACHING and genome.id == "with":
            chosen, weights = teacher()
            job = replace(job, birth=chosen.added_to(job.birth), teacher=weights)
        done = evaluator.evaluate(replace(job, seed=number))
        row[genome.id] = {
            "status": done.status,
            "accuracy": done.objectives.get("accuracy", 0.0),
            "active": done.objectives.get("active_parameters", float("nan")),
            "seconds": done.costs["seconds"] / max(1.0, done.costs["epochs"]),
        }
    return row


def networks_report(rows: Mapping[Key, Row], wanted: Sequence[str], count: int) -> str:
    """Return the table of networks."""
    lines = [
        f"{count} networks on {TASK}, with each mechanism against without: median change "
        "[95 % interval]",
        f"{'':<24}{'accuracy, points':>26}{'active parameters, %':>28}{'seconds':>9}{'failed':>8}",
    ]
    for mechanism in wanted:
        pairs = [rows[mechanism, number] for number in range(count)]
        sound = [row for row in pairs if {part["status"] for part in row.values()} == {"ok"}]
        accuracy = np.array(
            [100 * (row["with"]["accuracy"] - row["without"]["accuracy"]) for row in sound]
        )
        active = np.array(
            [100 * (row["with"]["active"] / row["without"]["active"] - 1) for row in sound]
        )
        ratio = np.median([row["with"]["seconds"] / row["without"]["seconds"] for row in sound])
        lines.append(
            f"{mechanism:<24}{interval(accuracy, 2):>26}{interval(active, 1):>28}{ratio:>9.2f}"
            f"{len(pairs) - len(sound):>8}"
        )
    return "\n".join(lines) + "\n"


def interval(values: npt.NDArray[np.float64], digits: int) -> str:
    """Write the median with its 95 % bootstrap interval."""
    rng = np.random.default_rng(0)
    medians = np.median(rng.choice(values, (RESAMPLES, len(values))), axis=1)
    low, high = np.quantile(medians, [0.025, 0.975])
    return f"{np.median(values):+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"


# -- both -----------------------------------------------------------------------------------------


def carry_out(
    what: Callable[[Key], Row], keys: Sequence[Key], path: Path, processes: int
) -> dict[Key, Row]:
    """Return all rows; those that are not in the file yet are made and added to it."""
    rows = dict(_read(path))
    missing = [key for key in keys if key not in rows]
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(what, key): key for key in missing}
        for done, future in enumerate(as_completed(futures), start=1):
            key = futures[future]
            rows[key] = future.result()
            add_line(path, json.dumps([*key, rows[key]]))
            print(f"{done} of {len(missing)}: {key[0]} {key[1]}", file=sys.stderr, flush=True)
    return rows


def _read(path: Path) -> Iterator[tuple[Key, Row]]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for line in lines:
        if line.endswith("}]"):
            name, number, row = json.loads(line)
            yield (name, number), row


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    options.cache.mkdir(parents=True, exist_ok=True)
    if options.study == "search":
        names = (USUAL, *options.mechanisms)
        keys = [(name, seed) for seed in range(options.seeds) for name in names]
        rows = carry_out(search, keys, options.cache / "search.jsonl", options.processes)
        text = search_report(rows, options.mechanisms, options.seeds)
    else:
        wanted = [name for name in options.mechanisms if name in in_networks()]
        keys = [(name, number) for number in range(options.networks) for name in wanted]
        rows = carry_out(train, keys, options.cache / "networks.jsonl", options.processes)
        text = networks_report(rows, wanted, options.networks)
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("study", choices=("search", "networks"))
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--networks", type=int, default=48)
    parser.add_argument("--mechanisms", nargs="+", choices=variants(), default=list(variants()))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--output", type=Path)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
