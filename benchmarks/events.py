"""How often does `evo events` cry wolf, and does it see a jump?

Usage: python -m benchmarks.events --runs FOLDER [--seeds 20] [--output FILE]

`evo run` on digits, short (epochs of 300 examples, stages 1 and 4, population 8, 16 generations),
seeds 0, 1, 2 and so on, nothing changed on the way. The share of unexpected results stands beside
the stated one, and the number of runs in which a shift is seen. Then a jump is planted into the
errors of the same runs: from the middle result on all are worse by a number of standard deviations
of the run's errors. It is found if a shift is seen within two generations of it; the first ten
results after it are the chance to be called unexpected. A jump in a record is not one in a search,
whose predictors would learn it. Runs that are in the folder are not made again. That shifts are
not looked for in the first ten results was decided on the first nine of these runs: with them, a
shift was seen in three.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.mechanisms import Silence
from evo.findings.events.shifts import shifts
from evo.findings.events.unexpected import LAST, Result, judged, results
from evo.record.run_folder import RunFolder
from evo.running.session import start
from evo.settings.config import build

SETTINGS: dict[str, Any] = {
    "task": "digits", "epoch_examples": 300, "stages": (1, 4), "population": 8, "females": 6,
    "generations": 16, "runner": "serial", "device": "cpu",
}  # fmt: skip
RATES = (0.05, 0.1)
JUMPS = (1.0, 2.0, 4.0)  # standard deviations of the errors
AFTER = 10  # results after a jump
NEAR = 2  # generations


def run_of(seed: int, runs: Path) -> RunFolder:
    """Return a finished run; make it if it is not there."""
    folder = RunFolder(runs / f"events-{seed}")
    if not folder.database.is_file():
        given = {**SETTINGS, "seed": seed, "results": str(runs), "name": folder.name}
        start(build(given), Silence())
    return folder


def planted(found: Sequence[Result], jump: float) -> tuple[list[Result], int]:
    """Return results that are worse from the middle on, and the first generation that is."""
    middle = found[len(found) // 2].generation
    errors = [result.actual - result.predicted for result in found]
    fall = jump * float(np.std(errors))
    worse = [
        replace(result, actual=result.actual - fall) if result.generation >= middle else result
        for result in found
    ]
    return worse, middle


def called(found: Sequence[Result], generation: int, rate: float) -> list[bool]:
    """Tell which of the first results from a generation on are unexpected, or could be."""
    before = [r for r in found if r.generation < generation][-LAST:]
    errors = [abs(r.actual - r.predicted) for r in before]
    after = [r for r in found if r.generation >= generation][:AFTER]
    new = [judged(r.generation, r.genome, r.predicted, r.actual, errors, rate) for r in after]
    return [result.is_unexpected for result in new if result.low is not None]


def report(runs: Sequence[Sequence[Result]]) -> Iterator[str]:
    """Yield what is seen in runs without a jump, and with one."""
    yield f"{len(runs)} runs, {sum(map(len, runs))} results that were predicted"
    for rate in RATES:
        found = [_again(run, rate) for run in runs]
        known = [result for run in found for result in run if result.low is not None]
        share = np.mean([result.is_unexpected for result in known]) if known else np.nan
        yield f"unexpected at a rate of {rate:.0%}: {share:.1%} of {len(known)} results"
    yield f"runs in which a shift is seen: {sum(bool(shifts(run)) for run in runs)}"
    for jump in JUMPS:
        seen = [planted(run, jump) for run in runs]
        near = [any(abs(s.generation - at) <= NEAR for s in shifts(run)) for run, at in seen]
        flags = [flag for run, at in seen for flag in called(run, at, 0.05)]
        yield (
            f"a jump by {jump:g} deviations: the shift is found in {sum(near)} runs; of the first "
            f"{AFTER} results {np.mean(flags):.0%} are unexpected at a rate of 5 %"
        )


def _again(run: Sequence[Result], rate: float) -> list[Result]:
    """Judge results anew at another rate."""
    found: list[Result] = []
    for result in run:
        before = [r for r in run if r.generation < result.generation][-LAST:]
        errors = [abs(r.actual - r.predicted) for r in before]
        found.append(
            judged(result.generation, result.genome, result.predicted, result.actual, errors, rate)
        )
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--output", type=Path)
    given = parser.parse_args(arguments)
    folders = [run_of(seed, given.runs) for seed in range(given.seeds)]
    lines = list(report([results(folder, "accuracy") for folder in folders]))
    print("\n".join(lines))
    if given.output:
        given.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
