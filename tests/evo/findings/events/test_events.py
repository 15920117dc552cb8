"""What a run's record shows that nobody predicted, and what it does not."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evo.errors import BadInput
from evo.findings.events.read import read_events, write_table
from evo.findings.events.shifts import Shift, coinciding, shifts
from evo.findings.events.unexpected import (
    LAST,
    Result,
    fewest,
    judged,
    results,
    told,
    within_ideal,
)
from evo.record.run_folder import RunFolder
from evo.terminal.events_view import event_lines
from fitness.metric import Metric
from tests.command_line import answer, typed

ACCURACY = Metric.load("accuracy")
PAIR = tuple[float, float]  # what was predicted, and the result


@pytest.fixture
def folder(undisturbed_run: Path, tmp_path: Path) -> RunFolder:
    """Return a run of which nothing but its config and its genomes is left."""
    shutil.copytree(undisturbed_run, tmp_path / "results/mine")
    found = RunFolder(tmp_path / "results/mine")
    with closing(sqlite3.connect(found.database)) as connection, connection:
        for table in ("trials", "evaluations", "predictions"):
            connection.execute(f"DELETE FROM {table}")
    return found


def record(folder: RunFolder, pairs: list[PAIR], generation: int) -> None:
    """Record networks that were predicted as juveniles and trained in full then."""
    with closing(sqlite3.connect(folder.database)) as connection, connection:
        for k, (predicted, actual) in enumerate(pairs):
            name = f"m{generation:03}-{k:03}"
            connection.execute(
                "INSERT INTO predictions VALUES (?, 'ensemble', ?, 'juvenile', ?)",
                (generation, name, json.dumps({"accuracy": predicted})),
            )
            connection.execute(
                "INSERT INTO predictions VALUES (?, 'ensemble', ?, 'candidate', ?)",
                (generation, name, json.dumps({"accuracy": 0.0})),
            )
            connection.execute(
                "INSERT INTO evaluations VALUES (?, ?, ?, 'adult', 0, 1, 'ok', '', ?, '[]', '{}', "
                "'{}', NULL, NULL, NULL, 0)",
                (name, name, name, json.dumps({"accuracy": actual})),
            )
            connection.execute(
                "INSERT INTO trials VALUES (?, ?, ?, 'adult', ?)", (generation, k, name, name)
            )


def errors_as(values: list[float], start: int = 1) -> list[Result]:
    """Return results with these errors, ten a generation."""
    return [
        Result(start + k // 10, f"m{k}", 0.5, 0.5 + value, None, None, 1.0)
        for k, value in enumerate(values)
    ]


def test_an_interval_is_that_of_earlier_generations_errors(folder: RunFolder) -> None:
    record(folder, [(0.8, 0.8 + k / 1000) for k in range(1, 50)], 1)
    record(folder, [(0.8, 0.85), (0.8, 0.849), (0.8, 0.74)], 2)
    found = results(folder, "accuracy", 0.02)
    assert all(result.low is None and not result.is_unexpected for result in found[:49])
    later = found[49:]
    assert [(r.low, r.high) for r in later] == [(0.8 - 0.049, 0.8 + 0.049)] * 3
    assert [result.is_unexpected for result in later] == [True, False, True]
    assert [result.p for result in later] == [1 / 50, 2 / 50, 1 / 50]
    assert fewest(0.02) == 49


def test_only_the_last_errors_count(folder: RunFolder) -> None:
    record(folder, [(0.5, 0.9)] * 60, 1)
    record(folder, [(0.5, 0.51)] * LAST, 2)
    record(folder, [(0.5, 0.6)], 3)
    assert results(folder, "accuracy", 0.02)[-1].is_unexpected


def test_about_the_stated_share_is_unexpected_by_chance() -> None:
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(40):
        known = list(np.abs(rng.normal(size=LAST)))
        new = [judged(2, "m", 0.0, float(v), known, 0.05) for v in rng.normal(size=50)]
        shares.append(np.mean([one.is_unexpected for one in new]))
    assert 0.03 < np.mean(shares) < 0.065


def test_nothing_is_better_than_the_ideal() -> None:
    result = Result(1, "m", 0.9, 0.2, 0.5, 1.3, 0.01)
    assert within_ideal([result], ACCURACY)[0].high == 1.0
    error = replace(result, low=-0.4)
    assert within_ideal([error], Metric.load("mae"))[0].low == 0.0
    unjudged = Result(1, "m", 0.9, 0.2, None, None, 1.0)
    assert within_ideal([unjudged], ACCURACY) == [unjudged]


def test_a_run_tells_of_its_last_generation(folder: RunFolder) -> None:
    record(folder, [(0.8, 0.8 + k / 1000) for k in range(1, 50)], 1)
    record(folder, [(0.8, 0.3)], 2)
    assert told(folder, ACCURACY, 1) == []
    assert told(folder, ACCURACY, 2) == [
        "generation 2, unexpected: m002-000 has accuracy 30.00 %, expected 75.10 % to 84.90 %"
    ]


# -- shifts ---------------------------------------------------------------------------------------


def test_a_planted_shift_is_found_where_it_is() -> None:
    pytest.importorskip("ruptures")
    rng = np.random.default_rng(1)
    values = [*rng.normal(0, 0.02, 60), *rng.normal(-0.1, 0.02, 50)]
    (found,) = shifts(errors_as(values))
    assert found.generation == 7
    assert found.before == pytest.approx(0.0, abs=0.01)
    assert found.after == pytest.approx(-0.1, abs=0.01)
    assert found.p == 1 / 200


def test_noise_has_no_shift_nor_have_few_results() -> None:
    pytest.importorskip("ruptures")
    rng = np.random.default_rng(2)
    seen = [shifts(errors_as(list(rng.normal(size=60)))) for _ in range(10)]
    assert sum(map(len, seen)) <= 1
    assert shifts(errors_as([0.0] * 19 + [5.0] * 9)) == []
    assert shifts(errors_as([5.0] * 10 + [0.0] * 40)) == []  # the predictors had not learnt yet
    assert shifts([]) == []


def test_genes_that_change_with_a_shift_are_named() -> None:
    rng = np.random.default_rng(3)
    born = pd.Series(range(80), index=[f"m{k}" for k in range(80)])
    genes = pd.DataFrame(
        {
            "width": [4, 6, 8, 10] * 20,
            "rule": ["old"] * 40 + ["new"] * 30 + ["old"] * 10,
            "rate": [*rng.uniform(0, 1, 40), *rng.uniform(2, 3, 40)],
            "same": [None] * 80,
        },
        index=born.index,
    )
    found = dict(coinciding(Shift(40, 0.0, 1.0, 0.01), genes, born))
    assert found.keys() == {"rule", "rate"}
    assert all(p < 1e-5 for p in found.values())


# -- as people meet it ----------------------------------------------------------------------------


def test_the_command_prints_and_writes(folder: RunFolder, tmp_path: Path) -> None:
    record(folder, [(0.8, 0.8 + k / 1000) for k in range(1, 50)], 1)
    record(folder, [(0.8, 0.3)], 2)
    printed = typed(tmp_path, "events", "mine", "--output", "events.csv")
    assert "1 of 1 results are unexpected; by chance it would be at most 2 %, 0.0." in printed
    assert "generation 2: m002-000 has accuracy 30.00 %, expected 75.10 % to 84.90 %" in printed
    table = pd.read_csv(tmp_path / "events.csv")
    assert table[["kind", "genome", "actual"]].to_numpy().tolist()[0] == [
        "result",
        "m002-000",
        0.3,
    ]
    found = read_events(folder)
    pytest.importorskip("pyarrow")
    write_table(found, tmp_path / "events.parquet")
    assert len(pd.read_parquet(tmp_path / "events.parquet")) == len(table)


def test_a_run_with_few_results_says_so(folder: RunFolder) -> None:
    record(folder, [(0.8, 0.7)] * 3, 1)
    first, second = event_lines(read_events(folder))
    assert first == (
        "No result is unexpected: 3 networks were predicted and then trained in full; the errors "
        "of 49 of earlier generations have to be known first."
    )
    assert second == "Shifts are not looked for in fewer than 30 results."


@pytest.mark.parametrize("rate", [0.0, 0.001, 0.6, float("nan")])
def test_rates_that_cannot_be_judged_are_refused(folder: RunFolder, rate: float) -> None:
    with pytest.raises(BadInput, match=r"--rate: received .*, expected 0.0125 to 0.5"):
        read_events(folder, rate)


def test_tables_of_other_kinds_and_places_are_refused(folder: RunFolder, tmp_path: Path) -> None:
    refused = answer(tmp_path, "events", "mine", "--output", "events.txt")
    assert refused.code == 2
    assert "events.txt, expected a name that ends in .csv or .parquet" in refused.err
    (tmp_path / "there.csv").write_text("kept")
    refused = answer(tmp_path, "events", "mine", "--output", "there.csv")
    assert refused.code == 2
    assert (tmp_path / "there.csv").read_text() == "kept"
