"""Diamonds, log price: R² at any size and with at most 5,000 active parameters, beside boosting.

One split, that of the task. Categories are told to all models; cut, color and clarity are ordered,
which trees can use: the better of LightGBM with categories and with ordered codes counts.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import r2_score

from benchmarks.boosting.rivals import categories
from benchmarks.boosting.searched import best_within, handed_over, search
from fitness.data.task import Task
from fitness.tasks import diamonds as task_diamonds

GOAL, SMALL_GOAL, SMALL = 0.9934, 0.992, 5_000
ORDERS = {
    "cut": ("Fair", "Good", "Very Good", "Premium", "Ideal"),
    "color": tuple("JIHGFED"),
    "clarity": ("I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"),
}
SETTINGS = ((31, 20, 0.03), (63, 20, 0.03), (127, 10, 0.02))  # leaves, least in one, rate
PATIENCE = 100  # trees without a gain on validation data
RETRAINED_EPOCHS, SEEDS = 48, 3

Array = Any
Split = tuple[Array, Array]


def diamonds(options: argparse.Namespace) -> str:
    """Search and fit all; return the table."""
    task = task_diamonds.load(options.data_dir)
    run = search(
        "diamonds",
        options.results,
        "diamonds",
        data_dir=str(options.data_dir),
        seed=0,
        max_minutes=options.max_minutes,
    )
    lines = [
        f"{len(task.train):,} train, {len(task.validation):,} validation, {len(task.test):,} test",
        f"evo: {options.max_minutes:g} minutes of search on one core, {len(run.adults):,} "
        f"networks trained in full; then {RETRAINED_EPOCHS} epochs on train and validation data, "
        f"{SEEDS} seeds",
        "boosting: trees chosen on validation data, then fitted to train and validation data",
        "",
        f"{'R² on test data':<44}{'':>8}",
    ]
    for title, most, goal in (
        ("any size", math.inf, GOAL),
        (f"at most {SMALL:,}", SMALL, SMALL_GOAL),
    ):
        genome = best_within(run, "r2", most)
        found = handed_over(options.results / "diamonds", genome, SEEDS, RETRAINED_EPOCHS)
        reached = "reached" if found.test >= goal else "MISSED"
        spread = f"{min(found.tests):.4f} to {max(found.tests):.4f}"
        lines.append(
            f"{f'evo, {title}: {found.active:,.0f} active parameters':<44}{found.test:>8.4f}  "
            f"({spread})  goal {goal}: {reached}"
        )
    for name, fit in rivals(task).items():
        value = fit()
        lines.append(f"{name:<44}{value:>8.4f}")
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


def rivals(task: Task) -> dict[str, Callable[[], float]]:
    """Return what fits each rival and measures it on test data."""
    as_they_are, ordered = [s.array.astype(np.float64) for s in _splits(task)], _ordered(task)
    names = categories(task)
    return {
        "LightGBM, categories": lambda: _best_of_lightgbm(task, as_they_are, names),
        "LightGBM, ordered": lambda: _best_of_lightgbm(task, ordered, []),
        "CatBoost, ordered": lambda: _catboost(task, ordered),
        "HistGradientBoosting, ordered": lambda: _hist(task, ordered),
    }


def _splits(task: Task) -> tuple[Any, Any, Any]:
    return task.train, task.validation, task.test


def _targets(task: Task) -> list[Array]:
    return [split.y[:, 0] for split in _splits(task)]


def _ordered(task: Task) -> list[Array]:
    """Return the rows of all splits with the ranks of categories in place of their codes."""
    found = []
    for split in _splits(task):
        x = split.array.astype(np.float64)
        for place in categories(task):
            column = task.columns[place]
            ranks = [ORDERS[column.name].index(text) for text in column.categories]
            x[:, place] = np.array([*ranks, -1])[x[:, place].astype(np.int64)]
        found.append(x)
    return found


def _refitted(
    make: Callable[[int], Any], best: int, rows: list[Array], y: list[Array], **how: Any
) -> float:
    """Fit as many trees to train and validation data; return R² on test data."""
    model = make(best).fit(np.concatenate(rows[:2]), np.concatenate(y[:2]), **how)
    return float(r2_score(y[2], model.predict(rows[2])))


def _best_of_lightgbm(task: Task, rows: list[Array], names: list[int]) -> float:
    """Choose rate, leaves and trees on validation data."""
    from lightgbm import LGBMRegressor, early_stopping

    y, tried = _targets(task), []
    for leaves, least, rate in SETTINGS:

        def make(trees: int, *given: float) -> Any:
            count, smallest, speed = given
            return LGBMRegressor(
                n_estimators=trees,
                num_leaves=int(count),
                min_child_samples=int(smallest),
                learning_rate=speed,
                subsample=0.8,
                subsample_freq=1,
                colsample_bytree=0.7,
                n_jobs=1,
                random_state=0,
                verbose=-1,
            )

        stop = early_stopping(PATIENCE, verbose=False)
        model = make(5000, leaves, least, rate).fit(
            rows[0], y[0], eval_set=[(rows[1], y[1])], callbacks=[stop], categorical_feature=names
        )
        value = r2_score(y[1], model.predict(rows[1]))
        tried.append((value, model.best_iteration_, (leaves, least, rate)))
    _, trees, given = max(tried)
    return _refitted(lambda count: make(count, *given), trees, rows, y, categorical_feature=names)


def _catboost(task: Task, rows: list[Array]) -> float:
    from catboost import CatBoostRegressor

    def make(trees: int, **more: Any) -> Any:
        return CatBoostRegressor(
            iterations=trees, learning_rate=0.06, depth=7, thread_count=1, random_seed=0,
            verbose=0, allow_writing_files=False, **more,
        )  # fmt: skip

    y = _targets(task)
    model = make(4000, early_stopping_rounds=PATIENCE).fit(rows[0], y[0], eval_set=(rows[1], y[1]))
    return _refitted(make, model.get_best_iteration() + 1, rows, y)


def _hist(task: Task, rows: list[Array]) -> float:
    from sklearn.ensemble import HistGradientBoostingRegressor

    def make(trees: int) -> Any:
        return HistGradientBoostingRegressor(
            max_iter=trees, learning_rate=0.05, max_leaf_nodes=63, early_stopping=False,
            random_state=0,
        )  # fmt: skip

    y = _targets(task)
    model = make(1000).fit(rows[0], y[0])
    values = [r2_score(y[1], answers) for answers in model.staged_predict(rows[1])]
    return _refitted(make, int(np.argmax(values)) + 1, rows, y)
