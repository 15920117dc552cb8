"""Is it worth anything that predictors evolve, and in what?

    python benchmarks/evolving_females.py [--tables digits-202 ...] [--draws 2] [--output FILE]

Replays tables of full truths as `benchmarks/jury_skill.py` does, paired: whole runs in which the
same males are born, and in which predictors evolve, do not, or do as they did before. Printed are
tau of the ensemble within generations, by thirds of the run, and the share of the attainable gain
in hypervolume of those it would promote; then the differences to the first design, with intervals
of the bootstrap over generations. The best fixed founder is that of the founders who never evolve.
Tables 200 and 201 are for tuning, 202 and 203 for the report.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.jury_skill import REPORT, Scores, Table, replay, thirds
from genomes.chromosomes import predictor
from genomes.chromosomes.plain_predictors import PLAIN_PINS
from genomes.genes.gene import Value

RESAMPLED = 4000


@dataclass(frozen=True)
class Design:
    """What is other than in a usual run: settings, pinned genes, constants by where they are."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    pins: Mapping[str, Value] = field(default_factory=lambda: PLAIN_PINS)
    constants: Mapping[str, float] = field(default_factory=dict)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Set the constants for a while."""
        with ExitStack() as stack:
            for name, value in self.constants.items():
                stack.enter_context(mock.patch(name, value))
            yield


FROZEN = "females that never evolve"
DESIGNS: Mapping[str, Design] = {
    "as it comes": Design(),
    FROZEN: Design({"daughters": 0}),
    "daughters born untested, heard at once": Design(
        constants={
            "evo.strategies.gendered.SISTERS": 1,
            "evo.breeding.expert_weights.NEWCOMER": 1.0,
            "evo.breeding.predictor_population.SKILL_RESOLUTION": 1e-9,
        }
    ),
    "females that vary in more": Design(pins={}),
}


@dataclass
class Shown:
    """What a member showed by (table, generation): means of tau, sums of gains, over draws."""

    taus: dict[tuple[str, int], float] = field(default_factory=dict)
    gains: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)


def gather(table: str, label: str, done: Sequence[Scores], into: Shown) -> None:
    """Add what one member showed in the draws of a table."""
    numbers = [number for number, _ in done[0].tau[label]]
    taus = np.mean([[tau for _, tau in scores.tau[label]] for scores in done], axis=0)
    gains = np.sum([scores.gain[label] for scores in done], axis=0)
    for number, tau, row in zip(numbers, taus.tolist(), gains.tolist(), strict=True):
        into.taus[table, number], into.gains[table, number] = tau, tuple(row)


def measure(tables: Sequence[str], draws: int, designs: Sequence[str]) -> str:
    """Return the report."""
    found: dict[str, Shown] = {}
    for table in map(Table.read, tables):
        whole = len(table.generations) - 1
        for name in designs:
            design = DESIGNS[name]
            with design.entered():
                done = [replay(table, design.settings, d, design.pins) for d in range(draws)]
            gather(table.name, "ensemble", done, found.setdefault(name, Shown()))
            if name == FROZEN:
                for label in fixed_kinds(done, whole):
                    gather(table.name, label, done, found.setdefault(label, Shown()))
            print(f"{table.name}: {name}", file=sys.stderr)
    return words(tables, draws, found)


def fixed_kinds(done: Sequence[Scores], whole: int) -> list[str]:
    """Return founders who predicted in all generations of all draws."""
    return [
        label
        for label in done[0].tau
        if label != "ensemble"
        and not predictor.is_control(label)
        and all(len(scores.tau.get(label, ())) >= whole for scores in done)
    ]


def words(tables: Sequence[str], draws: int, found: Mapping[str, Shown]) -> str:
    """Word the figures of all designs, and of the best founder kept fixed in all tables."""
    first = found["as it comes"]
    known = first.taus.keys()
    fixed = [name for name in found if name not in DESIGNS and found[name].taus.keys() == known]
    fixed.sort(key=lambda name: -float(np.mean(list(found[name].taus.values()))))
    rows = {name: found[name] for name in DESIGNS if name in found}
    rows |= {f"best fixed founder: {name}": found[name] for name in fixed[:1]}
    lines = [f"{draws} draws a table; tau by thirds of the run and over all, share of the gain"]
    for table in tables:
        lines.append(table)
        lines += [f"  {name:<52}{_figures(shown, table)}" for name, shown in rows.items()]
    lines.append("differences to 'as it comes' over all tables, 95 % intervals over generations")
    for name, shown in rows.items():
        if shown is not first:
            lines.append(f"  {name:<52}{_difference(first, shown)}")
    return "\n".join(lines) + "\n"


def _figures(shown: Shown, table: str) -> str:
    rows = [(number, tau) for (where, number), tau in shown.taus.items() if where == table]
    gains = np.sum([g for (where, _), g in shown.gains.items() if where == table], axis=0)
    parts = "".join(f"{tau:>8.3f}" for tau in thirds(rows, max(number for number, _ in rows)))
    return f"{parts}{gains[0] / gains[1]:>8.2f}"


def _difference(first: Shown, other: Shown) -> str:
    """Word how much tau and share of the gain are above those of the first, with 95 %."""
    keys = list(first.taus)
    taus = np.array([other.taus[key] - first.taus[key] for key in keys])
    gains = np.array([[*other.gains[key], *first.gains[key]] for key in keys])
    rng = np.random.default_rng(0)
    rows = rng.integers(len(keys), size=(RESAMPLED, len(keys)))
    drawn = gains[rows].sum(axis=1)
    share = gains.sum(axis=0)
    return (
        f"tau {taus.mean():+.3f} {_interval(taus[rows].mean(axis=1), '+.3f')}   gain "
        f"{share[0] / share[1] - share[2] / share[3]:+.2f} "
        f"{_interval(drawn[:, 0] / drawn[:, 1] - drawn[:, 2] / drawn[:, 3], '+.2f')}"
    )


def _interval(values: npt.NDArray[np.float64], form: str) -> str:
    low, high = np.quantile(values, (0.025, 0.975)).tolist()
    return f"[{format(low, form)}, {format(high, form)}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", default=list(REPORT))
    parser.add_argument("--draws", type=int, default=2)
    parser.add_argument("--designs", nargs="+", choices=DESIGNS, default=list(DESIGNS))
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    text = measure(options.tables, options.draws, options.designs)
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
