"""A figure of few cases is shown with their number, or not at all.

The last generation's skill was shown as if it were the run's, sixty males were said to have been
rejected wrongly on the word of three, a female that nobody had tested had a skill of 0, and one
without inputs was said to look at nothing in particular.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from evo.breeding.run_skill import LEAST_AUDITS, SkillSoFar, skill_over, wrong_rejections
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.report.gathering import gather
from evo.text.amounts import MISSING
from evo.text.predictor_words import NOTHING, inputs_of, own_genes
from genomes.chromosomes.predictor import PARTS
from genomes.genes.gene import Record
from tests.evo.report.runs import scored_predictions, summary, write_run


def told(number: int, jury: float | None, early: float | None, adults: int = 5) -> dict[str, Any]:
    return {"generation": number, "ensemble_skill": jury, "early_skill": early, "adults": adults}


LEVEL = [told(n, jury, early) for n, (jury, early) in enumerate(
    [(0.38, 0.7), (0.5, 0.68), (0.6, 0.6), (0.76, 0.38)], start=1)]  # fmt: skip


def test_skill_is_that_of_the_run_and_not_of_its_last_generation() -> None:
    found = skill_over(LEVEL)
    assert found.females == pytest.approx(0.56)
    assert found.early == pytest.approx(0.59)
    assert found.text() == "+0.56 (early metric +0.59; 20 results seen)"


def test_a_generation_counts_as_much_as_it_has_truths() -> None:
    found = skill_over([told(1, 0.0, 1.0, adults=30), told(2, 1.0, 0.0, adults=10)])
    assert (found.females, found.early, found.truths) == (0.25, 0.75, 40)


@pytest.mark.parametrize(
    ("summaries", "text"),
    [
        ([], f"{MISSING} (0 results seen so far)"),
        ([told(1, None, None)], f"{MISSING} (0 results seen so far)"),
        ([told(1, 1.0, 1.0, adults=1)], f"{MISSING} (1 result seen so far)"),
        ([told(1, 1.0, 1.0, adults=9)], f"{MISSING} (9 results seen so far)"),
        ([told(1, 1.0, 1.0, adults=10)], "+1.00 (early metric +1.00; 10 results seen)"),
        ([{"generation": 1, "ensemble_skill": 0.5, "adults": 12}], "+0.50 (12 results seen)"),
    ],
)
def test_few_truths_give_no_skill(summaries: list[dict[str, Any]], text: str) -> None:
    assert skill_over(summaries).text() == text


def test_a_generation_that_is_told_again_counts_once() -> None:
    so_far = SkillSoFar(LEVEL)
    so_far.tell(LEVEL[-1])
    assert so_far.text() == skill_over(LEVEL).text()


def audited(audits: int, good: int) -> list[dict[str, Any]]:
    """Return a run of 400 juveniles of whom 100 grew up, besides the audited: a twentieth."""
    each = {"juveniles": 200, "adults": 50, "audited": 0, "wrongly_rejected": 0.0}
    last = {**each, "adults": 50 + audits, "audited": audits, "wrongly_rejected": 20.0 * good}
    return [each, last]


def test_three_audits_say_nothing_of_wrong_rejections() -> None:
    for audits in range(LEAST_AUDITS):
        text = wrong_rejections(audited(audits, min(3, audits)), 0.05).text()
        assert text == f"too few audits to tell ({audits} audited; 10 at least)"


@pytest.mark.parametrize(
    ("audits", "good", "males", "low", "high"),
    [
        (15, 3, 60.0, 0.0705 * 300, 0.4519 * 300),  # Wilson's interval of 3 of 15, times 300
        (15, 0, 0.0, 0.0, 0.2039 * 300),
        (20, 20, 400.0, 0.8389 * 300, 400.0),
    ],
)
def test_more_audits_give_an_interval(
    audits: int, good: int, males: float, low: float, high: float
) -> None:
    found = wrong_rejections(audited(audits, good), 0.05)
    assert found.males == males
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-3, abs=1e-9)
    assert f"estimated from {audits} audited (95 %: " in found.text()


def test_the_report_says_so_too(tmp_path: Any) -> None:
    folder = write_run(tmp_path / "mine")
    predictors = gather(folder)["predictors"]
    audit = dict(predictors["audit"])
    assert audit["wrongly rejected"] == "too few audits to tell (3 audited; 10 at least)"
    assert audit["skill over the run"].startswith(f"{MISSING} (4 results seen so far)")
    assert not [f for f in predictors["figures"] if f["title"].startswith("Good networks wrongly")]


def test_the_report_draws_wrong_rejections_once_enough_were_audited(tmp_path: Any) -> None:
    folder = write_run(tmp_path / "mine")
    with Store.open(folder.database) as store:
        store.add_generation(4, {**summary(4), "audited": 12, "juveniles": 90, "adults": 20})
    figures = gather(folder)["predictors"]["figures"]
    (drawn,) = (one for one in figures if one["title"].startswith("Good networks wrongly"))
    assert drawn["note"].endswith("estimated from 15 audited (95 %: 0 to 18.6).")


@pytest.fixture
def females(tmp_path: Any) -> Any:
    """The females of a report, of whom one has been tested."""
    folder = write_run(tmp_path / "mine")
    untested = {"history_skills": [1.0, 0.0, 0.0], "scored_predictions": []}
    state = [
        {"id": "f", "skill_records": {"juvenile": untested, "candidate": untested}},
        {"id": "e", "skill_records": {"juvenile": scored_predictions(), "candidate": untested}},
    ]
    RunFolder(folder.path).write_snapshot(4, {"strategy": {"predictors": {"females": state}}})
    return json.loads(json.dumps(gather(folder)["predictors"]["females"]))


def test_a_female_that_nobody_tested_has_no_skill(females: list[dict[str, Any]]) -> None:
    tested, untested = females
    assert (tested["genome"], set(tested["skills"])) == ("e", {"juvenile"})
    assert tested["skill"] == pytest.approx(1.0)
    assert (untested["genome"], untested["skill"], untested["skills"]) == ("f", None, {})


def predictor(*seen: str, **changes: Any) -> Record:
    genes = {f"reads_{part}": part in seen for part in PARTS}
    return Record({**genes, "kind": "ridge", "epochs_read": 2, "pairwise": False, **changes})


FORMULAS = {
    "candidate_expression": ("add", "log_flops", "kin_max"),
    "juvenile_expression": ("sub", "metric_last", "shown.synflow"),
}


@pytest.mark.parametrize(
    ("genes", "candidates", "juvenile"),
    [
        (predictor("genome", "curve"), "genome", "genome, curve (2 epochs)"),
        (predictor(), "costs", "costs"),  # of which there is always something to see
        (predictor("curve"), "costs", "curve (2 epochs)"),
        (predictor("shown"), "costs", "costs, shown"),
        (predictor("curve", epochs_read=1), "costs", "curve (1 epoch)"),
        (predictor(kind="expression", **FORMULAS), "log flops", NOTHING),
        (predictor("pedigree", kind="expression", **FORMULAS), "kin max", NOTHING),
        (predictor("curve", "shown", kind="expression", **FORMULAS), "log flops",
         "metric last, synflow"),
    ],
)  # fmt: skip
def test_a_female_is_described_as_she_is(genes: Record, candidates: str, juvenile: str) -> None:
    assert inputs_of(genes) == {"candidate": candidates, "juvenile": juvenile}


def test_genes_that_say_nothing_of_how_she_foretells_are_left_out() -> None:
    genes = predictor("curve", ridge_penalty=2.0, neighbours=3, window=30)
    assert own_genes(genes) == {
        "kind": "ridge", "pairwise": False, "ridge_penalty": 2.0, "window": 30,
    }  # fmt: skip
