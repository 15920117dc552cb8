"""A lineage as text in 80 columns: ancestors, choices, new genes, what was inherited, children."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from evo.lineage.changes import (
    Change,
    birth_marks,
    differing_signs,
    dominant_parent,
    gene_count,
    own_marks,
)
from evo.lineage.tree import Kin, Lineage, Predicted, Skill
from evo.text.amounts import MISSING, count, percent, signed
from evo.text.figures import figure, form, label
from evo.text.predictor_words import stage_words
from fitness.objective import Objective
from fitness.training.inheritance import Inheritance
from genomes.chromosomes.predictor import CANDIDATE, is_control

WIDTH = 80
INDENT = "  "
SIGNS = str.maketrans("10", "●·")


def lineage_text(lineage: Lineage) -> str:
    """Describe a lineage."""
    parts = [
        tree_lines(lineage),
        _chosen(lineage),
        _predicted(lineage),
        _genes(lineage.root),
        _inherited(lineage.root),
        _offspring(lineage),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


# -- the tree -------------------------------------------------------------------------------------


def tree_lines(lineage: Lineage) -> list[str]:
    """Draw the ancestors below the individual, each where it is nearest; elsewhere by name."""
    seen: set[str] = set()
    lines: list[str] = []
    _grow(lineage, lineage.identity, 0, ("", "", ""), seen, lines)
    return lines


def _grow(
    lineage: Lineage,
    name: str,
    level: int,
    prefixes: tuple[str, str, str],
    seen: set[str],
    lines: list[str],
) -> None:
    """Add the line of one individual, then those of its parents.

    `prefixes`: what stands before its line, before those of its parents, and what it is called.
    """
    own, theirs, role = prefixes
    if name in seen or level > lineage.levels[name]:
        lines.append(f"{own}{role}{name} (see {'above' if name in seen else 'below'})")
        return
    seen.add(name)
    kin = lineage.kin[name]
    lines.append(_fitting(f"{own}{role}{name}, generation {kin.generation}", facts(kin, lineage)))
    parents = kin.genome.parents
    shown = [parent for parent in parents if parent in lineage.kin]
    beyond = [parent for parent in parents if parent not in lineage.kin]
    for place, parent in enumerate(shown):
        last = place == len(shown) - 1 and not beyond
        branch, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        word = parent_word(lineage.kin[parent], parents) + " "
        _grow(lineage, parent, level + 1, (theirs + branch, theirs + below, word), seen, lines)
    if beyond:
        lines.append(f"{theirs}└─ … {' and '.join(beyond)}")


def parent_word(parent: Kin, parents: Sequence[str]) -> str:
    """Return what a parent is to the child."""
    if parent.genome.sex == "female":
        return "mother"
    return "father" if len(parents) > 1 and parent.genome.id == parents[-1] else "parent"


def _fitting(head: str, found: Sequence[str]) -> str:
    """Add facts to a line as far as they fit."""
    line, separator = head, ": "
    for fact in found:
        if len(line) + len(separator) + len(fact) > WIDTH:
            break
        line += separator + fact
        separator = ", "
    return line


def facts(kin: Kin, lineage: Lineage) -> list[str]:
    """Say what matters of an individual, the most important first."""
    if kin.fate == "female":
        kind = kin.genome.chromosomes["predictor"].get("kind")
        found = [str(kind)] if kind else []
    elif kin.fate == "adult":
        found = [_understood(name, kin.outcome[name]) for name in lineage.objectives[:2]]
    else:
        found = [{"juvenile": "not promoted"}.get(kin.fate, kin.fate)]
    if kin.on_front:
        found.append("on the front")
    if not kin.genome.parents:
        found.append("founder")
    elif new := sum(change.source == "new" for change in kin.changes):
        found.append(f"{new} new gene" + ("s" if new > 1 else ""))
    if kin.weights_from:
        found.append(f"{percent(kin.costs.get('inherited_share'), 0)} of weights inherited")
    if kin.taught_by:
        found.append(f"taught by {kin.taught_by}")
    return found


def _understood(name: str, value: float) -> str:
    """Write an objective so that it is understood alone: `95.0 %`, `R² 0.81`, `900 active`.

    Lines are short, so a metric that is a share goes without its name.
    """
    named, text = label(name), objective(name, value)
    if form(name) == "number":
        return f"{named} {text}"
    known = Objective.load(name)
    return text if known.is_metric else f"{text} {named.removesuffix(f' {known.unit}')}"


def objective(name: str, value: float) -> str:
    """Write the value of an objective."""
    return figure(name, value, digits=1)


# -- choice and prediction -----------------------------------------------------------------------


def _chosen(lineage: Lineage) -> list[str]:
    """Say who chose whom, and how far the network was trained."""
    root, parents = lineage.root, lineage.root.genome.parents
    fates = {
        "adult": "This network was promoted, or drawn for the audit, and fully trained.",
        "failed": "This network was promoted, but its training failed.",
        "juvenile": "This network was partly trained and not promoted.",
        "untrained": "This network was never trained.",
        "female": "",
    }
    if not parents:
        origin = "No parents: a founder, or drawn at random later."
    elif len(parents) == 1:
        origin = f"A mutant of {parents[0]}."
    elif parents[0] in lineage.kin and lineage.kin[parents[0]].genome.sex == "female":
        origin = f"Its mother {parents[0]} chose {parents[1]} among the males shown to her."
    else:
        origin = f"A child of {parents[0]} and {parents[1]}."
    return textwrap.wrap(f"{origin} {fates[root.fate]}".strip(), WIDTH)


def _predicted(lineage: Lineage) -> list[str]:
    """Compare what mother and ensemble predicted, first and last, with the result."""
    if lineage.root.genome.sex == "female":
        return [_skill(skill, lineage.objectives[0]) for skill in lineage.skills]
    mother = lineage.root.genome.parents[0] if lineage.root.genome.parents else ""
    columns: dict[tuple[str, str], Mapping[str, float]] = {}
    stages = list(dict.fromkeys(row.stage for row in lineage.predicted))
    for stage in dict.fromkeys((*stages[:1], *stages[-1:])):
        head = stage_words(stage)
        for who, word in ((mother, "mother"), ("ensemble", "ensemble")):
            for row in lineage.predicted:
                if (row.who, row.stage) == (who, stage):
                    columns[head, word] = row.values
    if not columns:
        return []
    if lineage.root.outcome:
        columns["", "result"] = lineage.root.outcome
    heads = [head.partition(" ") for head, _ in columns]
    rows = [("predicted when", [first for first, _, _ in heads])]
    if any(second for _, _, second in heads):
        rows.append(("", [second for _, _, second in heads]))
    rows.append(("by", [word for _, word in columns]))
    for name in lineage.objectives:
        cells = [
            objective(name, values[name]) if name in values else MISSING
            for values in columns.values()
        ]
        rows.append((INDENT + label(name), cells))
    lines = [
        (f"{title:<20.20}" + "".join(f"{cell:>12}" for cell in cells)).rstrip()
        for title, cells in rows
    ]
    return [*lines, *_others(lineage, lineage.objectives[0])]


def _skill(skill: Skill, name: str) -> str:
    stage = {CANDIDATE: "candidates"}.get(skill.stage, stage_words(skill.stage))
    text = f"predicted {label(name)} of {count(skill.predicted)} {stage}"
    results = _number(skill.known, "result")
    if skill.known < 2:
        return f"{text}: {results} so far"
    return f"{text}: Kendall's tau {signed(skill.tau)} over {results}"


def _others(lineage: Lineage, name: str) -> list[str]:
    """Say how far the predictors were apart, at the last stage that they predicted."""
    said: dict[str, list[Predicted]] = {}
    for row in lineage.predicted:
        if row.who in ("ensemble", "early") or is_control(row.who):
            continue
        if name in row.values:
            said.setdefault(row.stage, []).append(row)
    if not said:
        return []
    stage = list(said)[-1]
    values = [row.values[name] for row in said[stage]]
    low, high = objective(name, min(values)), objective(name, max(values))
    word = stage_words(stage)
    return [f"{INDENT}all {len(values)} predictors, {word}: {label(name)} {low} to {high}"]


# -- genes and what entered at conception ---------------------------------------------------------


def _genes(root: Kin) -> list[str]:
    """List what is new in its genes, and count what came from whom."""
    parents = root.genome.parents
    giver = dominant_parent(root.genome.sex, parents)
    if giver is None:
        return []
    crossed = [change for change in root.changes if change.source == "other"]
    fresh = [change for change in root.changes if change.source == "new"]
    rest = gene_count(root.genome) - len(root.changes)
    head = f"genes expressed: {rest} as in {giver}"
    if crossed:
        other = next(parent for parent in parents if parent != giver)
        head += f", {len(crossed)} from {other}"
    lines = [f"{head}, {len(fresh)} new"]
    lines += [line for change in fresh for line in _change(change)]
    if crossed:
        lines += textwrap.wrap(
            "crossed over: " + ", ".join(change.gene for change in crossed),
            WIDTH, initial_indent=INDENT, subsequent_indent=INDENT * 2,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    return lines


def _change(change: Change) -> list[str]:
    line = f"{INDENT}{change.gene:<36} {change.before} -> {change.after}"
    if len(line) <= WIDTH:
        return [line]
    return [f"{INDENT}{change.gene}", f"{INDENT * 3}{change.before} -> {change.after}"]


def _inherited(root: Kin) -> list[str]:
    """Say which channel mask, weights and teacher entered at conception."""
    lines = []
    born, own = birth_marks(root.genome), own_marks(root.genome)
    if born is not None:
        differing = differing_signs(born, own)
        signs = sum(map(len, born))
        lines.append(f"{INDENT}channel mask: {differing} of {signs} differ from its own genes")
        lines += _signs("genes", own) + _signs("born", born)
    inheritance = Inheritance.of(root.genome.birth)
    if inheritance is not None:
        share = percent(root.costs.get("inherited_share"))
        text = (
            f"weights: {share} of the parameters, from {root.weights_from}; "
            f"{count(inheritance.epochs)} epochs of ancestors had gone into them"
        )
        lines += textwrap.wrap(text, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT * 2)
    if root.taught_by:
        genes = root.genome.chromosomes["training"]
        temperature, weight = genes["teaching_temperature"], genes["teaching_weight"]
        lines.append(
            f"{INDENT}teacher: {root.taught_by}, {percent(weight, 0)} of the loss, temperature "
            f"{temperature:.2g}"
        )
    return ["inherited at conception", *lines] if lines else []


def _signs(title: str, marks: Sequence[str]) -> list[str]:
    return textwrap.wrap(
        f"{title:<6} {' '.join(marks).translate(SIGNS)}",
        WIDTH, initial_indent=INDENT * 2, subsequent_indent=" " * 11,
    )  # fmt: skip


# -- what came of it ------------------------------------------------------------------------------


def _offspring(lineage: Lineage) -> list[str]:
    seen = lineage.offspring
    if not seen.sons + seen.daughters:
        return ["no children"]
    text = f"children: {_number(seen.sons, 'son')}, {_number(seen.daughters, 'daughter')}; "
    text += f"{seen.grown} fully trained, {len(seen.on_front)} on the front"
    lines = textwrap.wrap(text + _named(seen.on_front), WIDTH, subsequent_indent=INDENT)
    text = f"all descendants: {seen.descendants}; "
    text += f"{len(seen.descendants_on_front)} on the front"
    return lines + textwrap.wrap(text + _named(seen.descendants_on_front), WIDTH,
                                 subsequent_indent=INDENT)  # fmt: skip


def _named(names: Sequence[str]) -> str:
    return f": {', '.join(names)}" if names else ""


def _number(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")
