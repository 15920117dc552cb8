"""How well do predictors tell who will end well, where the end of everybody is known?

    python benchmarks/jury_skill.py [--tables digits-202 digits-203] [--draws 4] [--output FILE]

Replays whole runs without training: the strategy `gendered` is shown the males of a table of full
truths (`benchmarks/truths/`) generation by generation, and decides by itself who is promoted and
audited; only of these it learns the end, as in a run. Tables 200 and 201 are for tuning, 202 and
203 for the report. Printed are Kendall's tau between predictions for juveniles and their results,
within generations, by thirds of the run, of the ensemble, each control, and each kind of founding
female kept fixed; and the hypervolume that those whom each would promote add to the front, as a
share of what the best choice would add. Means over draws of the audit and of the females.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from evo.breeding.promotion import choose_by_draws
from evo.pareto.dominance import Axes, Points, hypervolume
from evo.problems.network_problem import make_axes
from evo.strategies.gendered import Gendered
from evo.strategy import ADULT, Individual, SearchContext, Settings, TrialRequest
from fitness.data.task import SearchDefaults
from fitness.evaluation import Epoch, Evaluation
from fitness.metric import Metric
from fitness.objective import Objective
from fitness.prediction.features import Features
from fitness.prediction.history import History
from fitness.prediction.skill import weighted_kendall
from genomes.chromosomes import predictor
from genomes.chromosomes.plain_predictors import PLAIN_PINS
from genomes.genes.gene import Record, Struct, Value
from genomes.genes.genome import Genome, Space

FOLDER = Path(__file__).parent / "truths"
REPORT = ("digits-202", "digits-203")
DESIGNS: Mapping[str, Mapping[str, Any]] = {  # settings of the strategy
    "as it comes": {},
    "females that never evolve": {"daughters": 0},
    "an ensemble of the heaviest three": {"ensemble_members": 3},
    "audits while little is known": {"audit": "early"},
    "audits of whom predictors doubt": {"audit": "uncertain"},
    "audits of both kinds": {"audit": "early-uncertain"},
    "twice the audits": {"audit_share": 0.1},
    "every result is seen": {"audit_share": 1.0},
}


@dataclass(frozen=True)
class Table:
    """A run in which everybody grew up, in order of birth."""

    name: str
    males: tuple[Individual, ...]  # without any training
    features: Mapping[str, Features]  # by id, with the whole curve
    generations: Mapping[int, tuple[str, ...]]  # ids by generation
    outcomes: Mapping[str, Mapping[str, float] | None]  # by id, None where training failed
    stages: tuple[int, ...]
    axes: Axes
    encoded: tuple[str, ...]  # names of the columns of genomes
    genes: tuple[str, ...]  # that have columns

    @classmethod
    def read(cls, name: str) -> Table:
        """Read `benchmarks/truths/NAME.npz`."""
        found = np.load(FOLDER / f"{name}.npz", allow_pickle=False)
        ids = [str(identity) for identity in found["id"]]
        carried = [json.loads(line) for line in found["predictor"].tobytes().decode().split("\n")]
        names = [str(objective) for objective in found["outcome_names"]]
        references = dict(zip(names, found["references"].tolist(), strict=True))
        objectives = [Objective.load(objective) for objective in names]
        costs, pedigrees = (_rows(found, part) for part in ("costs", "pedigree"))
        generations: dict[int, tuple[str, ...]] = {}
        for identity, generation in zip(ids, found["generation"].tolist(), strict=True):
            generations[generation] = (*generations.get(generation, ()), identity)
        features = {
            identity: Features(identity, genome.astype(float), cost, pedigree, _curve(curve))
            for identity, genome, cost, pedigree, curve in zip(
                ids, found["genome"], costs, pedigrees, found["curve"], strict=True
            )
        }
        return cls(
            name=name,
            males=tuple(
                Individual(
                    Genome(identity, "male", Record({"predictor": Record(genes)})),
                    features[identity].costs,
                    pedigree=features[identity].pedigree,
                )
                for identity, genes in zip(ids, carried, strict=True)
            ),
            features=features,
            generations=generations,
            outcomes={
                identity: dict(zip(names, row.tolist(), strict=True))
                if np.isfinite(row).all()
                else None
                for identity, row in zip(ids, found["outcome"], strict=True)
            },
            stages=tuple(found["stages"].tolist()),
            axes=make_axes(objectives, references, Metric.load(names[0])),
            encoded=tuple(str(name) for name in found["genome_names"]),
            genes=tuple(str(name) for name in found["genes"]),
        )


def _rows(found: Any, part: str) -> list[dict[str, float]]:
    names = [str(name) for name in found[f"{part}_names"]]
    return [
        {n: x for n, x in zip(names, row.tolist(), strict=True) if np.isfinite(x)}
        for row in found[part]
    ]


def _curve(rows: Any) -> tuple[Epoch, ...]:
    known = [row.tolist() for row in rows if np.isfinite(row[2])]
    return tuple(Epoch(number, *row) for number, row in enumerate(known, 1))


class TableEncoder:
    """Gives the features of recorded males as of a stage of life."""

    def __init__(self, table: Table, decisions: Mapping[str, int]) -> None:
        self._table, self._epochs = table, {predictor.CANDIDATE: 0, **decisions}

    def history(self, males: Sequence[Individual], stage: str) -> History:
        epochs = self._epochs[stage]
        rows = [self._table.features[male.genome.id] for male in males]
        cut = [replace(row, curve=row.curve[:epochs]) for row in rows]
        return History(cut, self._table.axes.names, self._table.encoded)


class Replayed(Gendered):
    """The strategy, to whom the males of a table are born."""

    def __init__(self, context: SearchContext, table: Table) -> None:
        super().__init__(context)
        self._table = table
        struct = context.space.chromosomes["predictor"]
        self._males = {male.genome.id: _carrying(male, struct) for male in table.males}
        encoder: Any = TableEncoder(table, context.settings.decisions)
        self.predictors._encoder = encoder

    def _founders(self, number: int, rng: random.Random) -> list[Individual]:
        fitness = self.context.axes.fitness
        return [
            replace(self._males[identity], fitness=fitness())
            for identity in self._table.generations[number]
        ]

    def _births(self, number: int, rng: random.Random) -> list[Individual]:
        return self._founders(number, rng)

    def _choose(
        self, mother: Any, candidates: Sequence[Individual], rng: random.Random
    ) -> Individual:
        return candidates[0]  # of children with recorded males nothing is known


def _carrying(male: Individual, struct: Struct) -> Individual:
    """Return a male with all genes of a predictor: those that came after the table are drawn."""
    drawn = struct.sample(random.Random(male.genome.id))
    carried = struct.overriding(drawn, male.genome.chromosomes["predictor"])
    return replace(male, genome=replace(male.genome, chromosomes=Record(predictor=carried)))


@dataclass
class Scores:
    """What one replay shows, by generation: tau and share of the gain, by who predicts."""

    tau: dict[str, list[tuple[int, float]]]
    gain: dict[str, list[tuple[float, float]]]  # what was gained, what could have been


def replay(
    table: Table,
    settings: Mapping[str, Any],
    draw: int,
    pins: Mapping[str, Value] = PLAIN_PINS,
) -> Scores:
    """Let the strategy live through a table; return how its members predicted."""
    defaults = replace(SearchDefaults(), stages=table.stages)
    names = [name for name in Settings.__dataclass_fields__ if hasattr(defaults, name)]
    breeding = Settings(**{**{n: getattr(defaults, n) for n in names}, **settings})
    last = max(breeding.decisions.values())
    space = Space({"predictor": predictor.genes(last, features=table.genes)}).pin(pins)
    context = SearchContext(space, table.axes, breeding, draw, lambda genome: {}, inherit="none")
    strategy = Replayed(context, table)
    scores = Scores({}, {})
    for number in sorted(table.generations):
        front = strategy._front_losses()
        plan = strategy.generation(number)
        asked = next(plan)
        while True:
            try:
                asked = plan.send([_answer(table, request) for request in asked])
            except StopIteration as end:
                report = end.value
                break
        if number > 1:
            told = [p for p in report.predictions if p.stage == predictor.JUVENILE]
            _score(table, strategy, number, front, told, scores)
    return scores


def _answer(table: Table, request: TrialRequest) -> Evaluation:
    identity, epochs = request.genome.id, request.to_epoch
    features, outcome = table.features[identity], table.outcomes[identity]
    curve = features.curve[request.from_epoch : epochs]
    grown = request.stage == ADULT
    failed = len(features.curve) < epochs or (grown and outcome is None)
    return Evaluation(
        f"{identity}-{epochs}", identity, identity, request.from_epoch, epochs,
        "diverged" if failed else "ok", curve=curve,
        objectives=outcome if grown and outcome else {},
        costs={"training_flops": 10.0 ** features.costs["log_flops"] * len(curve)},
    )  # fmt: skip


def _score(
    table: Table,
    strategy: Gendered,
    number: int,
    front: Points,
    told: Sequence[Any],
    scores: Scores,
) -> None:
    """Add how each member predicted the males of a generation, and what its choice would gain."""
    names = table.axes.names
    by_member: dict[str, dict[str, Mapping[str, float]]] = {}
    for p in told:
        if p.female != "early":
            by_member.setdefault(p.female, {})[p.male] = p.predicted
    for member, predicted in by_member.items():
        males = [male for male in predicted if table.outcomes[male] is not None]
        truth = [table.outcomes[male] or {} for male in males]
        if len(males) < 3:
            continue
        label = _label(strategy, member)
        tau = weighted_kendall(
            [predicted[male][names[0]] for male in males], [row[names[0]] for row in truth]
        )
        scores.tau.setdefault(label, []).append((number, tau))
        losses = table.axes.losses([predicted[male] for male in males])
        true = table.axes.losses(truth)
        places = max(1, round(strategy.context.settings.promoted_share * len(males)))
        still = [np.zeros_like(losses)]
        gained, possible = (
            _added(front, true, choose_by_draws(front, [wanted], still, places, random.Random(0)))
            for wanted in (losses, true)
        )
        scores.gain.setdefault(label, []).append((gained, possible))


def _added(front: Points, losses: Points, rows: Sequence[int]) -> float:
    """Return by how much these rows extend a front."""
    return hypervolume(np.vstack([front, losses[rows]])) - hypervolume(front)


def _label(strategy: Gendered, member: str) -> str:
    """Name a member: founding females by their kind and number, those born later as daughters."""
    if member == "ensemble" or predictor.is_control(member):
        return member
    if not member.startswith("f001"):
        return "daughters"
    alive = {f.genome.id: f.genome.chromosomes["predictor"] for f in strategy.predictors.females}
    return f"{alive[member]['kind']} {member}" if member in alive else "dead"


def thirds(rows: Sequence[tuple[int, float]], last: int) -> list[float]:
    """Return the means over the thirds of a run, and over all."""
    bounds = [(last * third / 3, last * (third + 1) / 3) for third in range(3)]
    parts = [[x for n, x in rows if low < n <= high] for low, high in [*bounds, (0, last)]]
    return [float(np.mean(part)) if part else float("nan") for part in parts]


def measure(tables: Sequence[str], draws: int) -> str:
    """Return the report."""
    lines = []
    for name in tables:
        table = Table.read(name)
        last = max(table.generations)
        lines += [f"{name}: {len(table.males)} males, {last} generations, {draws} draws"]
        lines += [f"  {'':<56}{'tau by thirds of the run':>24}{'all':>8}{'gain':>8}"]
        for design, settings in DESIGNS.items():
            done = [replay(table, settings, draw) for draw in range(draws)]
            lines += [_line(design, label, done, last) for label in _shown(done)]
    return "\n".join(lines) + "\n"


def _line(design: str, label: str, done: Sequence[Scores], last: int) -> str:
    """Word what one member has shown under a design, on average over draws."""
    taus = np.mean([thirds(scores.tau[label], last) for scores in done], axis=0)
    gained, possible = np.sum([row for scores in done for row in scores.gain[label]], axis=0)
    told = "".join(f"{tau:>8.2f}" for tau in taus)
    return f"  {f'{design}: {label}':<56}{told}{gained / possible:>8.2f}"


def _shown(done: Sequence[Scores]) -> list[str]:
    """Return who predicted in all generations of all draws; the ensemble first."""
    whole = len(done[0].tau["ensemble"])
    labels = [
        label
        for label in done[0].tau
        if all(len(scores.tau.get(label, ())) >= whole for scores in done)
    ]
    return sorted(labels, key=lambda n: (n != "ensemble", not predictor.is_control(n), n))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", default=list(REPORT))
    parser.add_argument("--draws", type=int, default=4)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    text = measure(options.tables, options.draws)
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
