"""evo on tables beside tuned gradient boosting: same splits, same columns, in the same run.

python -m benchmarks.tables_boosting small --mlbench /usr/lib/R/site-library/mlbench/data
python -m benchmarks.tables_boosting diamonds --data-dir DIR       # with diamonds.csv

Small tables are cut anew by each seed. evo searches with its defaults (generations are stated),
then trains the front's best anew on train and validation data, as `evo retrain --refit` does.
LightGBM is tuned by Optuna with cross-validation on the same rows. Test data choose nothing.
Differences are paired by split; as splits overlap, intervals are those of Nadeau & Bengio (2003).
What is finished is not repeated. The folder mlbench is of Debian's package r-cran-mlbench.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import fmean, stdev

from scipy.stats import t as student

from benchmarks.boosting.diamonds import diamonds
from benchmarks.boosting.rivals import lightgbm
from benchmarks.boosting.searched import best, handed_over, search
from benchmarks.boosting.tables import TEST_SHARE, cut_again, tables
from fitness.data.task import Task

MODELS = ("evo", "LightGBM")
CONFIDENCE = 0.95
REFITS = 3  # trainings at the end; their mean counts


def compared(
    task: Task, seed: int, folder: Path, generations: int, trials: int
) -> dict[str, float]:
    """Return each model's metric on test data, and evo's active parameters; kept in a file."""
    kept = folder / f"{task.name}.json"
    if kept.exists():
        found: dict[str, float] = json.loads(kept.read_text(encoding="utf-8"))
        return found
    search(task, folder, task.name, seed=seed, generations=generations)
    ours = handed_over(folder / task.name, best(folder / task.name), seeds=REFITS)
    found = {"evo": ours.test, "active": ours.active, "LightGBM": lightgbm(task, trials, seed)}
    kept.write_text(json.dumps(found), encoding="utf-8")
    return found


def interval(differences: Sequence[float]) -> tuple[float, float, float]:
    """Return mean and ends of the interval of a paired difference over splits that overlap."""
    mean, count = fmean(differences), len(differences)
    if count < 2:
        return mean, -math.inf, math.inf
    variance = stdev(differences) ** 2 * (1 / count + TEST_SHARE / (1 - TEST_SHARE))
    reach = float(student.ppf((1 + CONFIDENCE) / 2, count - 1)) * math.sqrt(variance)
    return mean, mean - reach, mean + reach


def row(name: str, metric: str, found: Sequence[Mapping[str, float]]) -> str:
    """Write a table's line: means, evo's size, the paired difference to LightGBM."""
    means = [fmean(one[model] for one in found) for model in MODELS]
    mean, low, high = interval([one["evo"] - one["LightGBM"] for one in found])
    verdict = "worse" if high < 0 else "better" if low > 0 else "within noise"
    verdict = verdict if len(found) > 1 else "one split tells nothing"
    return (
        f"{name:<22}{metric:<10}{len(found):>3}"
        + "".join(f"{value:>10.4f}" for value in means)
        + f"{fmean(one['active'] for one in found):>8,.0f}"
        + f"{mean:>+9.4f}  {low:+.4f} to {high:+.4f}  {verdict}"
    )


def small(options: argparse.Namespace) -> str:
    """Compare on the small tables, split by split; return the text."""
    tasks = {name: make() for name, make in tables(options.mlbench).items()}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in tasks}
    for seed in range(options.splits):
        for name, task in tasks.items():
            again, budget = cut_again(task, seed), (options.generations, options.trials)
            found[name].append(compared(again, seed, options.results, *budget))
            print(row(name, task.target.primary, found[name]), flush=True)
    used = ", ".join(f"{one} {version(one)}" for one in ("torch", "lightgbm", "optuna"))
    return "\n".join(
        [
            f"evo: {options.generations} generations, then {REFITS} trainings anew (their mean); "
            f"LightGBM: {options.trials} trials, 5 folds; {used}",
            "",
            f"{'test data':<22}{'metric':<10}{'n':>3}"
            + "".join(f"{model:>10}" for model in MODELS)
            + f"{'active':>8}   evo - LightGBM, paired, with 95 %",
            *(row(name, tasks[name].target.primary, rows) for name, rows in found.items()),
            "",
        ]
    )


def main() -> None:
    """Run one of the two comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("which", choices=["small", "diamonds"])
    parser.add_argument(
        "--mlbench", type=Path, default=Path("/usr/lib/R/site-library/mlbench/data")
    )
    parser.add_argument("--data-dir", type=Path, default=Path())
    parser.add_argument("--results", type=Path, default=Path("results/boosting"))
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--generations", type=int, default=20)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--max-minutes", type=float, default=30, help="of the search on diamonds")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    text = small(options) if options.which == "small" else diamonds(options)
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
