"""Groups of the metric through the commands: a good mean hides a bad group, and all tell it."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import TINY, typed

pytestmark = pytest.mark.slow

# What tells birds apart on the shore says the opposite in deep water, where few of them are.
COLUMNS = 'task = "csv:birds.csv"\ntarget = ["bird"]\nmetric_group = ["place"]\n'
SETTINGS = f'{COLUMNS}{TINY}runner = "serial"\n[columns]\nplace = "ignore"\n'


def birds(count: int) -> str:
    rng = random.Random(0)
    lines = ["wing,beak,place,bird"]
    for number in range(count):
        label, place = rng.choice((-1, 1)), "deep" if number % 8 == 0 else "shore"
        wing = label * (-1 if place == "deep" else 1) + rng.gauss(0, 0.3)
        bird = "duck" if label > 0 else "wren"
        lines.append(f"{wing:.4f},{rng.gauss(0, 1):.4f},{place},{bird}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the table, a run by the worst group and one by the mean, and their exports."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "birds.csv").write_text(birds(640))
    (folder / "birds.toml").write_text(SETTINGS)
    for name, metric in (("worst", "worst-group-accuracy"), ("mean", "accuracy")):
        printed = typed(
            folder, "run", "birds.toml", "--no-figures", "--metric", metric, "--name", name
        )
        (folder / f"{name}.txt").write_text(printed)
        typed(folder, "export", name, "--choose", "best", "--output", name)
    return folder


def card(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "card.json").read_text())
    return found


def test_a_run_is_about_the_worst_group(work: Path) -> None:
    printed = (work / "worst.txt").read_text()
    assert "2 groups of the metric, validation + test examples: deep (" in printed
    assert "deep (13 + 16); what is measured there is rough" in printed
    assert "(worst-group accuracy on 102 validation examples)" in printed
    assert "best worst-group accuracy" in printed
    with (work / "results/worst/pareto.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {"worst_group_accuracy", "test_worst_group_accuracy"} <= rows[0].keys()


def test_the_mean_is_good_and_one_group_is_bad(work: Path) -> None:
    facts = card(work / "mean")
    assert facts["metric"] == "accuracy"
    assert facts["test_accuracy"] > 0.8
    assert facts["test_accuracy (deep)"] < 0.2
    assert facts["test_accuracy (shore)"] > 0.95
    assert facts["test_examples (deep)"] == 16
    readme = (work / "mean/README.md").read_text()
    assert "| test accuracy (deep) | " in readme


def test_the_card_and_evaluate_say_the_worst(work: Path) -> None:
    facts = card(work / "worst")
    assert facts["metric"] == "worst_group_accuracy"
    worst = min(facts[f"test_accuracy ({place})"] for place in ("deep", "shore"))
    assert facts["test_worst_group_accuracy"] == worst
    assert facts["data_options"] == {
        "target": ["bird"], "metric_group": ["place"], "columns": {"place": "ignore"}
    }  # fmt: skip
    said = typed(work, "evaluate", "mean", "--task", "csv:birds.csv").splitlines()
    start = next(k for k, line in enumerate(said) if "accuracy in the groups" in line)
    assert said[start + 1].split() == ["group", "rows", "examples"]
    assert [line.split()[0] for line in said[start + 2 : start + 4]] == ["deep", "shore"]
    assert said[start + 2].split()[-1] == "80"
    (work / "other.csv").write_text(birds(64).replace("place", "water"))
    refused = typed(work, "evaluate", "mean", "--task", "csv:other.csv", code=2)
    assert "groups of the metric: unknown column 'place'" in refused
    assert "shore" in typed(
        work, "evaluate", "mean", "--task", "csv:other.csv", "--metric-group", "water"
    )


def test_networks_that_are_retrained_are_measured_by_the_worst_group(work: Path) -> None:
    printed = typed(work, "retrain", "worst", "--seeds", "1")
    assert "worst-group accuracy on validation" in " ".join(printed.split())
    with (work / "results/worst/retrained.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert 0.0 <= float(row["test"]) <= 1.0


def test_both_may_be_objectives_and_groups_are_needed(work: Path) -> None:
    objectives = ("--objectives", "accuracy,worst-group-accuracy,active_parameters")
    typed(
        work,
        "run",
        "birds.toml",
        "--no-figures",
        *objectives,
        "--generations",
        "1",
        "--name",
        "both",
    )
    with (work / "results/both/pareto.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert all(float(row["worst_group_accuracy"]) <= float(row["accuracy"]) for row in rows)
    refused = typed(
        work, "run", "--task", "csv:birds.csv", "--target", "bird", "--metric",
        "worst_group_accuracy", code=2,
    )  # fmt: skip
    assert "task birds has none: name columns by --metric-group" in refused
    assert not (work / "results/birds").exists()
