"""A family of three generations, recorded by hand: its tree, choices, genes and descendants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from evo.errors import BadInput
from evo.lineage.figure import draw, look, places, save, table
from evo.lineage.text import facts, lineage_text, tree_lines
from evo.lineage.tree import Skill, trace
from evo.record.rows import PredictionRow, TrialRow
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from fitness.evaluation import Evaluation
from fitness.training.inheritance import Inheritance
from genomes.genes.gene import Record, freeze
from genomes.genes.genome import Genome, Sex
from tests.evo.recorded_runs import NAMES, write_run


def somebody(
    name: str, sex: Sex, rate: float, parents: tuple[str, ...] = (), **birth: Any
) -> Genome:
    chromosomes = {
        "training": {"rate": rate, "optimizer": "sgd" if sex == "female" else "adamw"},
        "epigenome": {"marks": ["1111", "1111"]},
        "predictor": {"kind": "ridge"},
    }
    return Genome(name, sex, freeze(chromosomes), parents, Record(birth))


def outcome(accuracy: float, active: float) -> dict[str, float]:
    return dict(zip(NAMES, (accuracy, active / 10_000, active), strict=True))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """f1 and m1 found; son (inherits), rejected brother and daughter of theirs; a grandson."""
    folder = write_run(tmp_path / "family", [])
    father = somebody("m1", "male", 0.1)
    weights = Inheritance("km1-0008", 8, father.expressed()).added_to(Record())["weights"]
    son = somebody("m2", "male", 0.2, ("f1", "m1"), marks=("1101", "0111"), weights=weights)
    crossed = somebody("m3", "male", 0.1, ("f1", "m1"))
    crossed = Genome("m3", "male", freeze({
        **crossed.chromosomes,
        "training": {"rate": 0.1, "optimizer": "sgd"},
    }), crossed.parents)  # fmt: skip
    daughter = somebody("f2", "female", 0.1, ("f1", "m2"))
    grandson = somebody("m4", "male", 0.2, ("f2", "m2"))
    inherited = {"inherited_share": 0.75, "inherited_epochs": 8.0}
    with Store.open(folder.database) as store:
        store.add_genomes(1, [somebody("f1", "female", 0.3), father])
        store.add_genomes(2, [son, crossed, daughter])
        store.add_genomes(3, [grandson])
        for name, accuracy, active, costs in (
            ("m1", 0.9, 2000.0, {}), ("m2", 0.95, 1000.0, inherited), ("m4", 0.97, 900.0, {})
        ):  # fmt: skip
            job = f"k{name}-0008"
            found = outcome(accuracy, active)
            store.add_evaluation(
                Evaluation(job, name, job, 0, 8, "ok", "", (), found, costs), "adult"
            )
            store.add_trials([TrialRow(int(name[1]), 0, name, "adult", job)])
        store.add_evaluation(Evaluation("km3-0002", "m3", "km3", 0, 2, "ok"), "juvenile")
        store.add_trials([TrialRow(2, 1, "m3", "juvenile", "km3-0002")])
        store.add_predictions(
            PredictionRow(2, who, male, stage, outcome(accuracy, 1100.0))
            for who, male, stage, accuracy in (
                ("f1", "m2", "candidate", 0.91),
                ("ensemble", "m2", "candidate", 0.92),
                ("f1", "m2", "juvenile", 0.93),
                ("f9", "m2", "juvenile", 0.99),
                ("ensemble", "m2", "juvenile", 0.94),
                ("f1", "m3", "juvenile", 0.80),
                ("f1", "m4", "juvenile", 0.98),
            )
        )
        store.add_predictions([PredictionRow(2, "early", "m2", "juvenile", {"early_metric": 0.5})])
    return folder


def test_the_tree_names_everybody_once_in_80_columns(folder: RunFolder) -> None:
    assert tree_lines(trace(folder, "m4")) == [
        "m4, generation 3: 97.0 %, 9.0 % active ratio, on the front",
        "├─ mother f2, generation 2: ridge",
        "│  ├─ mother f1, generation 1: ridge, founder",
        "│  └─ father m2 (see below)",
        "└─ father m2, generation 2: 95.0 %, 10.0 % active ratio, 1 new gene",
        "   ├─ mother f1 (see above)",
        "   └─ father m1, generation 1: 90.0 %, 20.0 % active ratio, founder",
    ]


def test_depth_limits_the_tree_and_says_who_comes_before(folder: RunFolder) -> None:
    lineage = trace(folder, "m4", depth=1)
    assert set(lineage.kin) == {"m4", "f2", "m2"}
    assert lineage.kin["m2"].changes  # his parents are read, though not shown
    assert tree_lines(lineage) == [
        "m4, generation 3: 97.0 %, 9.0 % active ratio, on the front",
        "├─ mother f2, generation 2: ridge",
        "│  ├─ father m2 (see below)",
        "│  └─ … f1",
        "└─ father m2, generation 2: 95.0 %, 10.0 % active ratio, 1 new gene",
        "   └─ … f1 and m1",
    ]


def test_a_son_is_told_of_as_he_was_recorded(folder: RunFolder) -> None:
    text = lineage_text(trace(folder, "m2"))
    assert max(map(len, text.splitlines())) <= 80
    assert "Its mother f1 chose m1 among the males shown to her. This network" in text
    lines = {" ".join(line.split()) for line in text.splitlines()}
    assert "predicted when candidate candidate partly partly" in lines
    assert "trained trained" in lines
    assert "by mother ensemble mother ensemble result" in lines
    assert "accuracy 91.0 % 92.0 % 93.0 % 94.0 % 95.0 %" in lines
    assert "active parameters 1,100 1,100 1,100 1,100 1,000" in lines
    assert "all 2 predictors, partly trained: accuracy 93.0 % to 99.0 %" in lines
    assert "genes expressed: 2 as in m1, 1 new" in lines
    assert "training.rate 0.1 -> 0.2" in lines
    assert "channel mask: 2 of 8 differ from its own genes" in lines
    assert "born ●●·● ·●●●" in lines
    assert "weights: 75.0 % of the parameters, from m1; 8 epochs of ancestors had gone" in lines
    assert "children: 1 son, 1 daughter; 1 fully trained, 1 on the front: m4" in lines
    assert "all descendants: 2; 1 on the front: m4" in lines


def test_who_was_not_chosen_is_said_to_be_so(folder: RunFolder) -> None:
    lineage = trace(folder, "m3")
    assert lineage.root.fate == "juvenile"
    text = lineage_text(lineage)
    assert "This network was partly trained and not promoted" in " ".join(text.split())
    assert "result" not in text
    assert "genes expressed: 2 as in m1, 1 from f1, 0 new" in text
    assert "crossed over: training.optimizer" in text
    assert text.endswith("no children")


def test_a_female_is_held_to_what_she_foretold(folder: RunFolder) -> None:
    lineage = trace(folder, "f1")
    assert lineage.skills == (Skill("candidate", 1, 1, 0.0), Skill("juvenile", 3, 2, 1.0))
    text = lineage_text(lineage)
    assert "No parents: a founder, or drawn at random later." in text
    assert "predicted accuracy of 3 partly trained: Kendall's tau +1.00 over 2 results" in text
    assert "children: 2 sons, 1 daughter; 1 fully trained, 0 on the front" in text
    assert "all descendants: 4; 1 on the front: m4" in text


def test_facts_say_what_was_inherited(folder: RunFolder) -> None:
    lineage = trace(folder, "m2")
    assert facts(lineage.root, lineage)[-1] == "75 % of weights inherited"


@pytest.mark.parametrize(
    ("metric", "value", "text"), [("r2", -0.5, "R² -0.5"), ("rmse", 52.3456, "RMSE 52.35")]
)
def test_facts_name_a_metric_whose_value_says_little_alone(
    tmp_path: Path, metric: str, value: float, text: str
) -> None:
    folder = write_run(tmp_path / "one", [(8.0, 0.1, (value, 0.25, 900.0))], metric=metric)
    lineage = trace(folder, "m001-000")
    assert facts(lineage.root, lineage)[:2] == [text, "25.0 % active ratio"]
    of_size = replace(lineage, objectives=(metric, "active_parameters"))
    assert facts(lineage.root, of_size)[:2] == [text, "900 active"]
    assert text.split()[0] in lineage_text(lineage)


def test_an_unknown_genome_is_answered_with_the_nearest(folder: RunFolder) -> None:
    with pytest.raises(BadInput, match=r"unknown genome 'm44'\. Did you mean 'm4'\?"):
        trace(folder, "m44")


def test_a_mutant_of_one_parent_is_called_that(folder: RunFolder) -> None:
    with Store.open(folder.database) as store:
        store.add_genomes(4, [somebody("m5", "male", 0.5, ("m4",))])
    lineage = trace(folder, "m5", depth=1)
    assert "A mutant of m4. This network was never trained." in lineage_text(lineage)
    assert tree_lines(lineage)[1].startswith("└─ parent m4, generation 3")


# -- the drawing ----------------------------------------------------------------------------------


def test_everybody_has_a_row_between_its_parents_families(folder: RunFolder) -> None:
    assert places(trace(folder, "m4")) == {"f1": 0, "f2": 1, "m4": 2, "m2": 3, "m1": 4}


def test_lines_lead_from_parents_to_children(folder: RunFolder) -> None:
    lineage = trace(folder, "m4")
    axes = draw(table(lineage), "m4").axes[0]
    lines = [line.get_xydata().tolist() for line in axes.lines if len(line.get_xdata()) == 2]
    assert [[1.0, 0.0], [2.0, 1.0]] in lines  # f1 to her daughter f2
    assert len(lines) == 6
    assert [text.get_text().split()[0] for text in axes.texts] == ["f1", "f2", "m4", "m2", "m1"]
    colours = {line.get_color() for line in axes.lines if line.get_marker() == "s"}
    assert colours == {look("male", True)[1], look("male", False)[1]}  # m4 is on the front
    assert axes.get_xticks().tolist() == [1, 2, 3]


def test_the_svg_is_well_formed_and_the_same_twice(folder: RunFolder, tmp_path: Path) -> None:
    name = "m<6>&$x$"
    with Store.open(folder.database) as store:
        store.add_genomes(4, [somebody(name, "male", 0.5, ("f2", "m4"))])
    lineage = trace(folder, name)
    save(lineage, tmp_path / "new" / "a.svg")
    save(lineage, tmp_path / "new" / "b.svg")
    text = (tmp_path / "new" / "a.svg").read_text(encoding="utf-8")
    assert "m&lt;6&gt;&amp;$x$" in text
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert text == (tmp_path / "new" / "b.svg").read_text(encoding="utf-8")


def test_the_csv_draws_the_tree_again(folder: RunFolder, tmp_path: Path) -> None:
    lineage = trace(folder, "m4")
    save(lineage, tmp_path / "a.svg")
    found = pd.read_csv(tmp_path / "a.csv")
    assert found["genome"].tolist() == ["f1", "f2", "m4", "m2", "m1"]
    assert found["mother"].fillna("").tolist() == ["", "f1", "f2", "f1", ""]
    assert found["father"].fillna("").tolist() == ["", "m2", "m2", "m1", ""]
    assert found["facts"].tolist() == table(lineage)["facts"].tolist()
    before, after = (draw(t, "m4").axes[0] for t in (table(lineage), found))
    drawn = [
        [(line.get_xydata().tolist(), line.get_color()) for line in axes.lines]
        for axes in (before, after)
    ]
    assert drawn[0] == drawn[1]
    assert [t.get_text() for t in before.texts] == [t.get_text() for t in after.texts]
