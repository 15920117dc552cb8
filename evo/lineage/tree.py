"""Where an individual of a run comes from and what came of it, read from the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from evo.findings.tables import RunTables, read_tables
from evo.lineage.changes import Change, changes, dominant_parent
from evo.record.lookup import find_genome, teacher_of
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.settings.config import load_toml
from evo.settings.function_config import read_function_config
from fitness.prediction.features import main_outcome
from fitness.prediction.skill import weighted_kendall
from fitness.training.inheritance import Inheritance
from genomes.genes.genome import Genome

DEPTH = 6  # generations of ancestors shown unless told otherwise


@dataclass(frozen=True)
class Kin:
    """One individual: when born, how life went, and which of its genes are not its parents'.

    `fate`: "adult", "juvenile" (trained as such, and not chosen), "failed", "untrained" or, for
    females, "female". `outcome` are an adult's objectives. `weights_from` names the parent whose
    weights he began with, a share `costs["inherited_share"]` of his; `taught_by` his teacher.
    """

    genome: Genome
    generation: int
    fate: str
    outcome: Mapping[str, float] = field(default_factory=dict)
    costs: Mapping[str, float] = field(default_factory=dict)
    on_front: bool = False
    changes: tuple[Change, ...] = ()
    weights_from: str | None = None
    taught_by: str = ""


@dataclass(frozen=True)
class Offspring:
    """What came of an individual's children, and of all who descend from it."""

    sons: int = 0
    daughters: int = 0
    grown: int = 0
    on_front: tuple[str, ...] = ()
    descendants: int = 0
    descendants_on_front: tuple[str, ...] = ()


@dataclass(frozen=True)
class Predicted:
    """What a predictor (a female, or the ensemble) predicted for a male at a stage."""

    who: str
    stage: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class Skill:
    """How well a female predicted the main objective at a stage.

    `tau` is Kendall's rank correlation with the results over the `known`, who were fully trained.
    """

    stage: str
    predicted: int
    known: int
    tau: float


@dataclass(frozen=True)
class Lineage:
    """An individual with its ancestors by id, as deep as asked for; itself among them.

    `levels` says how many generations before it each is found first.
    """

    identity: str
    objectives: tuple[str, ...]
    kin: Mapping[str, Kin]
    levels: Mapping[str, int]
    offspring: Offspring
    predicted: tuple[Predicted, ...] = ()
    skills: tuple[Skill, ...] = ()

    @property
    def root(self) -> Kin:
        """The individual asked for."""
        return self.kin[self.identity]


def trace(folder: RunFolder, identity: str, depth: int = DEPTH) -> Lineage:
    """Read a lineage; raises `BadInput` with the nearest id if there is no such individual."""
    tables = read_tables(folder.path)
    with Store.open(folder.database, read_only=True) as store:
        root = find_genome(store, identity)
        genomes = _ancestors(store, root, depth + 1)  # one more, to tell what the last changed
        teachers = {name: teacher_of(store, genome) for name, genome in genomes.items()}
    levels = _levels(genomes, root, depth)
    reader = _Reader(tables, genomes, teachers)
    predicted = [
        Predicted(str(row["female"]), str(row["stage"]), _numbers(row, "predicted_"))
        for _, row in tables.predictions[tables.predictions["male"] == identity].iterrows()
    ]
    return Lineage(
        identity=identity,
        objectives=reader.objectives,
        kin={name: reader.kin(name) for name in levels},
        levels=levels,
        offspring=_offspring(tables, identity),
        predicted=tuple(predicted),
        skills=tuple(_skills(tables, identity, reader.objectives[0])),
    )


def _skills(tables: RunTables, female: str, objective: str) -> Iterator[Skill]:
    """Compare what a female predicted with the results that are known."""
    said = tables.predictions[tables.predictions["female"] == female]
    grown = tables.adults[tables.adults["status"] == "ok"]
    for stage, rows in said.groupby("stage", sort=False):
        both = rows.merge(grown, left_on="male", right_on="genome")
        predicted, true = both[f"predicted_{objective}"], both[objective]
        tau = weighted_kendall(predicted.to_numpy(float), true.to_numpy(float))
        yield Skill(str(stage), len(rows), len(both), tau)


def _ancestors(store: Store, root: Genome, depth: int) -> dict[str, Genome]:
    """Return an individual and its ancestors over so many generations, the nearest first."""
    found, latest = {root.id: root}, [root]
    for _ in range(depth):
        wanted = dict.fromkeys(parent for genome in latest for parent in genome.parents)
        born = [store.find_genome(name) for name in wanted if name not in found]
        latest = [genome for genome in born if genome is not None]
        found |= {genome.id: genome for genome in latest}
    return found


def _levels(genomes: Mapping[str, Genome], root: Genome, depth: int) -> dict[str, int]:
    levels, latest = {root.id: 0}, [root]
    for level in range(1, depth + 1):
        wanted = dict.fromkeys(parent for genome in latest for parent in genome.parents)
        latest = [genomes[name] for name in wanted if name in genomes and name not in levels]
        levels |= {genome.id: level for genome in latest}
    return levels


class _Reader:
    """Looks individuals up in the tables."""

    def __init__(
        self, tables: RunTables, genomes: Mapping[str, Genome], teachers: Mapping[str, str]
    ) -> None:
        self.genomes, self.teachers = genomes, teachers
        self.generations = dict(
            zip(tables.genomes["genome"], tables.genomes["generation"], strict=True)
        )
        self.adults = tables.adults.set_index("genome")
        self.objectives = _objectives(tables.folder)
        self.young = set(tables.trials["genome"])
        self.front = set(tables.front["genome"])

    def kin(self, name: str) -> Kin:
        """Return what is known of one whose genome was read."""
        genome = self.genomes[name]
        row: Any = self.adults.loc[name] if name in self.adults.index else None
        grown = row is not None and row["status"] == "ok"
        return Kin(
            genome=genome,
            generation=int(self.generations[name]),
            fate=self._fate(genome, row),
            outcome={name: float(row[name]) for name in self.objectives} if grown else {},
            costs=_numbers(row, "cost_") if row is not None else {},
            on_front=name in self.front,
            changes=self._changes(genome),
            weights_from=self._weights_from(genome),
            taught_by=self.teachers[name],
        )

    def _fate(self, genome: Genome, row: Any) -> str:
        if genome.sex == "female":
            return "female"
        if row is not None:
            return "adult" if row["status"] == "ok" else "failed"
        return "juvenile" if genome.id in self.young else "untrained"

    def _changes(self, genome: Genome) -> tuple[Change, ...]:
        name = dominant_parent(genome.sex, genome.parents)
        dominant = self.genomes.get(name) if name else None
        if dominant is None:
            return ()
        others = [self.genomes.get(parent) for parent in genome.parents if parent != name]
        return tuple(changes(genome, dominant, others[0] if others else None))

    def _weights_from(self, genome: Genome) -> str | None:
        inheritance = Inheritance.of(genome.birth)
        if inheritance is None:
            return None
        owners = [p for p in genome.parents if p in self.adults.index]
        return next(
            (p for p in owners if self.adults.loc[p, "job"] == inheritance.job), inheritance.job
        )


def _objectives(folder: RunFolder) -> tuple[str, ...]:
    """Return the names of a run's objectives, the main one first."""
    function = read_function_config(folder.config)
    names = tuple(function["objectives"] if function else load_toml(folder.config).objectives)
    main = main_outcome(names)
    return (names[main], *names[:main], *names[main + 1 :])


def _numbers(row: Any, prefix: str) -> dict[str, float]:
    """Return the figures of a row whose columns begin so, by what follows."""
    return {
        str(name).removeprefix(prefix): float(value)
        for name, value in row.items()
        if str(name).startswith(prefix) and pd.notna(value)
    }


def _offspring(tables: RunTables, identity: str) -> Offspring:
    born = tables.genomes
    children: dict[str, list[str]] = {}
    for name, mother, father in zip(born["genome"], born["mother"], born["father"], strict=True):
        for parent in {mother, father} - {None}:
            children.setdefault(parent, []).append(name)
    sexes = dict(zip(born["genome"], born["sex"], strict=True))
    grown = set(tables.adults.loc[tables.adults["status"] == "ok", "genome"])
    front = set(tables.front["genome"])
    own = children.get(identity, [])
    descendants = _descendants(children, identity)
    return Offspring(
        sons=sum(sexes[name] == "male" for name in own),
        daughters=sum(sexes[name] == "female" for name in own),
        grown=sum(name in grown for name in own),
        on_front=tuple(name for name in own if name in front),
        descendants=len(descendants),
        descendants_on_front=tuple(sorted(descendants & front)),
    )


def _descendants(children: Mapping[str, list[str]], identity: str) -> set[str]:
    found: set[str] = set()
    latest = [identity]
    while latest:
        latest = [c for name in latest for c in children.get(name, []) if c not in found]
        found.update(latest)
    return found - {identity}
