"""How many trainings do evo's strategies need, and how many other people's tools?

Usage: python benchmarks/search_efficiency.py --data-dir DIR --cache FOLDER [--seeds 30]
       python benchmarks/search_efficiency.py --problems real-digits real-fashion-mnist
       --cache FOLDER --seeds 8 --processes 2

DIR holds two tables, which are not part of this repository: `nas_bench_graph.npz` and
`taskset_curves.npz` (see `benchmarks/efficiency/graphs.py` and `curves.py`). Every method gets the
same space, function, objectives and budget of epochs; equal points are paid once, whoever
proposes them. Scores are the share of the best hypervolume that the table allows, or for a single
objective the share of the table's rows that the best found beats or equals. For every problem a
table: the median score (quartiles) at three shares of the budget, and at the end: A12, the chance
that a run of `gendered` beats one of the method; Mann-Whitney's p, two-sided; the share of the
budget after which the median of `gendered` is where the median of the method ends; the median
score of the front by test data; seconds a run.

The second study trains for real, on digits and a part of Fashion-MNIST, which evo finds or
downloads by itself; no best is known there, so its scores are hypervolumes between a fixed
reference and ideal (see `benchmarks/efficiency/real.py`).

Every finished run is a line in FOLDER, so a study can be stopped and taken up again, and methods
added; `--again METHOD` runs it anew. Seeds are 0, 1, 2 and so on. `--methods` chooses; only on
demand are Optuna's slow Gaussian process and variants of `gendered` that lack a part. The peers
are installed by `pip install -c constraints.txt -e '.[benchmarks]'`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.efficiency.figure import LOOKS, draw
from benchmarks.efficiency.methods import METHODS, ON_DEMAND
from benchmarks.efficiency.problem import Problem
from benchmarks.efficiency.problems import MAKERS, SETS, TABLES, make_problem
from benchmarks.efficiency.report import Runs, goals, table
from benchmarks.efficiency.study import Cache, Run, carry_out


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    problems = [make_problem(name, options.data_dir) for name in options.problems]
    cache = Cache(options.cache)
    wanted = [
        (problem.name, method, seed)
        for seed in range(options.seeds)
        for problem in problems
        for method in options.methods
        if METHODS[method].suits(problem, seed)
    ]
    known = {key: run for key, run in cache.read().items() if key[1] not in options.again}
    missing = [key for key in wanted if key not in known]
    for done, run in enumerate(carry_out(missing, options.data_dir, options.processes), 1):
        cache.add(run)
        known[run.key] = run
        print(
            f"{done} of {len(missing)}: {run.problem}, {run.method}, seed {run.seed}: "
            f"{run.scores[-1][1]:.4f} in {run.seconds:.1f} s",
            file=sys.stderr,
            flush=True,
        )
    text = report(problems, options.methods, [known[key] for key in wanted])
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    _figures(problems, options.methods, [known[key] for key in wanted], options.cache)


def report(problems: Sequence[Problem], methods: Sequence[str], runs: Sequence[Run]) -> str:
    """Return all tables, and the goals."""
    grouped = _grouped(problems, methods, runs)
    tables = [table(problem, grouped[problem.name]) for problem in problems]
    return "\n".join([*tables, goals(problems, grouped)])


def _grouped(
    problems: Sequence[Problem], methods: Sequence[str], runs: Sequence[Run]
) -> dict[str, Runs]:
    chosen = {
        problem.name: {
            method: [run for run in runs if run.key[:2] == (problem.name, method)]
            for method in methods
        }
        for problem in problems
    }
    return {name: {m: done for m, done in by.items() if done} for name, by in chosen.items()}


def _figures(
    problems: Sequence[Problem], methods: Sequence[str], runs: Sequence[Run], folder: Path
) -> None:
    drawn = [method for method in methods if method in LOOKS]
    grouped = _grouped(problems, drawn, runs)
    for name, members in SETS.items():
        present = [problem for problem in problems if problem.name in members]
        if present:
            draw(present, grouped, folder / f"{name}.png")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    usual = [method for method in METHODS if method not in ON_DEMAND]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, default=Path())
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--problems", nargs="+", choices=list(MAKERS), default=list(TABLES))
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=usual)
    parser.add_argument("--again", nargs="+", choices=list(METHODS), default=[])
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--output", type=Path)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
