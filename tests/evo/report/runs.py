"""A small run written by hand: a front of two networks, one dominated, one failed, two females."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors.numpy import save

from evo.findings.baselines import KEY, Baseline
from evo.record.rows import Measurement, PredictionRow, TrialRow
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.settings.config import build, to_toml
from fitness.evaluation import Epoch, Evaluation
from genomes.chromosomes.space import network_space
from genomes.genes.gene import Record, freeze
from genomes.genes.genome import Genome
from genomes.graph.interface import Interface

HOSTILE = "</script><img src=x onerror=alert(1)>&amp;<!--"
LINEAR = Baseline("logistic regression", 650, 0.85, 0.84)
COLUMNS = "genome,generation,{},active_ratio,active_parameters,shrunk_parameters,flops"


class Learnt(NamedTuple):
    """A metric, its value of a trivial answer, and its values of the males a, b and c."""

    metric: str = "accuracy"
    trivial: float = 0.1
    values: tuple[float, float, float] = (0.9, 0.8, 0.7)
    baseline: Baseline = LINEAR


RIDGE = Baseline("ridge regression", 11, 0.4, 0.35, metric="r2")
BY_R2 = Learnt("r2", 0.0, (0.9, -0.75, -2.5), RIDGE)  # b is worse than the mean, c dominated
BY_RMSE = Learnt("rmse", 77.5, (52.25, 60.0, 70.0), replace(RIDGE, validation=55.0, metric="rmse"))


def write_run(
    path: Path, names: Mapping[str, str] | None = None, learnt: Learnt | None = None
) -> RunFolder:
    """Write the run; `names` replaces the genomes a, b, c, d (males) and e, f (females)."""
    learnt = learnt or Learnt()
    metric, first = learnt.metric, learnt.values[0]
    called = {name: name for name in "abcdef"} | dict(names or {})
    a, b, c, d, e, f = (called[name] for name in "abcdef")
    folder = RunFolder.create(path)
    config = {
        "generations": 3,
        "population": 4,
        "juvenile_epochs": 1,
        "adult_epochs": 3,
        "family": "cnn",
        "metric": metric,
        "objectives": [metric, "active_parameters"],
        "reference_point": {metric: learnt.trivial, "active_parameters": 1e4},
    }
    folder.write_config(to_toml(build(config)))
    space = network_space(family="cnn", interface=Interface((1, 8, 8), 10))
    drawn = space.sample("x", "male", random.Random(1)).chromosomes
    formula = ("add", "metric_last", "neg", "log_flops")
    predictor = drawn["predictor"].replacing(kind="expression", juvenile_expression=formula)
    body = drawn.replacing(predictor=predictor)
    with Store.create(folder.database) as store:
        store.add_genomes(1, [_genome(a, body), _genome(d, body), _genome(e, body, "female")])
        store.add_genomes(2, [_genome(b, body, parents=(e, a)), _genome(f, body, "female")])
        store.add_genomes(3, [_genome(c, body, parents=(f, b))])
        for name, number, ratio, key in ((a, 1, 1.0, "a"), (b, 2, 0.25, "b"), (c, 3, 0.5, "c")):
            _train(store, name, number, (metric, learnt.values[number - 1]), ratio, key)
        failed = Evaluation("kd-0003", d, "kd", 0, 3, "diverged", f"NaN in {d}")
        store.add_evaluation(failed, "adult")
        store.add_trials([TrialRow(1, 9, d, "adult", "kd-0003")])
        store.add_predictions(
            PredictionRow(1, who, a, stage, {metric: value})
            for who, stage, value in (
                ("ensemble", "candidate", 0.5),
                ("ensemble", "juvenile", 0.75),
                (e, "juvenile", 0.625),
            )
        )
        for number in (1, 2, 3):
            store.add_generation(number, {**summary(number), "best_metric": first})
        store.add_measurement(Measurement(a, "test", 0, 0.875))
        store.add_event("warning", f"{d} diverged")
        store.set_meta({"reason": "generations", KEY: json.dumps([asdict(learnt.baseline)])})
    rows = [(a, 1, first, 1.0, 1000), (b, 2, learnt.values[1], 0.25, 250)]
    lines = [f'"{n}",{g},{value},{ratio},{on},{on},{on}00.5' for n, g, value, ratio, on in rows]
    folder.write_front("\n".join([COLUMNS.format(metric), *lines, ""]))
    mask = np.array([True] * 3 + [False] * 5)
    folder.write_checkpoint("ka-0003", save({"model.masks.stage1__block0": mask}))
    females = [
        {
            "id": e,
            "skill_records": {"juvenile": scored_predictions(), "candidate": scored_predictions()},
        }
    ]
    folder.write_snapshot(3, {"strategy": {"predictors": {"females": females}}})
    return folder


def scored_predictions() -> dict[str, Any]:
    """Return a judgement that had two truths in order, as a snapshot keeps it."""
    heard = [
        {"predicted": [0.5, 1.0, 9.0], "truth": [0.6, 1.0, 9.0], "weight": 1.0},
        {"predicted": [0.7, 1.0, 9.0], "truth": [0.8, 1.0, 9.0], "weight": 1.0},
    ]
    return {"history_skills": [1.0, 0.0, 0.0], "scored_predictions": heard}


def summary(number: int) -> dict[str, Any]:
    """Return the summary of a generation."""
    return {
        "generation": number,
        "hypervolume": 0.1 * number,
        "best_metric": 0.9,
        "epochs_spent": 10.0 * number,
        "training_flops": 1e9 * number,
        "training_seconds": 2.0 * number,
        "engine_seconds": 0.5,
        "epochs_saved": 4.0 * number,
        "epochs_saved_share": 0.25,
        "ensemble_skill": None if number == 1 else 0.25 * number,
        "early_skill": 0.5,
        "plan_skill": 0.4,
        "parents_skill": None,
        "ensemble_bias": 0.01,
        "ensemble_error": 0.1,
        "ensemble_slope": 0.9,
        "wrongly_rejected": 1.5,
        "juveniles": 4,
        "adults": 2,
        "audited": 1,
    }


def _genome(name: str, body: Record, sex: str = "male", parents: tuple[str, ...] = ()) -> Genome:
    return Genome.from_json(
        {
            "format": 1,
            "id": name,
            "sex": sex,
            "chromosomes": body,
            "parents": list(parents),
            "birth": freeze({}),
        }
    )


def _train(
    store: Store, name: str, generation: int, learnt: tuple[str, float], ratio: float, key: str
) -> None:
    """Record a juvenile training of one epoch and the rest up to the third."""
    active, (metric, value) = float(round(1000 * ratio)), learnt
    objectives = {
        metric: value,
        "active_ratio": ratio,
        "active_parameters": active,
        "shrunk_parameters": active,
        "flops": 100 * active + 0.5,
    }
    costs = {"training_flops": 1e6, "seconds": 0.5, "peak_bytes": 1e6, "epochs": 1.0}
    for stage, first, last in (("juvenile", 0, 1), ("adult", 1, 3)):
        curve = tuple(
            Epoch(n, 1.0 / n, 1.0, value * n / 3, 1.0, ratio, {"sparsity.0": 0.5})
            for n in range(first + 1, last + 1)
        )
        job = f"k{key}-{last:04d}"
        evaluation = Evaluation(
            job, name, f"k{key}", first, last, "ok", "", curve, objectives, costs
        )
        store.add_evaluation(evaluation, stage)
        store.add_trials([TrialRow(generation, 0, name, stage, job)])


def change(folder: RunFolder, sql: str) -> None:
    """Change a run's record behind its back."""
    with closing(sqlite3.connect(folder.database)) as connection, connection:
        connection.execute(sql)


SPOIL = "UPDATE evaluations SET objectives = replace(objectives, '0.8', 'much')"  # no JSON
MEND = "UPDATE evaluations SET objectives = replace(objectives, 'much', '0.8')"
HIDE = "UPDATE trials SET stage = 'hidden' WHERE stage = 'adult'"
SHOW = "UPDATE trials SET stage = 'adult' WHERE stage = 'hidden'"
