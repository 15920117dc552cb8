"""Makes a sweep of what a person asks: its network from a run, or from a textbook and pins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from evo.errors import BadInput, describe
from evo.files.paths import RESULTS, absolute, shown
from evo.record.run_folder import RunFolder
from evo.record.runs import find_run
from evo.running.parts import Parts, prepared
from evo.settings.config import RunConfig, build, load_toml, stages_of
from evo.sweeps.grid import Grid
from evo.sweeps.networks import SWEPT, USUAL, genome_of_run, read_genome, textbook_genome
from evo.sweeps.plan import DATA, TRAINING, Sweep, check_granularity
from fitness.data.task_names import absolute_name
from genomes.genes.genome import Genome

FILE = ".json"  # ending of a genome's file


def asked(
    options: Mapping[str, Any],
    grid: Grid,
    *,
    genome: str | None = None,
    epochs: int | None = None,
    granularity: str | None = None,
    textbook: int | None = None,
) -> Sweep:
    """Return the sweep that is meant; raises `BadInput`. `options` are settings of the training.

    `genome` is RUN/ID: then the data and the numeric settings are those of its run, unless given;
    or a FILE.json that a sweep left.
    """
    check_granularity(granularity)
    given = {name: value for name, value in options.items() if value is not None}
    if genome is None:
        own = {} if granularity is None else {"pruning.granularity": granularity}
        pins = {**USUAL, **_allowed(given.get("pins") or {}), **own}
        training = build({}, {**given, "pins": pins})
        return Sweep(training, grid, epochs, None, 1 if textbook is None else textbook)
    _check_alone(given, textbook)
    if genome.endswith(FILE):
        read_genome(absolute(genome))  # raises where it is none
        return Sweep(build({}, given), grid, epochs, granularity, genome=str(absolute(genome)))
    folder, identity = _named(genome, given.get("results", RESULTS))
    training, length = _trained_as(folder, given)
    genome_of_run(folder.database, identity)  # raises where it is none
    length = length if epochs is None else epochs
    return Sweep(training, grid, length, granularity, genome=f"{folder.path}/{identity}")


def _check_alone(given: Mapping[str, Any], textbook: int | None) -> None:
    """Raise `BadInput` for what says of a genome's network what the genome says."""
    if textbook is not None:
        raise BadInput("received --genome and --textbook, which name two networks; leave one out")
    for name, option in (("pins", "--pin"), ("family", "--family")):
        if given.get(name):
            raise BadInput(
                f"received --genome and {option}: a genome of a run has all its genes; leave one "
                "of them out"
            )


def completed(sweep: Sweep) -> tuple[Sweep, Parts]:
    """Load the task, and fill in what was left to it; raises `BadInput` or ValueError."""
    task, resolved = prepared(sweep.training)
    parts = Parts.of(resolved, task)
    epochs = parts.problem.adult_epochs if sweep.epochs is None else sweep.epochs
    parts = replace(parts, problem=replace(parts.problem, adult_epochs=epochs))
    return replace(sweep, training=parts.config, epochs=epochs), parts


def network_of(sweep: Sweep, parts: Parts) -> Genome:
    """Return the network that a sweep prunes; raises `BadInput` if it does not fit the task."""
    if sweep.genome is None:
        return textbook_genome(sweep.textbook, parts.problem.space)
    genome = _found(sweep.genome)
    try:
        parts.problem.decode(genome)
    except (ValueError, KeyError) as error:  # KeyError: a gene that the task's networks have
        reason = describe(error)
        raise BadInput(f"the genome {sweep.genome} does not fit this task: {reason}") from None
    return genome


def _found(genome: str) -> Genome:
    """Return the genome that a sweep names, a run's by its path."""
    if genome.endswith(FILE):
        return read_genome(Path(genome))
    folder, identity = _named(genome, RESULTS)
    return genome_of_run(folder.database, identity)


def _allowed(pins: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in SWEPT:
        if name in pins:
            raise BadInput(
                f"received --pin {name}: that is what a sweep varies, by --sparsity and --curve"
            )
    return pins


def _named(genome: str, results: str | Path) -> tuple[RunFolder, str]:
    """Return the run and the id that RUN/ID names."""
    run, _, identity = genome.rpartition("/")
    if not run or not identity:
        raise BadInput(
            f"received --genome {genome!r}, expected RUN/ID, for instance first/m048-002, "
            "or FILE.json"
        )
    return find_run(run, absolute(results)), identity


def _trained_as(folder: RunFolder, given: Mapping[str, Any]) -> tuple[RunConfig, int]:
    """Return the settings of a run that a training depends on, and its epochs; options win."""
    config = load_toml(folder.config)
    if "task" in given and absolute_name(given["task"]) != absolute_name(config.task):
        raise BadInput(
            f"the genome belongs to a run of task {config.task} ({shown(folder.path)}), received "
            f"--task {given['task']}; leave --task out, or name a genome of that task"
        )
    taken = config.model_dump(include={*DATA, *TRAINING}, exclude_none=True)
    stages = stages_of(config)
    if not stages:
        raise BadInput(f"{shown(folder.path)} has no complete config, so its epochs are unknown")
    return build(taken, given), stages[-1]
