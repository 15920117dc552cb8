"""Runs of earlier versions: they open, or it is said exactly why not and what to do."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evo.cli.exits import scored
from evo.compare.groups import find_groups
from evo.errors import BadInput
from evo.export.evaluate import evaluate_export
from evo.export.export_network import export_network
from evo.export.retrain import retrain
from evo.findings.choice import Demand
from evo.lineage.text import lineage_text
from evo.lineage.tree import trace
from evo.plots import draw_figures
from evo.python.loading import load
from evo.record.earlier_names import settings_as_now, stages_as_now
from evo.record.earlier_versions import genes_apart, with_later_genes, written_by
from evo.record.run_folder import RunFolder
from evo.report import write_report
from evo.report.predictors import section
from evo.report.source import opened
from evo.running.overview import overview
from evo.running.session import resume, start
from evo.settings.config import RunConfig, load_toml
from evo.terminal.portraits import portrait
from evo.terminal.summary import summary_lines
from evo.version import VERSION
from fitness.training.chosen_teacher import determining
from genomes.chromosomes.plain_predictors import PLAIN
from genomes.chromosomes.training_genes import WITHOUT_AUGMENTATION
from genomes.genes.gene import Choice, Conditional, Integer, ListOf, Record, Struct
from genomes.genes.genome import Genome, Space
from genomes.graph.interface import Interface

RUNS = Path(__file__).parents[1] / "earlier_runs"
KEPT = "m001-003"  # whose weights are there


class Deaf:
    """A listener that takes no note."""

    def started(self, folder: Path, text: str) -> None: ...
    def generation(self, summary: Mapping[str, Any]) -> None: ...
    def progress(self, done: int, total: int, stage: str) -> None: ...
    def note(self, text: str) -> None: ...


def restored(name: str, results: Path) -> RunFolder:
    """Copy an earlier run into a results folder, its database whole again."""
    path = results / name
    shutil.copytree(RUNS / name, path)
    (text,) = path.glob("run.sql*")
    script = text.read_bytes()
    script = gzip.decompress(script) if text.suffix == ".gz" else script
    with closing(sqlite3.connect(path / "run.sqlite")) as connection:
        connection.executescript(script.decode())
    text.unlink()
    return RunFolder(path)


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """The run of the first state that could run, in `results` of an empty folder."""
    monkeypatch.chdir(tmp_path)
    return restored("first-state", tmp_path / "results")


@pytest.fixture
def november(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """The run of the last state before names were changed, in `results` of an empty folder."""
    monkeypatch.chdir(tmp_path)
    return restored("november-2026", tmp_path / "results")


def test_it_is_shown_drawn_and_reported(old: RunFolder) -> None:
    seen = overview(old)
    assert (seen.state, seen.task, seen.generations_done) == ("finished", "digits", 2)
    assert any("digits" in line for line in summary_lines(old))
    assert "sparsity" in portrait(old, KEPT)
    assert "inputs" in portrait(old, "f001-000")
    assert f"{KEPT}, generation 1: 9.0 %" in lineage_text(trace(old, KEPT, 3))
    names = {path.stem for path in draw_figures(old.path)}
    assert {"front", "front_advance", "hypervolume", "skill"} <= names
    assert "first-state" in write_report(old).read_text(encoding="utf-8")


def test_its_tables_are_read(old: RunFolder) -> None:
    run = load(old.path)
    assert run.adults["accuracy"].round(3).tolist() == [0.122, 0.090, 0.299]
    assert set(run.front["genome"]) == {"m001-002", "m001-003", "m002-002"}
    assert run.figures["hypervolume"]["hypervolume"].is_monotonic_increasing
    assert run.genes["epigenome.plasticity"].notna().all()


@pytest.mark.slow
def test_its_networks_are_exported_and_trained_again(old: RunFolder) -> None:
    handed = export_network(old, KEPT, Demand(), None)
    folder, card = handed.folder, handed.card
    assert card["active_parameters"] == 285
    found = evaluate_export(folder, None, None)
    assert found["validation_accuracy"] == pytest.approx(card["validation_accuracy"])
    assert found["validation_accuracy"] == pytest.approx(0.0903, abs=0.004)  # as it recorded
    report = retrain(old, KEPT, 1, 1)
    assert [row.status for row in report.rows] == ["ok"]


def left(folder: RunFolder) -> tuple[dict[Path, bytes], list[str]]:
    """Return the files of a run but for the database, and what that holds."""
    files = [path for path in folder.path.rglob("*") if path.is_file() and path != folder.database]
    with closing(sqlite3.connect(folder.database)) as connection:
        return {path: path.read_bytes() for path in files}, list(connection.iterdump())


@pytest.mark.parametrize("name", ["first-state", "november-2026"])
def test_it_cannot_go_on_and_that_is_said_before_anything_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = restored(name, tmp_path / "results")
    before = left(run)
    for changes in ({"generations": 9}, {}, {"retry_failed": True}):
        with pytest.raises(BadInput) as refused:
            resume(run.path, Deaf(), **changes)
        text, code = scored(refused.value)
        assert code == 2
        assert f"results/{name}/run.sqlite has schema 1, bred by another state of evo" in text
        assert "shown, plotted, reported, exported, evaluated and retrained" in text
        assert "it cannot be gone on with" in text
        assert f"`evo run results/{name}/config.toml --name NEW` breeds anew" in text
        assert left(run) == before


def test_a_renamed_run_is_shown_drawn_and_reported(november: RunFolder) -> None:
    seen = overview(november)
    assert (seen.state, seen.task, seen.generations_done) == ("finished", "digits", 4)
    assert any("digits" in line for line in summary_lines(november))
    assert "inputs" in portrait(november, "f001-000")
    assert "m003-006, generation 3: 97.2 %" in lineage_text(trace(november, "m003-006", 3))
    names = {path.stem for path in draw_figures(november.path)}
    assert {"front", "front_advance", "hypervolume", "skill", "calibration"} <= names
    page = write_report(november).read_text(encoding="utf-8")
    assert "jury_skill" not in page


def test_a_renamed_run_is_read_under_the_names_of_today(november: RunFolder) -> None:
    run = load(november.path)
    assert len(run.adults) == 12
    genes = [name for name in run.genes if name.startswith("predictor.")]
    assert {"predictor.reads_genome", "predictor.epochs_read"} <= set(genes)
    assert run.genes["predictor.candidate_expression.0"].notna().any()
    assert not [name for name in genes if "watch" in name or "prenatal" in name]
    assert set(run.predictions["stage"]) == {"candidate", "juvenile"}
    assert {"ensemble", "early"} < set(run.predictions["female"])
    assert "jury" not in set(run.predictions["female"])
    assert run.predictions["predicted_accuracy"].notna().any()
    assert {"ensemble_skill", "ensemble_bias"} <= set(run.generations)
    assert run.generations["ensemble_skill"].notna().any()
    assert not [name for name in run.generations if "jury" in name]
    assert load_toml(november.config).promotion == "in-turn"


def test_the_females_of_a_renamed_run_are_reported(november: RunFolder) -> None:
    with opened(november) as source:
        females = section(source)["females"]
    assert len(females) == 4
    assert all(set(female["inputs"]) == {"candidate", "juvenile"} for female in females)
    assert any(female["skill"] is not None for female in females)


@pytest.mark.slow
def test_networks_of_a_renamed_run_are_exported_and_trained_again(november: RunFolder) -> None:
    handed = export_network(november, "m003-006", Demand(), None)
    card = json.loads((november.path / "exported" / "card.json").read_text(encoding="utf-8"))
    for name in ("validation_accuracy", "active_parameters", "shrunk_parameters", "flops"):
        assert handed.card[name] == pytest.approx(card[name])
    for folder in (handed.folder, november.path / "exported"):
        found = evaluate_export(folder, None, None)
        assert found["validation_accuracy"] == pytest.approx(card["validation_accuracy"])
    report = retrain(november, "m004-002", 1, 1)
    assert [row.status for row in report.rows] == ["ok"]


@pytest.mark.slow
def test_a_renamed_run_founds_another(november: RunFolder) -> None:
    config = load_toml(november.config).model_copy(
        update={"name": "warm", "warm_start": str(november.path), "generations": 1}
    )
    assert start(config, Deaf()).front
    assert load("results/warm").genes["predictor.reads_curve"].notna().all()


@pytest.mark.slow
def test_its_config_breeds_anew(old: RunFolder) -> None:
    again = load_toml(old.config, {"name": "again", "generations": 1})
    assert (again.promotion, again.sons) == ("ensemble", 4)
    assert start(again, Deaf()).front


def test_it_founds_no_other_run(old: RunFolder) -> None:
    config = RunConfig(task="digits", runner="serial", warm_start=str(old.path), name="warm")
    with pytest.raises(BadInput, match=r"^--warm-start .*: its genomes lack genes .*same family"):
        start(config, Deaf())
    assert not Path("results/warm").exists()


def test_its_hypervolumes_do_not_compare(old: RunFolder) -> None:
    with pytest.raises(BadInput, match=r"no reference point for accuracy, .* Leave it out, or"):
        find_groups([str(old.path)], Path("results"))


def test_renamed_settings_are_read_and_others_left_alone() -> None:
    values = {"courtship": "foretelling", "task": "foretelling", "seed": 3}
    assert settings_as_now(values) == {"promotion": "ensemble", "task": "foretelling", "seed": 3}
    assert settings_as_now({"courtship": "vote"}) == {"promotion": "ensemble"}
    assert settings_as_now({"courtship": "in-turn"}) == {"promotion": "in-turn"}
    assert settings_as_now({"courtship": ["foretelling"]}) == {"promotion": ["foretelling"]}
    assert settings_as_now({"display": "equal", "judges": 2, "jurors": 1}) == {
        "mate_selection": "equal",
        "choosing_members": 2,
        "ensemble_members": 1,
    }


def test_two_stages_under_their_earlier_names_are_read() -> None:
    two = {"juvenile_epochs": 3, "adult_epochs": 20}
    assert settings_as_now({"seed": 1, **two}) == {"seed": 1, "stages": [3, 20]}
    for others in ({"adult_epochs": 20}, {"juvenile_epochs": 0, "adult_epochs": 20}):
        assert settings_as_now(others) == others
    assert stages_as_now({"juvenile_epochs": 0, "adult_epochs": 20}) == {"stages": [20]}


def test_pins_of_renamed_genes_are_read() -> None:
    pins = {"predictor.watch_curve": False, "training.batch_size": 8, "predictor.watch_*": True}
    assert settings_as_now({"pins": pins})["pins"] == {
        "predictor.reads_curve": False,
        "training.batch_size": 8,
        "predictor.reads_*": True,
    }
    nested = {"predictor": {"epochs_watched": 1}}
    assert settings_as_now({"pins": nested})["pins"] == {"predictor": {"epochs_read": 1}}


def test_a_config_of_another_version_says_so_if_it_is_not_understood(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('evo_version = "9.0.0"\ntelepathy = true\n', encoding="utf-8")
    with pytest.raises(
        BadInput, match=r"unknown key 'telepathy'(.|\n)*written by evo 9\.0\.0; this"
    ):
        load_toml(path)
    path.write_text("telepathy = true\n", encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        load_toml(path)
    assert "written by" not in str(refused.value)


def test_versions_are_told_apart() -> None:
    assert written_by(VERSION) == f"another state of evo {VERSION}"
    assert written_by("0.0.9") == f"evo 0.0.9; this is evo {VERSION}"
    assert written_by(None) == f"evo (version unknown); this is evo {VERSION}"


def a_space() -> Space:
    stages = ListOf(Struct({"width": Integer(1, 8), "kind": Choice(["a", "b"])}), 1, 3)
    genes = {"kind": Choice(["a", "b"]), "rate": Conditional(Integer(1, 3), {"kind": "a"})}
    return Space({"architecture": Struct({"stages": stages}), "training": Struct(genes)})


def male(**chromosomes: Any) -> Genome:
    return Genome("m", "male", Record(chromosomes))


def test_genes_are_compared_by_dotted_name() -> None:
    whole = male(
        architecture=Record(stages=(Record(width=1, kind="a"),)),
        training=Record(kind="b", rate=None),
    )
    assert genes_apart(a_space(), [whole]) == ""
    other = male(
        architecture=Record(stages=(Record(width=1), Record(width=2, kind="b", colour=3))),
        training=Record(kind="b", rate=None),
    )
    assert genes_apart(a_space(), [whole, other, other]) == (
        "its genomes lack gene architecture.stages.kind and have the unknown gene "
        "architecture.stages.colour"
    )
    assert genes_apart(a_space(), [male(training=Record())]) == (
        "its genomes lack genes architecture, training.kind, training.rate"
    )


def test_genes_of_training_are_added_switched_off_and_change_no_key() -> None:
    old = male(architecture=Record(), training=Record(learning_rate=0.1))
    new = with_later_genes(old)
    off = Record(
        teaching=False, teaching_temperature=None, teaching_weight=None, credit="backpropagation"
    )
    assert new.chromosomes["training"] == Record(learning_rate=0.1, **off)
    assert determining(new.expressed(), new.birth, Interface((4,), 3)) == old.expressed()
    assert with_later_genes(new) is new
    for other in (male(training=Record(rate=1)), male(parameters=Record(rate=1))):
        assert with_later_genes(other) is other
    taught = male(architecture=Record(), training=Record(**{**off, "teaching": True}))
    assert with_later_genes(taught) is taught


def test_genes_of_texts_are_added_to_families_that_read_them_and_change_no_key() -> None:
    old = male(architecture=Record(family="gru"), training=Record(learning_rate=0.1))
    new = with_later_genes(old)
    added = {name: new.chromosomes["training"][name] for name in WITHOUT_AUGMENTATION}
    assert added == {"token_replacement": 0.0, "embedding_noise": 0.0}
    assert determining(new.expressed(), new.birth, Interface((4,), 3)) == old.expressed()
    assert with_later_genes(new) is new
    acting = new.chromosomes["training"].replacing(token_replacement=0.05)
    kept = determining(Record(training=acting), Record(), Interface((4,), 3))
    assert kept["training"] == Record(learning_rate=0.1, token_replacement=0.05)


def test_predictors_vary_in_no_more_than_they_did_when_they_were_recorded() -> None:
    new = with_later_genes(male(parameters=Record(rate=1), predictor=Record(kind="ridge")))
    assert new.chromosomes["predictor"] == Record(kind="ridge", **PLAIN)
    assert with_later_genes(new) is new
    varied = male(predictor=Record({**PLAIN, "half_life": 20}))
    assert with_later_genes(varied) is varied


def test_many_genes_are_counted() -> None:
    space = Space({"a": Struct({f"g{n}": Integer(0, 1) for n in range(9)})})
    text = genes_apart(space, [male(a=Record())])
    assert text == "its genomes lack genes a.g0, a.g1, a.g2, a.g3, a.g4, a.g5 and 3 more"
