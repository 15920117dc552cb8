"""One individual as text: a male with his network drawn, a female with what she looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from evo.amounts import count, percent, short_count, sparkline
from evo.config import RunConfig, load_toml
from evo.drawing import WIDTH, draw_network
from evo.errors import BadInput
from evo.lookup import find_genome
from evo.run_folder import RunFolder
from evo.store import Store
from fitness.evaluation import Evaluation
from fitness.task import TaskReference
from genomes.formula import to_text
from genomes.genome import Genome

INDENT = "  "


def portrait(folder: RunFolder, identity: str) -> str:
    """Describe an individual; raises `BadInput` with the nearest id if there is none."""
    config = load_toml(folder.config)
    with Store.open(folder.database, read_only=True) as store:
        genome = find_genome(store, identity)
        trainings = [
            evaluation
            for stage in ("juvenile", "adult")
            if (trial := store.find_trial(identity, stage))
            and (evaluation := store.find_evaluation(trial.evaluation))
        ]
    parents = " and ".join(genome.parents) or "none: a founder, drawn at random"
    lines = [f"{genome.id}, {genome.sex}", f"parents: {parents}"]
    if genome.sex == "female":
        lines += _genes("looks at", genome.chromosomes["predictor"])
    else:
        lines += [*_life(trainings), *_network(config, genome)]
        for name in ("training", "pruning", "epigenome"):
            if name in genome.chromosomes:
                lines += _genes(name, genome.chromosomes[name])
        lines += _marks(genome, trainings)
    return "\n".join(lines)


def _life(trainings: Sequence[Evaluation]) -> list[str]:
    if not trainings:
        return ["", "never trained"]
    last = trainings[-1]
    lines = ["", f"trained for {last.to_epoch} epochs: {last.status}"]
    if last.reason:
        lines.append(INDENT + last.reason)
    curve = [epoch for evaluation in trainings for epoch in evaluation.curve]
    if curve:
        metrics = [epoch.metric for epoch in curve]
        lines.append(
            f"{INDENT}accuracy by epoch {sparkline(metrics)} "
            f"{percent(metrics[0])} to {percent(metrics[-1])}"
        )
        if traces := curve[-1].traces:
            written = (f"{name.replace('_', ' ')} {value:.3g}" for name, value in traces.items())
            told = f"in the last epoch: {', '.join(written)}"
            lines += wrap(told, WIDTH, initial_indent=INDENT, subsequent_indent=2 * INDENT)
    for name, value in last.objectives.items():
        lines.append(f"{INDENT}{name.replace('_', ' '):<20}{_objective(name, value):>10}")
    return lines


def _objective(name: str, value: float) -> str:
    if name in ("accuracy", "active_ratio"):
        return percent(value, 2)
    if name == "flops":
        return short_count(value)
    return count(value) if name.endswith("parameters") else f"{value:.4g}"


def _network(config: RunConfig, genome: Genome) -> list[str]:
    from fitness.normalization import fit
    from genomes.space import decode

    try:
        task = TaskReference(config.task, config.data_dir, config.plugins).load()
    except (BadInput, ValueError, OSError) as error:
        return ["", f"architecture: not drawn, its task cannot be loaded ({error})"]
    spec = decode(genome.chromosomes, task.input_shape, task.classes, fit(task))
    return [
        "",
        f"architecture: {genome.chromosomes['architecture']['family']}, "
        f"{count(spec.dense_parameters())} parameters before any mask, "
        f"{short_count(spec.flops())}FLOPs",
        draw_network(spec),
    ]


def _genes(title: str, genes: Mapping[str, Any]) -> list[str]:
    acting = {n: value for n, value in genes.items() if n != "marks" and value is not None}
    shown = {name: _gene(name, value) for name, value in acting.items()}
    return ["", title, *(f"{INDENT}{n.replace('_', ' '):<20} {text}" for n, text in shown.items())]


def _gene(name: str, value: Any) -> str:
    if name.endswith("_expression"):
        return to_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(_gene("", item) for item in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _marks(genome: Genome, trainings: Sequence[Evaluation]) -> list[str]:
    """Show the epigenetic marks by stage: in the genes, at birth if inherited, at the end."""
    if "epigenome" not in genome.chromosomes:
        return []
    rows = [("genes", genome.chromosomes["epigenome"]["marks"])]
    if "marks" in genome.birth:
        rows.append(("inherited", genome.birth["marks"]))
    if trainings and trainings[-1].marks:
        rows.append(("acquired", trainings[-1].marks))
    written = str.maketrans("10", "●·")
    return [
        f"{INDENT}{'marks, ' + title:<20} {' '.join(marks).translate(written)}"
        for title, marks in rows
    ]
