"""Whole sweeps in this process: pairs, runners, interruptions, bad input, regression."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evo.errors import BadInput, Interrupted, NothingSucceeded
from evo.record.run_lock import RunBusy, locked
from evo.running.session import start
from evo.settings.config import build
from evo.sweeps.grid import Grid
from evo.sweeps.networks import UNPRUNED
from evo.sweeps.request import asked
from evo.sweeps.session import Outcome, carry_out_sweep
from evo.sweeps.trainings import Training, read_trainings
from tests.evo.points import enter
from tests.evo.running.test_session import Witness

pytestmark = pytest.mark.slow

GRID = Grid((0.5, 0.9), ("linear", "one-shot"), 2)
FILES = {
    "config.toml", "genome.json", "trainings.csv", "verdict.txt", "lock", "figures"
}  # fmt: skip
FIGURES = {
    "pruning_curve.png", "pruning_curve.svg", "pruning_curve.csv", "difference.png",
    "difference.svg",
}  # fmt: skip


@dataclass
class Heard:
    """Takes notes of a sweep; interrupts after so many trainings."""

    interrupt_after: int | None = None
    begun: list[tuple[int, int]] = field(default_factory=list)
    rows: list[Training] = field(default_factory=list)

    def started(self, folder: Path, said: str, done: int, total: int) -> None:
        self.begun.append((done, total))

    def trained(self, row: Training) -> None:
        self.rows.append(row)
        if len(self.rows) == self.interrupt_after:
            raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return enter(tmp_path, monkeypatch)


def sweep(
    heard: Heard | None = None, grid: Grid = GRID, epochs: int = 2, **options: Any
) -> Outcome:
    usual = {"task": "npz:points.npz", "runner": "serial", "family": "mlp", "name": "s"}
    return carry_out_sweep(asked({**usual, **options}, grid, epochs=epochs), heard or Heard())


def rows_of(folder: Path) -> list[Mapping[str, str]]:
    return list(csv.DictReader((folder / "trainings.csv").open(encoding="utf-8")))


def test_it_leaves_all_that_it_found(here: Path) -> None:
    heard = Heard()
    outcome = sweep(heard)
    assert outcome.folder == here / "results/s"
    assert {path.name for path in outcome.folder.iterdir()} == FILES
    assert {path.name for path in (outcome.folder / "figures").iterdir()} == FIGURES
    assert heard.begun == [(0, 10)]
    assert heard.rows == read_trainings(outcome.folder) == list(outcome.trainings)
    assert {row.metric for row in heard.rows} == {"accuracy"}
    drawn = pd.read_csv(outcome.folder / "figures/pruning_curve.csv")
    assert list(drawn["curve"]) == [UNPRUNED, "linear", "linear", "one-shot", "one-shot"]
    first = drawn.iloc[0]
    unpruned = [row for row in heard.rows if row.curve == UNPRUNED]
    assert first["test_accuracy"] == pytest.approx(np.mean([row.test for row in unpruned]))
    sizes = [drawn[drawn["sparsity"] == s]["active_parameters"].iloc[0] for s in (0.0, 0.5, 0.9)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[2] < 0.3 * sizes[0]
    assert (outcome.folder / "verdict.txt").read_text().splitlines() == list(outcome.verdict)


def test_trainings_of_a_seed_differ_by_what_is_pruned_alone() -> None:
    """Of a share so small that no weight goes, every figure is that of the unpruned network."""
    outcome = sweep(grid=Grid((0.001, 0.5), ("cubic",), 2))
    unpruned, cut = ([r for r in outcome.trainings if r.curve == c] for c in (UNPRUNED, "cubic"))
    assert len({row.key for row in outcome.trainings}) == 6
    nothing, half = ([row.test for row in cut if row.sparsity == s] for s in (0.001, 0.5))
    assert nothing == [row.test for row in unpruned] != half


def test_what_was_interrupted_goes_on_and_ends_the_same() -> None:
    whole = sweep(name="whole")
    heard = Heard(interrupt_after=3)
    with pytest.raises(Interrupted) as stop:
        sweep(heard)
    assert len(read_trainings(stop.value.folder)) == 3
    again = Heard()
    outcome = sweep(again)
    assert again.begun == [(3, 10)]
    assert len(again.rows) == 7
    for name in ("trainings.csv", "verdict.txt", "figures/pruning_curve.csv"):
        assert (outcome.folder / name).read_bytes() == (whole.folder / name).read_bytes()
    finished = Heard()
    assert sweep(finished).trainings == outcome.trainings
    assert finished.rows == finished.begun == []


def test_more_of_the_same_trains_what_is_missing_alone() -> None:
    sweep(grid=Grid((0.5,), ("linear",), 2))
    heard = Heard()
    outcome = sweep(heard, Grid((0.5, 0.9), ("linear",), 3))
    assert heard.begun == [(4, 9)]
    assert len(heard.rows) == 5
    fewer = sweep(grid=Grid((0.9,), ("linear",), 2))
    assert len(fewer.trainings) == 4
    assert len(rows_of(fewer.folder)) == len(outcome.trainings) == 9


def test_ray_trains_the_same() -> None:
    grid = Grid((0.9,), ("linear",), 2)
    alone = sweep(grid=grid, name="alone")
    workers = sweep(grid=grid, name="workers", runner="ray", workers=2)
    one, other = (o.folder / "trainings.csv" for o in (alone, workers))
    assert one.read_bytes() == other.read_bytes()


def test_values_are_learnt_by_r2_or_an_error(here: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4))
    np.savez(here / "tide.npz", x=x, y=150.0 + 40.0 * x[:, 0] + rng.normal(size=200))
    tide: dict[str, Any] = {"task": "npz:tide.npz", "target_kind": "values"}
    outcome = sweep(grid=Grid((0.9,), ("one-shot",), 2), **tide)
    assert {row.metric for row in outcome.trainings} == {"r2"}
    by_error = sweep(grid=Grid((0.9,), ("one-shot",), 2), name="e", metric="rmse", **tide)
    assert {row.metric for row in by_error.trainings} == {"rmse"}
    assert any("RMSE" in line for line in by_error.verdict)


def test_channels_are_pruned_if_that_is_asked() -> None:
    usual = {"task": "npz:points.npz", "runner": "serial", "family": "mlp", "name": "c"}
    request = asked(usual, Grid((0.5,), ("linear",), 1), epochs=2, granularity="channel")
    outcome = carry_out_sweep(request, Heard())
    pruned = outcome.trainings[1]
    assert pruned.shrunk_parameters == pruned.active_parameters  # whole channels go


def test_only_one_process_works_on_a_sweep() -> None:
    folder = sweep(grid=Grid((0.5,), ("linear",), 1)).folder
    with locked(folder / "lock"), pytest.raises(RunBusy):
        sweep()


def test_a_sweep_in_which_nothing_succeeds_says_why(here: Path) -> None:
    with pytest.raises(NothingSucceeded, match="every training failed, most often so"):
        sweep(
            grid=Grid((0.5,), ("linear",), 1),
            pins={"training.learning_rate": 0.3},
            job_timeout=1e-9,
        )


# -- a genome of a run ---------------------------------------------------------------------------


def bred() -> str:
    values: dict[str, Any] = {
        "task": "npz:points.npz", "runner": "serial", "generations": 1, "population": 4,
        "females": 2, "adult_epochs": 2, "juvenile_epochs": 1, "name": "bred",
    }  # fmt: skip
    ending = start(build(values), Witness())
    return f"bred/{ending.front[0]['genome']}"


def test_a_genome_of_a_run_is_swept_under_its_settings(here: Path) -> None:
    genome = bred()
    request = asked({"runner": "serial", "name": "g"}, GRID, genome=genome)
    outcome = carry_out_sweep(request, Heard())
    assert outcome.genome.id == genome.partition("/")[2]
    assert outcome.sweep.epochs == 2
    assert all(row.status == "ok" for row in outcome.trainings)
    config = (outcome.folder / "config.toml").read_text()
    assert f'genome = "{here}/results/{genome}"' in config


def test_the_genome_of_a_sweep_is_swept_again_from_its_file(here: Path) -> None:
    first = sweep(grid=Grid((0.5,), ("linear",), 1), pins={"training.optimizer": "nadam"})
    settings = {"task": "npz:points.npz", "runner": "serial", "name": "again"}
    request = asked(settings, first.sweep.grid, genome="results/s/genome.json", epochs=2)
    again = carry_out_sweep(request, Heard())
    assert again.genome == first.genome
    assert again.trainings == first.trainings


def test_a_network_for_other_inputs_is_refused(here: Path) -> None:
    first = sweep(grid=Grid((0.5,), ("linear",), 1), task="digits", family="cnn", epochs=1)
    genome = f"{first.folder}/genome.json"
    request = asked({"task": "npz:points.npz", "runner": "serial"}, GRID, genome=genome)
    with pytest.raises(BadInput, match=r"genome\.json does not fit this task"):
        carry_out_sweep(request, Heard())
    assert [folder.name for folder in (here / "results").iterdir()] == ["s"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no file g.json, expected the genome.json of a sweep"),
        ("{", "g.json holds no genome"),
        ("[1]", "g.json holds no genome"),
        ('{"format": 1, "id": "x"}', "received a genome without 'sex'"),
    ],
)
def test_files_without_a_genome_are_refused(here: Path, text: str | None, message: str) -> None:
    if text is not None:
        (here / "g.json").write_text(text)
    with pytest.raises(BadInput, match=message):
        asked({}, GRID, genome="g.json")


@pytest.mark.parametrize(
    ("options", "more", "message"),
    [
        ({"task": "digits"}, {}, "received --task digits; leave --task out"),
        ({"pins": {"pruning.end": 0.5}}, {}, "received --genome and --pin"),
        ({"family": "cnn"}, {}, "received --genome and --family"),
        ({}, {"textbook": 2}, "received --genome and --textbook"),
    ],
)
def test_what_contradicts_a_genome_is_refused(
    options: dict[str, Any], more: dict[str, Any], message: str
) -> None:
    genome = bred()
    with pytest.raises(BadInput, match=message):
        asked(options, GRID, genome=genome, **more)


def test_genomes_that_there_are_not_are_refused(here: Path) -> None:
    with pytest.raises(BadInput, match="received --genome 'm001', expected RUN/ID"):
        asked({}, GRID, genome="m001")
    with pytest.raises(BadInput, match="there is no run 'first'"):
        asked({}, GRID, genome="first/m001-000")
    bred()
    with pytest.raises(BadInput, match="unknown genome"):
        asked({}, GRID, genome="bred/x")
    with pytest.raises(BadInput, match="is a female"):
        asked({}, GRID, genome="bred/f001-000")


@pytest.mark.parametrize("gene", ["pruning.final_sparsity", "pruning.curve", "pruning.schedule"])
def test_what_a_sweep_varies_cannot_be_pinned(gene: str) -> None:
    with pytest.raises(BadInput, match=f"received --pin {gene}: that is what a sweep varies"):
        asked({"pins": {gene: 0}}, GRID)


def test_bad_settings_leave_nothing_behind(here: Path) -> None:
    for bad in ({"pins": {"pruning.ende": 1}}, {"metric": "r2"}, {"task": "nothing"}):
        with pytest.raises(ValueError, match=r".+"):
            sweep(**bad)
    assert not (here / "results").exists()
