"""Exports a network of a run: chooses it, rebuilds it from its checkpoint, measures it, writes it.

The test split is read here for the export's card, and never by the search.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evo.export.by_group import card_facts as group_facts
from evo.export.by_group import rows_by_group
from evo.export.evaluate import answered
from evo.export.export_figures import ExportFigures, sample_of
from evo.export.export_format import chosen_formats
from evo.export.exported import Exported, Fact, plain_network
from evo.export.folder import check_free, write_export
from evo.export.retrained import (
    Retrained,
    best_retrained,
    card_facts,
    read_retrained,
    weights_of,
)
from evo.export.rounding import check_multiple, rounding_of
from evo.files.paths import absolute
from evo.findings.baselines import Baseline, read_baselines
from evo.findings.choice import Demand, Measured, Role, Row, choose, roles
from evo.findings.front_table import axes_of_run, stored_front
from evo.record.export_notes import remember_export
from evo.record.lookup import Adult, find_adult, teacher_of, weights_of_adult
from evo.record.remeasured import Remeasured, remeasured_facts
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.settings.config import RunConfig, load_toml, metric_of, stages_of
from evo.settings.task_reference import task_reference
from fitness.data.options import DataOptions
from fitness.data.refit import RefitReference
from fitness.data.task import Task
from fitness.data.task_names import portable_name
from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.metric import METRICS, Metric
from fitness.regimen import NONE
from fitness.training.inheritance import from_scratch
from fitness.training.numerics import Numerics
from genomes.genes.genome import Genome
from genomes.networks.network import Network


@dataclass(frozen=True)
class NetworkExport:
    """An export: its folder, its card, who of the front has which role, and the baselines.

    `metric` is that of the run, which roles and baselines are about, `config` all it was told.
    """

    folder: Path
    card: dict[str, Fact]
    roles: dict[Role, Row]
    baselines: Sequence[Baseline]
    metric: Metric
    config: RunConfig


def export_network(
    folder: RunFolder,
    genome: str | None,
    demand: Demand,
    output: Path | None,
    *,
    retrained: bool = False,
    train: Callable[[str], Sequence[Retrained]] | None = None,
    formats: Sequence[str] = (),
    round_to: int | None = None,
) -> NetworkExport:
    """Export one network of a run, or with `retrained` what `evo retrain` kept of it.

    `train` trains the chosen genome from scratch, once all else is in order, and returns the
    trainings of which one is exported. `formats` are written besides those that every export has.
    `round_to` rounds numbers of channels up to a multiple, see `evo.export.rounding`.
    Raises `BadInput` if no network meets the demand, the genome was never fully trained, its
    weights were not kept, a format cannot be written here, or the output folder is taken.
    """
    chosen_formats(formats)  # before anything is loaded
    check_multiple(round_to)
    exports = absolute("exports")  # a task may change the working directory
    config = load_toml(folder.config)
    with Store.open(folder.database, read_only=True) as store:
        axes = axes_of_run(folder, store)
        front = stored_front(folder, store)
        measured = Measured.of(store, metric_of(config))
        chosen = genome or str(choose(front, demand, axes, measured)["genome"])
        adult = find_adult(store, chosen)
        teacher = teacher_of(store, adult.genome)
        baselines = read_baselines(store)
    output = output or exports / f"{folder.path.resolve().name}-{chosen}"
    check_free(output)
    if retrained or train is not None:
        rows = read_retrained(folder) if train is None else train(chosen)
        row = best_retrained(folder, adult.genome.id, metric_of(config), rows)
        exported, figures = _rebuild_retrained(folder, config, adult, row, round_to)
    else:
        exported, figures = _rebuild(folder, config, adult, measured.remeasured, round_to)
        exported = replace(exported, facts={**exported.facts, **_lessons(adult.genome, teacher)})
    exported = replace(exported, facts={**exported.facts, **_baseline_facts(baselines)})
    exported = write_export(exported, output, formats, figures)
    remember_export(folder, chosen, output)
    parts = roles(front, axes, measured) if front else {}
    return NetworkExport(output, exported.card, parts, baselines, measured.metric, config)


def _baseline_facts(baselines: Sequence[Baseline]) -> dict[str, Fact]:
    """Return what the card says of the best predictor without a search."""
    if not baselines:
        return {}
    one = baselines[-1]
    return {
        "baseline_name": one.name,
        "baseline_parameters": one.parameters,
        f"baseline_validation_{one.metric}": one.validation,
        f"baseline_test_{one.metric}": one.test,
    }


def evaluator_of(config: RunConfig, *, refit: bool = False) -> NetworkEvaluator:
    """Rebuild on the CPU, whatever the run used; what shapes the numbers stays as it was."""
    given = {k: v for k in ("precision", "memory_format") if (v := getattr(config, k))}
    kind = RefitReference if refit else TaskReference
    return NetworkEvaluator(task_reference(config, kind), Numerics(device="cpu", **given))


def trained_network(folder: RunFolder, evaluator: NetworkEvaluator, adult: Adult) -> Network:
    """Rebuild a network under its masks from its checkpoint; raise `BadInput` if it is gone."""
    return evaluator.network(adult.genome.expressed(), weights_of_adult(folder, adult))


def _rebuild(
    folder: RunFolder,
    config: RunConfig,
    adult: Adult,
    measured: Mapping[str, Remeasured],
    round_to: int | None,
) -> Rebuilt:
    """Rebuild the trained network, shrink it, measure it on both splits, and write its card."""
    evaluator = evaluator_of(config)
    trained = trained_network(folder, evaluator, adult)
    task, metrics = evaluator.task, _metrics(config)
    network, rounded, unrounded = _plain(trained, task, round_to)
    facts: dict[str, Fact] = {
        "genome": adult.genome.id,
        "run": folder.path.resolve().name,
        "generation": adult.generation,
        "seed": config.seed,
        "adult_epochs": stages_of(config)[-1],
        "task_fingerprint": config.task_fingerprint,
        **_measured(network, task, ("validation", "test"), metrics),
        **remeasured_facts(measured, adult.genome.id, len(task.test), metric_of(config)),
        "inherited_epochs": round(adult.costs.get("inherited_epochs", 0)),
        "inherited_share": adult.costs.get("inherited_share", 0.0),
        **card_facts(read_retrained(folder), adult.genome.id, metrics[0]),
        "active_parameters": round(adult.objectives["active_parameters"]),
        "active_ratio": adult.objectives["active_ratio"],
        "dense_parameters": round(adult.objectives["dense_parameters"]),
        **({"data_notes": "; ".join(task.notes)} if task.notes else {}),
        **rounded,
    }
    figures = ExportFigures(task, trained.spec, metrics, unrounded=unrounded)
    return _exported(trained, network, config, facts, figures), figures


Rebuilt = tuple[Exported, ExportFigures]


def _plain(
    trained: Network, task: Task, round_to: int | None
) -> tuple[Network, dict[str, Fact], Network | None]:
    """Return the network to hand over, what the card says of rounding, and it without that."""
    plain = plain_network(trained, task.target)
    if round_to is None:
        return plain, {}, None
    rounding = rounding_of(trained, round_to)
    return plain_network(trained, task.target, rounding.groups), rounding.facts, plain


def _exported(
    trained: Network,
    network: Network,
    config: RunConfig,
    facts: dict[str, Fact],
    figures: ExportFigures,
) -> Exported:
    task = figures.task
    return Exported(
        network,
        portable_name(config.task),
        facts,
        task.target,
        figures.metrics[0],
        columns=task.columns,
        options=DataOptions.of(config).over(task.inferred),
        pictures=task.pictures,
        sample=sample_of(trained, task, held_out="validation" in figures.splits),
    )


def _metrics(config: RunConfig) -> list[str]:
    """Return the metric of a run, that of a single group, and others that are objectives."""
    main = metric_of(config)
    others = (name for name in config.objectives if name in METRICS)
    return list(dict.fromkeys([main.name, main.of_one_group.name, *others]))


def _measured(
    network: Network, task: Task, splits: Sequence[str], metrics: Sequence[str]
) -> dict[str, Fact]:
    """Return what the card says of a network on splits, and in groups of the metric."""
    of = {"validation": task.validation, "test": task.test}
    answers = {name: answered(network, task.target, of[name]) for name in splits}
    facts: dict[str, Fact] = {}
    for name, given in answers.items():
        facts |= {f"{name}_{metric}": given.value(Metric.load(metric)) for metric in metrics}
        facts[f"{name}_examples"] = len(given.split)
    rows = rows_by_group(Metric.load(metrics[0]), answers, task.group_names)
    return facts | group_facts(rows)


def _manner(row: Retrained) -> dict[str, Fact]:
    """Return what the card says of averages and teachers."""
    facts: dict[str, Fact] = {} if row.average == NONE else {"averaged_weights": row.average}
    if row.teacher:
        facts |= {
            "taught_by": row.teacher,
            "taught_generation": row.generation,
            "teaching_temperature": row.temperature,
            "teaching_weight": row.teaching_weight,
        }
    return facts


def _lessons(genome: Genome, teacher: str) -> dict[str, Fact]:
    """Return what the card says of who taught a network in its run; nothing if nobody did."""
    if not teacher:
        return {}
    genes = genome.chromosomes["training"]
    return {
        "taught_by": teacher,
        "teaching_temperature": genes["teaching_temperature"],
        "teaching_weight": genes["teaching_weight"],
    }


def _rebuild_retrained(
    folder: RunFolder, config: RunConfig, adult: Adult, row: Retrained, round_to: int | None
) -> Rebuilt:
    """Rebuild a network that was trained from scratch after the run; its card says how."""
    checkpoint = weights_of(folder).read(row.key)
    assert checkpoint is not None
    evaluator = evaluator_of(config, refit=row.refit)
    expressed = from_scratch(adult.genome).expressed()
    task, metrics = evaluator.task, _metrics(config)
    trained = evaluator.network(expressed, checkpoint)
    network, rounded, unrounded = _plain(trained, task, round_to)
    splits = ("test",) if row.refit else ("validation", "test")
    facts: dict[str, Fact] = {
        "genome": adult.genome.id,
        "run": folder.path.resolve().name,
        "generation": adult.generation,
        "weights": "trained from scratch after the run",
        "trained_on": "train and validation data" if row.refit else "train data",
        "trained_epochs": row.epochs,
        "trained_seed": row.seed,
        **_manner(row),
        "task_fingerprint": config.task_fingerprint,
        f"validation_{metrics[0]}": None,  # where it was trained on
        **_measured(network, task, splits, metrics),
        "active_parameters": round(row.active_parameters or 0),
        "active_ratio": row.active_ratio,
        "dense_parameters": round(row.dense_parameters or 0),
        **rounded,
    }
    figures = ExportFigures(task, trained.spec, metrics, splits, unrounded)
    return _exported(trained, network, config, facts, figures), figures
