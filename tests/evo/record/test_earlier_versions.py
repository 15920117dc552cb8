"""Runs of earlier versions: they open, or it is said exactly why not and what to do."""

from __future__ import annotations

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
from evo.findings.tables import read_tables
from evo.lineage.text import lineage_text
from evo.lineage.tree import trace
from evo.plots import draw_figures
from evo.record.earlier_versions import as_now, genes_apart, written_by
from evo.record.run_folder import RunFolder
from evo.report import write_report
from evo.running.overview import overview
from evo.running.session import resume, start
from evo.settings.config import RunConfig, load_toml
from evo.terminal.portraits import portrait
from evo.terminal.summary import summary_lines
from evo.version import VERSION
from genomes.genes.gene import Choice, Conditional, Integer, ListOf, Record, Struct
from genomes.genes.genome import Genome, Space

RUNS = Path(__file__).parents[1] / "earlier_runs"
KEPT = "m001-003"  # whose weights are there


class Deaf:
    """A listener that takes no note."""

    def started(self, folder: Path, text: str) -> None: ...
    def generation(self, summary: Mapping[str, Any]) -> None: ...
    def progress(self, done: int, total: int, stage: str) -> None: ...
    def note(self, text: str) -> None: ...


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """The run of the first state that could run, whole again, in `results` of an empty folder."""
    path = tmp_path / "results" / "first-state"
    shutil.copytree(RUNS / "first-state", path)
    script = (path / "run.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(path / "run.sqlite")) as connection:
        connection.executescript(script)
    (path / "run.sql").unlink()
    monkeypatch.chdir(tmp_path)
    return RunFolder(path)


def test_it_is_shown_drawn_and_reported(old: RunFolder) -> None:
    seen = overview(old)
    assert (seen.state, seen.task, seen.generations_done) == ("finished", "digits", 2)
    assert any("digits" in line for line in summary_lines(old))
    assert "sparsity" in portrait(old, KEPT)
    assert "looks at" in portrait(old, "f001-000")
    assert f"{KEPT}, generation 1: 9.0 %" in lineage_text(trace(old, KEPT, 3))
    names = {path.stem for path in draw_figures(old.path)}
    assert {"front", "front_advance", "hypervolume", "skill"} <= names
    assert "first-state" in write_report(old).read_text(encoding="utf-8")


def test_its_tables_are_read(old: RunFolder) -> None:
    run = read_tables(old.path)
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


def test_it_cannot_go_on_and_that_is_said_before_anything_is_written(old: RunFolder) -> None:
    before = left(old)
    with pytest.raises(BadInput) as refused:
        resume(old.path, Deaf(), generations=3)
    text, code = scored(refused.value)
    assert code == 2
    lacking = text.split("its genomes lack genes ")[1].split(". ")[0]
    assert "epigenome.inherited_scale" in lacking
    assert lacking.endswith(" more")
    assert f"bred by another state of evo {VERSION}" in text
    assert f"`evo run {old.config} --name NEW`" in text
    assert left(old) == before
    assert resume(old.path, Deaf()).reason == "already finished"


@pytest.mark.slow
def test_its_config_breeds_anew(old: RunFolder) -> None:
    again = load_toml(old.config, {"name": "again", "generations": 1})
    assert (again.courtship, again.sons) == ("vote", 4)
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
    assert as_now(values) == {"courtship": "vote", "task": "foretelling", "seed": 3}
    assert as_now({"courtship": "in-turn"}) == {"courtship": "in-turn"}
    assert as_now({"courtship": ["foretelling"]}) == {"courtship": ["foretelling"]}


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


def test_many_genes_are_counted() -> None:
    space = Space({"a": Struct({f"g{n}": Integer(0, 1) for n in range(9)})})
    text = genes_apart(space, [male(a=Record())])
    assert text == "its genomes lack genes a.g0, a.g1, a.g2, a.g3, a.g4, a.g5 and 3 more"
