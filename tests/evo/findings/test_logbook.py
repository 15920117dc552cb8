"""DEAP's logbook holds a run's summaries, and its objectives generation by generation."""

from __future__ import annotations

import math
from pathlib import Path

from deap import tools

import evo
from evo.findings.logbook import make_logbook
from tests.evo.function_space import EARLY, FULL, OBJECTIVES, REFERENCE, SPACE, Function

GENERATIONS = [
    {"generation": number, "hypervolume": number / 10, "failures_failed": failed}
    for number, failed in ((1, 0), (2, 2), (3, 1))
]
ADULTS = [
    {"generation": generation, "error": error}
    for generation, error in ((1, 4.0), (1, 2.0), (3, 1.0))
]


def test_a_record_is_a_summary_and_a_chapter_an_objective() -> None:
    logbook = make_logbook(GENERATIONS, ADULTS, ["error"])
    assert isinstance(logbook, tools.Logbook)
    assert logbook.select("generation", "hypervolume") == ([1, 2, 3], [0.1, 0.2, 0.3])
    assert logbook.select("failures_failed") == [0, 2, 1]
    means, least = logbook.chapters["error"].select("mean", "min")
    assert (means[0], means[2]) == (3.0, 1.0)
    assert (least[0], least[2]) == (2.0, 1.0)
    assert math.isnan(means[1])
    assert math.isnan(least[1])


def test_it_prints_as_deap_prints_logbooks() -> None:
    lines = str(make_logbook(GENERATIONS, ADULTS, ["error"])).splitlines()
    assert lines[0].split() == ["error"]
    assert [line.split()[0] for line in lines[-3:]] == ["1", "2", "3"]
    assert lines[-3].split()[:3] == ["1", "0.1", "3"]


def test_a_run_in_which_nothing_is_finished_yet_has_an_empty_one() -> None:
    assert len(make_logbook([], [], [])) == 0
    assert len(make_logbook([], ADULTS, ["error"])) == 0


def test_it_is_reached_from_a_loaded_run(tmp_path: Path) -> None:
    result = evo.search(
        SPACE, Function(), objectives=OBJECTIVES, epochs=(EARLY, FULL), generations=2,
        population=6, reference=REFERENCE, results=tmp_path, name="mine",
    )  # fmt: skip
    run = evo.load("mine", tmp_path)
    assert run.logbook.select("generation") == [1, 2]
    assert run.logbook.select("hypervolume") == result.generations["hypervolume"].tolist()
    assert set(run.logbook.chapters) == set(OBJECTIVES)
    grown = run.adults[run.adults["generation"] == 2]
    assert run.logbook.chapters["accuracy"].select("max")[1] == grown["accuracy"].max()
