"""What does a whole run find? `evo run`, `evo export` and `evo evaluate`, as a user types them.

For every task the goals are fixed below, the seeds beforehand. Two networks are exported by their
validation accuracy: the most accurate, and the most accurate within a bound on active parameters.
Their test accuracy is what `evo evaluate` prints from the exported folder; the search never reads
the test split. Wall time is that of the whole command, Ray's start and the final table included.
Runs that are finished are not repeated, so a study can be interrupted.

    python benchmarks/networks.py digits         --output results/reference/digits.txt
    python benchmarks/networks.py fashion-mnist  --output results/reference/fashion-mnist.txt
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import fmean

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


def search(task: str, study: Study, seed: int, results: Path) -> Path:
    """Run the search unless it is finished; return the run's folder."""
    name = f"{task}-seed-{seed}"
    run = results / name
    if not (run / "benchmark.json").exists():
        shutil.rmtree(run, ignore_errors=True)
        began = datetime.now()
        options = ("--task", task, "--seed", str(seed), "--results", str(results), "--name", name)
        evo("run", *study.arguments, *options, "--quiet")
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
        run = search(task, study, seed, results)
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
    lines += ["", *verdicts(study, best, bounded, minutes)]
    return "\n".join(lines) + "\n"


def verdicts(
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=sorted(STUDIES))
    parser.add_argument("--results", type=Path, default=Path("results/benchmarks"))
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    table = report(options.task, STUDIES[options.task], options.results, options.output)
    print(table)
    if options.output:
        options.output.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
