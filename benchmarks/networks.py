"""What does a whole run find? `evo run`, `evo export` and `evo evaluate`, as a user types them.

For every task the goals are fixed below, the seeds beforehand. `digits-default` asks what somebody
gets who chooses nothing: the default export of ten runs, whether its test accuracy lies where its
card expects it, and whether a network of the front with no more parameters than the best predictor
that needs no search is better than that. The others export two networks by validation accuracy:
the most accurate, and the most accurate within a bound on active parameters. Test accuracy is that
of the exported folder; the search never reads the test split. Wall time is that of the whole
command, Ray's start and the final table included. Runs that are finished are not repeated, so a
study can be interrupted.

    python benchmarks/networks.py digits-default --output results/reference/digits_default.txt
    python benchmarks/networks.py digits         --output results/reference/digits.txt
    python benchmarks/networks.py fashion-mnist  --output results/reference/fashion-mnist.txt
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import fmean, median

DEFAULT = "digits-default"
TEN_SEEDS = tuple(range(10, 20))
MEDIAN_GOAL, WORST_GOAL, INSIDE_GOAL = 0.975, 0.965, 9  # of the default export on test
EVO = [sys.executable, "-c", "from evo.cli import main; main()"]


@dataclass(frozen=True)
class Study:
    """A task's command, bound on active parameters, and goals (test accuracies, minutes)."""

    arguments: tuple[str, ...]
    seeds: tuple[int, ...]
    bound: int
    best_goal: float | None
    bounded_goal: float
    minutes_goal: float


STUDIES = {
    "digits": Study(("--generations", "50"), (0, 1, 2), 2_000, 0.98, 0.96, 5),
    "fashion-mnist": Study(("--max-minutes", "40"), (0,), 20_000, None, 0.90, 60),
}


def evo(*arguments: str) -> str:
    """Run the command line; return what it printed."""
    done = subprocess.run([*EVO, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"evo {' '.join(arguments)}\n{done.stdout}{done.stderr}")
    return done.stdout


def minutes_of(run: Path) -> float:
    """Return the wall time of a finished run, noted beside it."""
    return float(json.loads((run / "benchmark.json").read_text(encoding="utf-8"))["minutes"])


def search(
    task: str, arguments: tuple[str, ...], seed: int, results: Path, prefix: str = ""
) -> Path:
    """Run the search unless it is finished; return the run's folder."""
    name = f"{prefix or task}-seed-{seed}"
    run = results / name
    if not (run / "benchmark.json").exists():
        shutil.rmtree(run, ignore_errors=True)
        began = datetime.now()
        options = ("--task", task, "--seed", str(seed), "--results", str(results), "--name", name)
        evo("run", *arguments, *options, "--quiet")
        minutes = (datetime.now() - began).total_seconds() / 60
        (run / "benchmark.json").write_text(json.dumps({"minutes": minutes}), encoding="utf-8")
    return run


def export(run: Path, max_active: int, label: str) -> dict[str, object]:
    """Export the most accurate network within a bound, evaluate the folder, return its card."""
    folder = run / "exports" / label
    shutil.rmtree(folder, ignore_errors=True)
    evo("export", str(run), "--max-active", str(max_active), "--output", str(folder))
    print(evo("evaluate", str(folder)), file=sys.stderr)
    card: dict[str, object] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    return card


def row(who: str, card: dict[str, object]) -> str:
    """Write one network of the table."""
    return (
        f"  {who:<28}{float(str(card['validation_accuracy'])):>11.2%}"
        f"{float(str(card['test_accuracy'])):>9.2%}{card['active_parameters']:>9,}"
        f"{card['shrunk_parameters']:>9,}{card['flops']:>12,}"
    )


def report(task: str, study: Study, results: Path, keep: Path | None) -> str:
    """Run the study; return the table."""
    lines = [
        f"evo run --task {task} {' '.join(study.arguments)}".rstrip()
        + f", seeds {', '.join(map(str, study.seeds))}; {os.cpu_count()} CPU cores, "
        f"torch {version('torch')}, ray {version('ray')}",
        "",
        f"  {'exported network':<28}{'validation':>11}{'test':>9}{'active':>9}{'shrunk':>9}"
        f"{'FLOPs':>12}",
    ]
    best, bounded, minutes = [], [], []
    for seed in study.seeds:
        run = search(task, study.arguments, seed, results)
        minutes.append(minutes_of(run))
        cards = export(run, 10**9, "best"), export(run, study.bound, "bounded")
        best.append(float(str(cards[0]["test_accuracy"])))
        bounded.append(float(str(cards[1]["test_accuracy"])))
        lines.append(f"seed {seed}: {minutes[-1]:.1f} minutes")
        lines.append(row("most accurate", cards[0]))
        lines.append(row(f"at most {study.bound:,} active", cards[1]))
        if keep is not None:
            for label, card in zip(("best", "bounded"), cards, strict=True):
                target = keep.with_name(f"{keep.stem}-seed-{seed}-{label}.json")
                target.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    lines += ["", *scored_predictions(study, best, bounded, minutes)]
    return "\n".join(lines) + "\n"


def scored_predictions(
    study: Study, best: list[float], bounded: list[float], minutes: list[float]
) -> list[str]:
    """Set the means beside the goals."""
    goals = [
        ("mean test accuracy, most accurate", fmean(best), study.best_goal),
        (f"mean test accuracy, at most {study.bound:,}", fmean(bounded), study.bounded_goal),
    ]
    lines = [
        f"{what:<44}{value:>8.2%}"
        + (f"   goal {goal:.0%}: {'reached' if value >= goal else 'MISSED'}" if goal else "")
        for what, value, goal in goals
    ]
    longest, allowed = max(minutes), study.minutes_goal
    reached = "reached" if longest <= allowed else "MISSED"
    return [*lines, f"{'longest run, minutes':<44}{longest:>8.1f}   goal {allowed:g}: {reached}"]


@dataclass(frozen=True)
class Handed:
    """What one run hands over by default, and what its front holds."""

    seed: int
    minutes: float
    card: dict[str, object]
    small: int  # members no larger than the baseline that beat it on test

    @property
    def test(self) -> float:
        """The accuracy on test data."""
        return float(str(self.card["test_accuracy"]))

    @property
    def inside(self) -> bool:
        """Whether that lies where the card expects it."""
        low, high = (float(str(self.card[f"expected_accuracy_{end}"])) for end in ("low", "high"))
        return low <= self.test <= high

    def row(self) -> str:
        """Write one line of the table."""
        card = self.card
        low, high, validation, again = (
            float(str(card[name]))
            for name in (
                "expected_accuracy_low",
                "expected_accuracy_high",
                "validation_accuracy",
                "remeasured_accuracy",
            )
        )
        return (
            f"  {self.seed:>4}{self.minutes:>9.1f}{validation:>11.2%}{again:>9.2%}"
            f"{self.test:>9.2%}"
            f"  {low:>6.1%} to {high:>6.1%} {'inside' if self.inside else 'OUTSIDE':>8}"
            f"{card['active_parameters']:>9,}{float(str(card['baseline_test_accuracy'])):>10.2%}"
            f"{self.small:>7}"
        )


def handed_over(seed: int, results: Path) -> Handed:
    """Run the default search unless that was done; export its default and count its front."""
    import evo as library

    arguments = ("--generations", "50", "--workers", "2")
    run = search("digits", arguments, seed, results, prefix=DEFAULT)
    folder = run / "exports" / "default"
    shutil.rmtree(folder, ignore_errors=True)
    evo("export", str(run), "--output", str(folder))
    card: dict[str, object] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    front = library.load(run).front
    small = front["active_parameters"] <= float(str(card["baseline_parameters"]))
    better = front["test_accuracy"] > float(str(card["baseline_test_accuracy"]))
    return Handed(seed, minutes_of(run), card, int((small & better).sum()))


def default_report(results: Path, seeds: tuple[int, ...] = TEN_SEEDS) -> str:
    """Run the study of the default export; return the table."""
    lines = [
        "evo run --generations 50 --workers 2, then evo export; "
        f"seeds {', '.join(map(str, seeds))}; torch {version('torch')}, ray {version('ray')}",
        "",
        f"  {'seed':>4}{'minutes':>9}{'validation':>11}{'again':>9}{'test':>9}"
        f"  {'expected with 95 %':>25}{'active':>9}{'baseline':>10}{'small':>7}",
    ]
    found = []
    for seed in seeds:
        found.append(handed_over(seed, results))
        lines.append(found[-1].row())
        print(lines[-1], flush=True, file=sys.stderr)
    tests, inside = [one.test for one in found], sum(one.inside for one in found)
    smaller = sum(one.small > 0 for one in found)
    lines += [
        "",
        "small: members with no more parameters than the baseline (logistic regression) that beat",
        "it on test. again: trainings anew on folds of the training data.",
        "",
        _verdict("median test accuracy of the default export", median(tests), MEDIAN_GOAL),
        _verdict("worst test accuracy of the default export", min(tests), WORST_GOAL),
        _count(
            f"within the expected interval, of {len(found)}",
            inside,
            math.ceil(len(found) * INSIDE_GOAL / 10),
        ),
        _count(f"runs with a small one that beats it, of {len(found)}", smaller, len(found)),
    ]
    return "\n".join(lines) + "\n"


def _verdict(what: str, value: float, goal: float) -> str:
    return f"{what:<46}{value:>8.2%}   goal {goal:.1%}: {_reached(value >= goal)}"


def _count(what: str, value: int, goal: int) -> str:
    return f"{what:<46}{value:>8}   goal {goal}: {_reached(value >= goal)}"


def _reached(is_reached: bool) -> str:
    return "reached" if is_reached else "MISSED"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=[DEFAULT, *sorted(STUDIES)])
    parser.add_argument("--results", type=Path, default=Path("results/benchmarks"))
    parser.add_argument("--output", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=TEN_SEEDS, help="of the ten")
    options = parser.parse_args()
    if options.task == DEFAULT:
        table = default_report(options.results, tuple(options.seeds))
    else:
        table = report(options.task, STUDIES[options.task], options.results, options.output)
    print(table)
    if options.output:
        options.output.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
