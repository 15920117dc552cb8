"""Gradient boosting as somebody who knows it would use it: columns as they are, tuned, refitted.

LightGBM's number of trees, leaves, learning rate and regularisation are chosen by Optuna's TPE, by
cross-validated loss on train and validation data; then it is fitted to all of them. It is told
which columns are categories, and reads NaN. Test data choose nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fitness.data.task import Task
from fitness.metric import metric_for

Array = Any
# LightGBM's own defaults are the first trial, so that tuning does not make it worse by chance.
USUAL = {
    "n_estimators": 100, "learning_rate": 0.1, "num_leaves": 31, "min_child_samples": 20,
    "subsample": 1.0, "colsample_bytree": 1.0, "reg_lambda": 1e-3,
}  # fmt: skip


def joined(task: Task) -> tuple[Array, Array]:
    """Return rows (N, F) and targets (N,) of train and validation."""
    splits = task.train, task.validation
    x = np.concatenate([split.array for split in splits]).astype(np.float64)
    return x, np.concatenate([split.y for split in splits]).reshape(len(x))


def categories(task: Task) -> list[int]:
    """Return the places of columns that hold codes."""
    return [place for place, column in enumerate(task.columns) if column.is_category]


def is_of_classes(task: Task) -> bool:
    """Tell whether classes are learnt, and not values."""
    return task.target.kind == "classes"


def measured(task: Task, model: Any, x: Array) -> float:
    """Return the task's metric of a fitted model on test data, of rows prepared for it."""
    if is_of_classes(task):
        answers = np.log(np.clip(model.predict_proba(x), 1e-12, None))
    else:
        answers = np.asarray(model.predict(x)).reshape(-1, 1)
    return metric_for(task.target.primary, task.target).value(answers, task.test.y)


def lightgbm(task: Task, trials: int, seed: int, folds: int = 5) -> float:
    """Tune LightGBM, fit it to train and validation data, and measure it on test data."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial(USUAL)
    study.optimize(lambda trial: _loss(task, _suggested(trial), seed, folds), n_trials=trials)
    x, y = joined(task)
    best = _booster(task, dict(study.best_trial.user_attrs["given"]), seed)
    return measured(task, best.fit(x, y, categorical_feature=categories(task)), _test_rows(task))


def _test_rows(task: Task) -> Array:
    return task.test.array.astype(np.float64)


def _suggested(trial: Any) -> dict[str, Any]:
    given = {
        "n_estimators": trial.suggest_int("n_estimators", 20, 500, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 3, 64, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 2, 40, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.3, 1.0),
        "reg_lambda": trial.suggest_float("reg_lambda", 1e-3, 30.0, log=True),
    }
    trial.set_user_attr("given", given)
    return given


def _booster(task: Task, given: dict[str, Any], seed: int) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    kind = LGBMClassifier if is_of_classes(task) else LGBMRegressor
    return kind(**given, subsample_freq=1, n_jobs=1, random_state=seed, verbose=-1)


def _loss(task: Task, given: dict[str, Any], seed: int, folds: int) -> float:
    """Return the cross-validated log loss or squared error."""
    from sklearn.metrics import log_loss, mean_squared_error
    from sklearn.model_selection import KFold, StratifiedKFold

    x, y = joined(task)
    splitter = StratifiedKFold if is_of_classes(task) else KFold
    losses = []
    for fitted, held in splitter(folds, shuffle=True, random_state=seed).split(x, y):
        model = _booster(task, given, seed)
        model.fit(x[fitted], y[fitted], categorical_feature=categories(task))
        if is_of_classes(task):
            chances = model.predict_proba(x[held])
            losses.append(log_loss(y[held], chances, labels=model.classes_))
        else:
            losses.append(mean_squared_error(y[held], model.predict(x[held])))
    return float(np.mean(losses))
