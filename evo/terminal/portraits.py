"""One individual as text: a male as a drawn network, a female as her inputs."""

from __future__ import annotations

from collections.abc import Sequence

from evo.errors import BadInput
from evo.record.lookup import find_genome, teacher_of
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.settings.config import RunConfig, load_toml, metric_of
from evo.settings.function_config import read_function_config
from evo.settings.task_reference import task_reference
from evo.terminal.function_lines import point_lines
from evo.terminal.traces import trace_lines
from evo.text.amounts import count, percent, short_count, sparkline
from evo.text.figures import figure, label
from evo.text.function_drawing import draw_functions
from evo.text.gene_lines import gene_lines
from evo.text.network_drawing import draw_network
from evo.text.predictor_words import inputs_of, own_genes
from fitness.evaluation import Evaluation
from fitness.prediction.features import main_outcome
from fitness.training.inheritance import Inheritance
from genomes.genes.genome import Genome

INDENT = "  "
KINDS = {"male": "network (male)", "female": "predictor (female)"}


def portrait(folder: RunFolder, identity: str) -> str:
    """Describe an individual; raises `BadInput` with the nearest id if there is none."""
    function = read_function_config(folder.config)
    with Store.open(folder.database, read_only=True) as store:
        genome = find_genome(store, identity)
        ancestor, teacher = _ancestor(store, genome), teacher_of(store, genome)
        trainings = [
            evaluation
            for trial in store.trials_of(identity)
            if (evaluation := store.find_evaluation(trial.evaluation))
        ]
    parents = " and ".join(genome.parents) or "none (a founder)"
    kind = "point (male)" if function and genome.sex == "male" else KINDS[genome.sex]
    lines = [f"{genome.id}, {kind}", f"parents: {parents}"]
    if genome.sex == "female":
        seen = inputs_of(genome.chromosomes["predictor"])
        words = {"for candidates": seen["candidate"], "for partly trained": seen["juvenile"]}
        lines += gene_lines("inputs", words)
        lines += gene_lines("predicts by", own_genes(genome.chromosomes["predictor"]))
    elif function:
        names = list(function["objectives"])
        lines += [*_life(trainings, names[main_outcome(names)]), *point_lines(folder, genome)]
    else:
        owed = [*_inherited(ancestor, trainings), *_taught(teacher, trainings)]
        lines += _network_lines(load_toml(folder.config), genome, trainings, owed)
    return "\n".join(lines)


def _network_lines(
    config: RunConfig, genome: Genome, trainings: Sequence[Evaluation], owed: Sequence[str]
) -> list[str]:
    curve = [epoch for evaluation in trainings for epoch in evaluation.curve]
    lines = _life(trainings, metric_of(config).name)
    lines += [*owed, *trace_lines(curve), *_network(config, genome)]
    for name in ("training", "pruning", "epigenome"):
        if name in genome.chromosomes:
            lines += gene_lines(name, genome.chromosomes[name])
    return [*lines, *_marks(genome, trainings)]


def _life(trainings: Sequence[Evaluation], metric: str) -> list[str]:
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
            f"{INDENT}{label(metric)} by epoch {sparkline(metrics)} "
            f"{figure(metric, metrics[0], 1)} to {figure(metric, metrics[-1], 1)}"
        )
    for name, value in last.objectives.items():
        lines.append(f"{INDENT}{label(name):<20}{figure(name, value):>10}")
    return lines


def _ancestor(store: Store, genome: Genome) -> str:
    """Return the parent whose weights the network began with; empty if they were fresh."""
    inheritance = Inheritance.of(genome.birth)
    if inheritance is None:
        return ""
    trials = ((parent, store.find_trial(parent, "adult")) for parent in genome.parents)
    names = [parent for parent, trial in trials if trial and trial.evaluation == inheritance.job]
    return names[0] if names else inheritance.job


def _inherited(ancestor: str, trainings: Sequence[Evaluation]) -> list[str]:
    if not ancestor or not trainings:
        return []
    costs = trainings[-1].costs
    epochs, share = costs.get("inherited_epochs"), costs.get("inherited_share")
    return [
        f"{INDENT}{'inherited share':<20}{percent(share, 2):>10}  weights from {ancestor}",
        f"{INDENT}{'inherited epochs':<20}{count(epochs):>10}  that went into them",
    ]


def _taught(teacher: str, trainings: Sequence[Evaluation]) -> list[str]:
    """Say who taught it, and what share of its training went into the answers."""
    if not teacher or not trainings:
        return []
    asked, spent = (
        sum(evaluation.costs.get(name, 0.0) for evaluation in trainings)
        for name in ("teaching_flops", "training_flops")
    )
    share = percent(asked / spent if spent else 0.0)
    return [f"{INDENT}{'taught by':<20}{teacher:>10}  whose answers took {share} of the FLOPs"]


def _network(config: RunConfig, genome: Genome) -> list[str]:
    from fitness.data.fit_normalization import interface_of
    from genomes.chromosomes.space import decode, given_weights

    try:
        task = task_reference(config).load()
    except (BadInput, ValueError, OSError) as error:
        return ["", f"architecture: not drawn, its task cannot be loaded ({error})"]
    interface = interface_of(task)
    spec = decode(genome.chromosomes, interface)
    given = given_weights(genome.chromosomes, interface)
    return [
        "",
        f"architecture: {genome.chromosomes['architecture']['family']}, "
        f"{count(spec.dense_parameters())} parameters before any mask, "
        f"{short_count(spec.flops())}FLOPs{'' if given is None else ', weights not trained'}",
        draw_network(spec),
        *draw_functions(spec).splitlines(),
    ]


def _marks(genome: Genome, trainings: Sequence[Evaluation]) -> list[str]:
    """Show the channel mask: in the genes, at birth if inherited, at the end of training."""
    if "epigenome" not in genome.chromosomes:
        return []
    rows = [("in its genes", genome.chromosomes["epigenome"]["marks"])]
    if "marks" in genome.birth:
        rows.append(("inherited", genome.birth["marks"]))
    if trainings and trainings[-1].marks:
        rows.append(("acquired", trainings[-1].marks))
    written = str.maketrans("10", "●·")
    return [
        f"{INDENT}{'mask, ' + title:<20} {' '.join(marks).translate(written)}"
        for title, marks in rows
    ]
