"""`evo.search` with more than two stages: what it calls, records and shows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import evo
from evo.lineage.text import lineage_text
from evo.lineage.tree import trace
from evo.record.run_folder import RunFolder
from evo.report import write_report
from evo.report.predictors import section
from evo.report.source import opened
from evo.terminal.portraits import portrait
from evo.terminal.summary import summary_lines
from evo.text.predictor_words import stage_words
from tests.evo.function_space import OBJECTIVES, REFERENCE, SPACE, accuracy

STAGES = (1, 2, 4, 8)
NAMES = ["juvenile", "juvenile-2", "juvenile-3", "adult"]
BEFORE = dict(zip(STAGES, (0, *STAGES[:-1]), strict=True))


def evaluate(
    parameters: dict[str, Any], epochs: int, seed: int, checkpoint: Any = None
) -> evo.Outcome:
    """Go on from the stage before, and show what is known of this stage alone."""
    begun = checkpoint["epoch"] if checkpoint else 0
    assert begun == BEFORE[epochs]
    best = accuracy(parameters)
    curve = [best * (1 - 0.6**e) for e in range(begun + 1, epochs + 1)]
    objectives = {"accuracy": curve[-1], "parameters": parameters["width"] ** 2}
    return evo.Outcome(
        objectives, curve=curve, features={"seen": best + 1 / epochs},
        checkpoint={"epoch": epochs}, flops=float(epochs - begun),
    )  # fmt: skip


def search(**changes: Any) -> evo.Result:
    arguments: dict[str, Any] = {
        "objectives": OBJECTIVES, "epochs": STAGES, "generations": 5, "population": 10,
        "settings": {"females": 3, "daughters": 1, "brood": 3, "audit_share": 0.3},
        "reference": REFERENCE,
    }  # fmt: skip
    return evo.search(SPACE, evaluate, **arguments | changes)


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> evo.Result:
    return search(results=tmp_path_factory.mktemp("results"), name="ladder")


@pytest.fixture(scope="module")
def folder(searched: evo.Result) -> RunFolder:
    assert searched.folder is not None
    return RunFolder.open(searched.folder)


def test_calls_go_on_from_stage_to_stage(searched: evo.Result) -> None:
    history = searched.history
    counts = history["stage"].value_counts()
    assert list(counts.index) == NAMES
    assert all(more > less for more, less in pairwise(counts))
    for _, calls in history[history["stage"] != "candidate"].groupby("genome"):
        assert list(calls["stage"]) == NAMES[: len(calls)]
    assert set(searched.predictions["stage"]) == {"candidate", *NAMES[:-1]}


def test_memory_and_ray_give_the_same_history(searched: evo.Result) -> None:
    pd.testing.assert_frame_equal(search().history, searched.history)
    remote = search(runner="ray", workers=2)
    pd.testing.assert_frame_equal(remote.history, searched.history)


def test_a_search_is_continued_on_its_ladder_alone(tmp_path: Path, searched: evo.Result) -> None:
    for generations in (1, 3, 5):
        again = search(results=tmp_path, name="again", generations=generations)
    pd.testing.assert_frame_equal(again.history, searched.history)
    with pytest.raises(evo.BadInput, match=r"settings was .*\[1, 2, 4, 8\].*now .*\[1, 8\]"):
        search(results=tmp_path, name="again", epochs=(1, 8), generations=6)


def test_the_report_says_how_many_came_to_each_stage(
    searched: evo.Result, folder: RunFolder
) -> None:
    counts = searched.history["stage"].value_counts()
    with opened(folder) as source:
        found = section(source)
    said = "; ".join(f"{n} epochs: {counts[name]}" for n, name in zip(STAGES, NAMES, strict=True))
    assert ("trained for", said) in found["audit"]
    assert found["decisions"] == NAMES[:-1]
    assert {stage for one in found["females"] for stage in one["skills"]} <= {
        "candidate", *NAMES[:-1]
    }  # fmt: skip
    page = write_report(folder).read_text(encoding="utf-8")
    assert "1, 2, 4 early, 8 full" in page
    assert "".join(said.split()) in "".join(page.split())


def test_lineage_and_portrait_tell_of_the_last_decision(
    searched: evo.Result, folder: RunFolder
) -> None:
    history, predictions = searched.history, searched.predictions
    late = history[(history["stage"] == "adult") & (history["generation"] > 1)]
    for male in late["genome"]:
        last = predictions[predictions["male"] == male]["stage"].iloc[-1]
        told = lineage_text(trace(folder, male))
        assert f" predictors, {stage_words(last)}: accuracy" in told
        assert max(map(len, told.splitlines())) <= 80
        assert "trained for 8 epochs: ok" in portrait(folder, male)
    assert {"juvenile-3"} < set(
        predictions[predictions["male"].isin(late["genome"])].groupby("male")["stage"].last()
    )


def test_the_settings_are_shown(folder: RunFolder) -> None:
    lines = summary_lines(folder)
    assert any("1, 2, 4 of a partial evaluation, 8 of a full one" in line for line in lines)
