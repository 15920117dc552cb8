from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from evo.errors import BadInput
from evo.plots import draw_figures
from evo.python.loading import load
from evo.record.rows import Measurement, PredictionRow, TrialRow
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.settings.config import build, to_toml
from fitness.evaluation import Epoch, Evaluation
from genomes.genes.gene import Record
from genomes.genes.genome import Genome
from tests.evo.recorded_runs import write_run


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run of two males, one of whom grew up; the other's training failed."""
    folder = RunFolder.create(tmp_path / "mine")
    stages = (Record(width=8), Record(width=16))
    good = Genome("a", "male", Record(architecture=Record(stages=stages)), ("m", "f"))
    founder = Genome("b", "male", Record(architecture=Record(stages=())))
    curve = (Epoch(1, 2.0, 1.9, 0.3, 1.0, 1.0), Epoch(2, 1.0, 0.9, 0.7, 0.5, 0.8, {"dead": 0.2}))
    costs = {"training_flops": 7.0, "epochs": 2.0}
    grown = Evaluation("ka-0002", "a", "ka", 0, 2, "ok", "", curve, {"accuracy": 0.7}, costs)
    failed = Evaluation("kb-0002", "b", "kb", 0, 2, "failed", "no memory")
    with Store.create(folder.database) as store:
        store.add_genomes(1, [good, founder])
        store.add_evaluation(grown, "adult")
        store.add_evaluation(failed, "adult")
        store.add_trials(
            TrialRow(1, n, g, "adult", f"k{g}-0002") for n, g in enumerate(("a", "b"))
        )
        store.add_predictions([PredictionRow(1, "f", "a", "juvenile", {"accuracy": 0.6})])
        store.add_generation(1, {"generation": 1, "hypervolume": 0.5, "failures": {"failed": 1}})
        store.add_measurement(Measurement("a", "test", 0, 0.69))
        store.add_event("info", "started")
    return folder


def test_tables_hold_what_was_recorded(folder: RunFolder) -> None:
    run = load(folder.path)
    assert run.genomes.loc[0, ["genome", "mother", "father"]].tolist() == ["a", "m", "f"]
    assert run.genomes["mother"].isna().tolist() == [False, True]
    assert run.adults["status"].tolist() == ["ok", "failed"]
    assert run.adults.loc[0, ["genome", "accuracy", "cost_training_flops"]].tolist() == [
        "a",
        0.7,
        7.0,
    ]
    assert run.adults["accuracy"].isna().tolist() == [False, True]
    assert run.evaluations["reason"].tolist() == ["", "no memory"]
    assert run.trials["job"].tolist() == ["ka-0002", "kb-0002"]
    assert run.curves[["genome", "epoch", "metric"]].to_numpy().tolist() == [
        ["a", 1, 0.3],
        ["a", 2, 0.7],
    ]
    assert run.curves["dead"].fillna(-1.0).tolist() == [-1.0, 0.2]
    assert run.generations.loc[0, ["hypervolume", "failures_failed"]].tolist() == [0.5, 1]
    assert run.predictions["predicted_accuracy"].tolist() == [0.6]
    assert run.measurements["value"].tolist() == [0.69]
    assert run.events["text"].tolist() == ["started"]


def test_genes_are_columns_by_dotted_name(folder: RunFolder) -> None:
    genes = load(folder.path).genes
    assert genes.loc[0, "architecture.stages.1.width"] == 16
    assert genes["architecture.stages.0.width"].isna().tolist() == [False, True]


def test_the_front_is_rebuilt_from_the_record_with_what_was_measured(folder: RunFolder) -> None:
    given = {"objectives": ("accuracy",), "reference_point": {"accuracy": 0.1}}
    folder.write_config(to_toml(build(given)))
    folder.write_front("genome,accuracy\nb,1.0\n")  # what a run's file says decides nothing
    front = load(folder.path).front
    assert front["genome"].tolist() == ["a"]
    assert front[["accuracy", "test_accuracy"]].to_numpy().tolist() == [[0.7, 0.69]]


def test_figures_are_tables_by_name_those_with_nothing_to_show_are_missing(tmp_path: Path) -> None:
    run = write_run(
        tmp_path / "drawn", [(10.0, 0.2, (0.8, 0.2, 300.0)), (25.0, 0.4, (0.9, 0.5, 9.0))]
    )
    figures = load(run.path).figures
    assert set(figures) == {"front", "front_advance", "hypervolume"}
    rows = figures["front"][["genome", "accuracy", "exported"]].to_numpy().tolist()
    assert rows == [["m001-000", 0.8, False], ["m002-000", 0.9, False]]
    volumes = figures["hypervolume"][["generation", "epochs_spent", "hypervolume"]]
    assert volumes.to_numpy().tolist() == [[1, 10.0, 0.2], [2, 25.0, 0.4]]
    draw_figures(run.path)
    for name, table in figures.items():
        file = pd.read_csv(run.figures / f"{name}.csv", float_precision="round_trip")
        pd.testing.assert_frame_equal(file, table, check_dtype=False)


def test_a_run_that_has_just_begun_has_empty_tables_with_columns(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "new")
    with Store.create(folder.database):
        run = load(folder.path)
        for table, column in (
            (run.genomes, "mother"),
            (run.genes, "genome"),
            (run.adults, "status"),
            (run.evaluations, "job"),
            (run.generations, "generation"),
            (run.predictions, "female"),
            (run.curves, "validation_loss"),
            (run.events, "text"),
        ):
            assert len(table) == 0
            assert column in table.columns


def test_runs_are_found_by_name_under_results_or_by_path(folder: RunFolder) -> None:
    assert load("mine", results=folder.path.parent).folder.path == folder.path
    assert load(str(folder.path)).folder.path == folder.path
    with pytest.raises(BadInput, match="does not exist"):
        load("yours", results=folder.path.parent)
    folder.database.write_bytes(b"garbage" * 1000)
    with pytest.raises(BadInput, match="damaged"):
        load(folder.path)


def test_a_run_is_shown_by_its_metric_whichever_objective_comes_first(tmp_path: Path) -> None:
    steps = [(8.0, 0.5, (0.7, 0.5, 90.0)), (16.0, 0.6, (0.9, 0.5, 900.0))]
    small_first = write_run(tmp_path / "a", steps, objectives=("active_parameters", "accuracy"))
    lines = repr(load(small_first.path)).splitlines()
    assert lines[3].split() == ["genome", "accuracy", "active_parameters"]
    assert [line.split()[1] for line in lines[4:]] == ["0.9", "0.7"]
    none = write_run(tmp_path / "b", steps, objectives=("active_parameters",))
    assert repr(load(none.path)).splitlines()[-1].split() == ["m001-000", "0.7", "90"]
