"""Genes that are numbers: whose they are, how far they moved, and what is drawn of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.report.number_genes import _drawn, _moves, _values, added
from evo.report.source import opened
from genomes.genes.gene import freeze
from genomes.genes.genome import Genome
from tests.evo.report.runs import write_run

BODY = {
    "architecture": {"head": "flatten", "stages": [{"width": 3}, {"width": 5}], "dropout": 0.5},
    "epigenome": {"marks": [1], "apoptosis": False},
    "training": {"rate_course": [{"shape": 0.1}], "momentum": None},
    "predictor": {"kind": "ridge", "ridge_penalty": 1, "juvenile_expression": ["a", 0.5]},
}


def born(folder: RunFolder, generation: int, rates: list[float], sex: Any = "male") -> None:
    genomes = [
        Genome(
            f"{sex}{generation}-{n}",
            sex,
            freeze({"training": {"rate": rate, "steps": n}, "predictor": {"share": rate}}),
        )
        for n, rate in enumerate(rates)
    ]
    with Store.open(folder.database) as store:
        store.add_genomes(generation, genomes)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A search whose males' rate rises from about 0.01 to about 1 in ten generations."""
    folder = write_run(tmp_path / "mine")
    with Store.open(folder.database) as store:
        store._write("DELETE FROM genomes", [()])
    born(folder, 1, [0.01, 0.02, 0.03, 0.04, 0.05])
    born(folder, 10, [0.8, 0.9, 1.0, 1.1, 0.03])
    born(folder, 10, [0.5] * 5, "female")
    return folder


def test_numbers_are_found_and_nothing_else() -> None:
    assert list(_values(BODY, "")) == [
        ("architecture.stages.width", 3),
        ("architecture.stages.width", 5),
        ("architecture.dropout", 0.5),
    ]


def test_a_gene_that_rose_has_a_row_and_a_figure(folder: RunFolder) -> None:
    with opened(folder) as source:
        found = added({"figures": ["before"], "rows": ["kept"]}, source)
    assert found["rows"] == ["kept"]
    (row,) = found["numbers"]  # steps is a choice: few values; the females' share did not move
    assert row[0] == "training.rate"
    assert row[1:4] == pytest.approx([0.02, 0.03, 0.04])
    assert row[4:7] == pytest.approx([0.8, 0.9, 1.0])
    assert row[7] == pytest.approx((4 * 5 + 2.5) / 25)
    assert found["figures"][0] == "before"
    (figure,) = found["figures"][1:]
    high, low, median = figure["data"]
    assert figure["title"] == "training.rate"
    assert median["x"] == [1.0, 10.0]
    assert median["y"] == pytest.approx([0.03, 0.9])
    assert (low["y"], high["y"]) == (pytest.approx([0.02, 0.8]), pytest.approx([0.04, 1.0]))
    assert low["fill"] == "tonexty"
    assert figure["layout"]["yaxis"]["type"] == "log"  # from 0.01 to 1.1


def test_what_stays_or_is_known_of_few_is_not_said_to_have_moved() -> None:
    same = {1: [0.1, 0.2, 0.3, 0.4, 0.5], 10: [0.5, 0.4, 0.3, 0.2, 0.1]}
    few = {1: [0.1, 0.2], 10: [5.0, 6.0]}
    assert list(_moves({"same": same, "few": few})) == []
    assert list(_moves({"first": {1: [0.1] * 9}})) == []  # one generation


def test_long_runs_are_drawn_in_bins_and_names_are_escaped() -> None:
    figure = _drawn("training.<b>", {g: [float(g)] for g in range(1, 101)})
    median = figure["data"][2]
    assert len(median["x"]) == 25
    assert (median["x"][0], median["y"][0]) == (2.5, 2.5)  # generations 1 to 4
    assert figure["layout"]["yaxis"]["title"]["text"] == "training.&lt;b&gt;"
