"""Starting and resuming runs in this process, on a user's own small data."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evo.errors import BadInput, Interrupted
from evo.export.export_network import export_network
from evo.files.atomic_file import RecordError
from evo.findings.choice import Demand
from evo.findings.front_table import axes_of
from evo.lineage.text import lineage_text
from evo.lineage.tree import trace
from evo.pareto.dominance import nondominated
from evo.record.recorder import RunRecord
from evo.record.run_folder import RunFolder
from evo.record.run_lock import RunBusy
from evo.running.session import Ending, resume, start
from evo.settings.config import RunConfig, build, load_toml
from evo.terminal.portraits import portrait
from evo.terminal.summary import summary_lines
from fitness.data.options import DataOptions
from fitness.data.task_reference import TaskReference
from fitness.objective import OBJECTIVES, Objective
from fitness.training.chosen_teacher import ChosenTeacher
from fitness.training.inheritance import Inheritance
from tests.evo.points import enter

pytestmark = pytest.mark.slow

USER_MODULE = """
import numpy as np
from fitness.data.task import SearchDefaults, Split, Task
from fitness.targets.classes import Classes

def make_task():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(180, 1, 5, 5)).astype(np.float32)
    y = (x.mean(axis=(1, 2, 3)) > 0).astype(np.int64)
    parts = (Split(x[i : i + 60], y[i : i + 60]) for i in (0, 60, 120))
    defaults = SearchDefaults(population=4, females=2, sons=4, stages=(1, 2))
    return Task("bright", "bright or dark", Classes(2), *parts, defaults=defaults)
"""

TEACHING = {"mechanisms": ("marks", "teaching"), "pins": {"training.teaching": True}}


@dataclass
class Witness:
    """A listener that takes notes; interrupts after so many trainings, or at a note."""

    interrupt_after: int | None = None
    interrupt_at: str | None = None
    folder: Path | None = None
    trainings: int = 0
    summaries: list[Mapping[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def started(self, folder: Path, text: str) -> None:
        self.folder = folder

    def generation(self, summary: Mapping[str, Any]) -> None:
        self.summaries.append(summary)

    def progress(self, done: int, total: int, stage: str) -> None:
        self.trainings += 1
        if self.trainings == self.interrupt_after:
            raise KeyboardInterrupt

    def note(self, text: str) -> None:
        if self.interrupt_at and text.startswith(self.interrupt_at):
            raise KeyboardInterrupt
        self.notes.append(text)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return enter(tmp_path, monkeypatch)


def config(**changes: Any) -> RunConfig:
    values = {
        "task": "npz:points.npz", "runner": "serial", "generations": 2, "population": 4,
        "females": 2, "sons": 4, "daughters": 1, "brood": 2, "juvenile_epochs": 1,
        "adult_epochs": 2,
    }  # fmt: skip
    return build({**values, **changes})


def front_of(folder: Path) -> bytes:
    return (folder / "pareto.csv").read_bytes()


def adults(folder: Path) -> list[Any]:
    with closing(RunRecord.open(folder, read_only=True)) as record:
        return [record.genome(member.genome) for member in record.adults()]


# -- starting ------------------------------------------------------------------------------------


def test_a_run_on_a_users_own_vectors(here: Path) -> None:
    witness = Witness()
    outcome = start(config(pins={"training.optimizer": "adamw"}), witness)
    assert outcome.folder == Path("results/points-001").absolute() == witness.folder
    assert (outcome.finished, outcome.reason) == (True, "generations")
    assert [summary["generation"] for summary in witness.summaries] == [1, 2]
    assert outcome.front
    assert {"genome", "accuracy", "active_ratio", "test_accuracy", "remeasured_accuracy"} <= set(
        outcome.front[0]
    )
    grown = adults(outcome.folder)
    assert {genome.chromosomes["architecture"]["family"] for genome in grown} == {"mlp"}
    assert {genome.chromosomes["training"]["optimizer"] for genome in grown} == {"adamw"}
    assert "generation 2" in (outcome.folder / "run.log").read_text()


def test_the_saved_config_is_complete_and_absolute(here: Path) -> None:
    folder = start(config(generations=1), Witness()).folder
    saved = load_toml(folder / "config.toml")
    assert saved.task == f"npz:{here / 'points.npz'}"
    assert saved.name == "points-001"
    unset = {name for name, value in saved.model_dump().items() if value is None}
    assert unset - {option.name for option in fields(DataOptions)} <= {
        "data_dir", "budget_epochs", "max_minutes", "workers", "address", "warm_start",
        "max_bytes", "storage", "juvenile_epochs", "adult_epochs", "ensemble_members",
        "model", "weights", "kept_model", "loss", "epoch_examples",
    }  # fmt: skip
    again = start(saved.model_copy(update={"name": "again"}), Witness()).folder
    assert front_of(again) == front_of(folder)


def test_unnamed_runs_are_numbered(here: Path) -> None:
    (here / "results" / "points-001").mkdir(parents=True)
    assert start(config(generations=1), Witness()).folder.name == "points-002"


def test_a_run_on_a_users_own_function(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "bright_or_dark.py").write_text(USER_MODULE)
    monkeypatch.setattr(sys, "path", list(sys.path))
    settings = {"task": "bright_or_dark:make_task", "runner": "serial", "generations": 1}
    outcome = start(build({**settings, "pins": {"architecture.stages.width": 4}}), Witness())
    assert outcome.folder.name == "make-task-001"
    assert adults(outcome.folder)
    for genome in adults(outcome.folder):
        assert {stage["width"] for stage in genome.chromosomes["architecture"]["stages"]} == {4}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "digitz"}, "'digits'"),
        ({"strategy": "genderd"}, "'gendered'"),
        ({"objectives": ("acuracy",)}, "'accuracy'"),
        (
            {"task": "diabetes", "objectives": ("r2", "robust_accuracy")},
            "robust_accuracy is not for task diabetes: its answers are values",
        ),
        ({"mechanisms": ("mark",)}, "'marks'"),
        ({"proxies": ("synflw",)}, "'synflow'"),
        ({"pins": {"training.optimiser": "sgd"}}, "training.optimizer"),
        ({"reference_point": {"acuracy": 0.5}}, "'accuracy'"),
        ({"task_fingerprint": "0" * 16}, "fingerprint"),
        ({"warm_start": "nobody"}, "nobody"),
        ({"plugins": ("no_such_module",)}, "no_such_module"),
        ({"workers": 2}, "serial"),
    ],
)
def test_bad_settings_leave_nothing_behind(
    here: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        start(config(**changes), Witness())
    assert [path.name for path in here.iterdir()] == ["points.npz"]


def test_a_run_by_the_clock_is_marked_and_says_for_which_batch(here: Path) -> None:
    witness = Witness()
    wanted = {"objectives": ("accuracy", "latency"), "latency_batch": 4, "generations": 1}
    outcome = start(config(**wanted), witness)
    saved = load_toml(outcome.folder / "config.toml")
    assert saved.latency_batch == 4
    assert saved.reference_point is not None
    one = Objective.load("latency").reference(TaskReference(saved.task).load())
    assert saved.reference_point["latency"] == 4 * one
    by_hand = saved.model_copy(update={"reference_point": None})
    assert axes_of(by_hand).axes[1].reference == 4 * one
    assert all(0.001 < row["latency"] < 1000.0 for row in outcome.front)
    text = "latency: measured by the clock, batch of 4"
    assert any(note.startswith("Not reproducible") and text in note for note in witness.notes)
    assert any(text in line for line in summary_lines(RunFolder.open(outcome.folder)))
    plain = start(config(generations=1, latency_batch=4), Witness())
    assert not any("latency" in row for row in plain.front)
    assert not any("reproducible" in t for t in summary_lines(RunFolder.open(plain.folder)))


def test_a_name_that_is_taken_is_left_alone(here: Path) -> None:
    folder = start(config(generations=1, name="mine"), Witness()).folder
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(BadInput, match=r"`evo resume mine`, or choose another --name"):
        start(config(generations=1, name="mine", seed=4), Witness())
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_plugins_of_the_current_folder_are_found_by_run_and_resume(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "their_objective.py").write_text(
        "from fitness.objective import OBJECTIVES\n"
        "from fitness.objectives import flops\n"
        "OBJECTIVES.register('cost', flops)\n"
    )
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != ""])
    monkeypatch.setattr(OBJECTIVES, "_added", {})
    settings = {"plugins": ("their_objective",), "objectives": ("accuracy", "cost")}
    with pytest.raises(Interrupted) as caught:
        start(config(generations=1, **settings), Witness(interrupt_after=1))
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != str(here)])
    monkeypatch.delitem(sys.modules, "their_objective")
    assert resume(caught.value.folder, Witness()).front


# -- resuming ------------------------------------------------------------------------------------


@pytest.fixture
def undisturbed(here: Path) -> Ending:
    return start(config(name="undisturbed"), Witness())


@pytest.mark.parametrize("moment", [1, 5, 7])
def test_an_interrupted_run_is_resumed_to_the_same_front(undisturbed: Ending, moment: int) -> None:
    with pytest.raises(Interrupted) as caught:
        start(config(name="mine"), Witness(interrupt_after=moment))
    outcome = resume(caught.value.folder, Witness())
    assert (outcome.finished, outcome.reason) == (True, "generations")
    assert front_of(outcome.folder) == front_of(undisturbed.folder)
    assert [r["test_accuracy"] for r in outcome.front] == [
        r["test_accuracy"] for r in undisturbed.front
    ]


def test_a_finished_run_says_so_and_trains_nothing(undisturbed: Ending) -> None:
    witness = Witness()
    outcome = resume(undisturbed.folder, witness)
    assert (outcome.finished, outcome.reason) == (True, "already finished")
    assert witness.trainings == 0
    assert [row["genome"] for row in outcome.front] == [row["genome"] for row in undisturbed.front]


def test_more_generations_equal_as_many_from_the_start(undisturbed: Ending) -> None:
    longer = start(config(name="longer", generations=3), Witness())
    with pytest.raises(BadInput, match=r"received --generations 1, but .* a larger total"):
        resume(undisturbed.folder, Witness(), generations=1)
    outcome = resume(undisturbed.folder, Witness(), generations=3)
    assert outcome.reason == "generations"
    assert front_of(outcome.folder) == front_of(longer.folder)
    assert load_toml(outcome.folder / "config.toml").generations == 3


def test_interrupted_at_its_second_end_it_is_not_finished(undisturbed: Ending) -> None:
    """What is measured last has still to be measured when all generations are done."""
    with pytest.raises(Interrupted):
        resume(undisturbed.folder, Witness(interrupt_at="Measuring"), generations=3)
    with closing(RunRecord.open(undisturbed.folder, read_only=True)) as record:
        assert record.finished_generations() == 3
        assert record.reason() is None
    outcome = resume(undisturbed.folder, Witness())
    assert outcome.reason == "generations"
    assert all(row["test_accuracy"] is not None for row in outcome.front)


def test_the_budget_ends_a_run_until_it_is_raised(here: Path) -> None:
    outcome = start(config(generations=9, budget_epochs=11), Witness())
    assert (outcome.finished, outcome.reason) == (True, "budget")
    assert resume(outcome.folder, Witness()).reason == "already spent"


def test_a_run_that_is_busy_is_left_alone(undisturbed: Ending) -> None:
    witness = Witness()
    with RunFolder(undisturbed.folder).lock(), pytest.raises(RunBusy, match="is at work on"):
        resume(undisturbed.folder, witness, generations=5)
    assert witness.folder is None
    assert load_toml(undisturbed.folder / "config.toml").generations == 2


def test_other_data_under_the_same_name_are_refused(undisturbed: Ending, here: Path) -> None:
    np.savez(here / "points.npz", x=np.zeros((50, 3)), y=np.arange(50) % 2)
    with pytest.raises(BadInput, match="fingerprint"):
        resume(undisturbed.folder, Witness(), generations=3)


# -- inherited weights ---------------------------------------------------------------------------


def heirs(folder: Path) -> list[Any]:
    """Return the males who were born with weights."""
    with closing(RunRecord.open(folder, read_only=True)) as record:
        return [g for g in record.store.genomes() if Inheritance.of(g.birth) is not None]


@pytest.mark.parametrize("strategy", ["gendered", "nsga2", "regularized", "local"])
def test_a_run_with_inherited_weights_is_resumed_to_the_same_front(
    here: Path, strategy: str
) -> None:
    settings = {"inherit": "all", "strategy": strategy, "generations": 3}
    whole = start(config(name="whole", **settings), Witness())
    assert heirs(whole.folder)
    for moment in (7, 10):
        with pytest.raises(Interrupted) as caught:
            start(config(name=f"mine-{moment}", **settings), Witness(interrupt_after=moment))
        outcome = resume(caught.value.folder, Witness())
        assert front_of(outcome.folder) == front_of(whole.folder)
        assert heirs(outcome.folder) == heirs(whole.folder)


def test_what_was_inherited_is_in_the_table_of_the_front(here: Path) -> None:
    settings = {"inherit": "weights", "strategy": "regularized", "seed": 1}
    outcome = start(config(generations=4, **settings), Witness())
    born = {genome.id: Inheritance.of(genome.birth) for genome in heirs(outcome.folder)}
    assert any(row["genome"] in born for row in outcome.front)
    for row in outcome.front:
        inheritance = born.get(row["genome"])
        assert row["inherited_epochs"] == (inheritance.epochs if inheritance else 0)
        assert (row["inherited_share"] > 0) == (inheritance is not None)
        if inheritance is not None:
            assert inheritance.epochs % 2 == 0  # whole lives of two epochs
    assert max(inheritance.epochs for inheritance in born.values() if inheritance) > 2


def test_beyond_its_end_children_inherit_as_if_it_had_not_ended(here: Path) -> None:
    settings = {"inherit": "all", "strategy": "nsga2"}
    longer = start(config(name="longer", generations=3, **settings), Witness())
    shorter = start(config(name="shorter", generations=2, **settings), Witness())
    resume(shorter.folder, Witness(), generations=3)
    assert front_of(shorter.folder) == front_of(longer.folder)


def test_a_damaged_snapshot_costs_no_weights(here: Path) -> None:
    """Who did not survive is trained again, from the weights of a father who may be gone too."""
    settings = {"inherit": "all", "strategy": "nsga2", "seed": 1}
    longer = start(config(name="longer", generations=4, **settings), Witness())
    shorter = start(config(name="shorter", generations=3, **settings), Witness())
    (shorter.folder / "snapshots/000003.json.gz").write_bytes(b"cut short")
    resume(shorter.folder, Witness(), generations=4)
    assert front_of(shorter.folder) == front_of(longer.folder)


def test_a_parents_lost_weights_stop_the_run_with_a_clear_word(here: Path) -> None:
    ended = start(config(inherit="weights", strategy="nsga2"), Witness())
    for file in (ended.folder / "checkpoints").iterdir():
        file.unlink()
    with pytest.raises(RecordError, match=r"inherits the weights of .* missing or damaged"):
        resume(ended.folder, Witness(), generations=3)


def test_only_the_fronts_keep_their_weights_where_nobody_inherits_them(here: Path) -> None:
    ended = start(config(inherit="marks", strategy="nsga2"), Witness())
    assert not heirs(ended.folder)
    with closing(RunRecord.open(ended.folder, read_only=True)) as record:
        adults = record.adults()
    found = [(-m.objectives["accuracy"], m.objectives["active_ratio"]) for m in adults]
    best = nondominated(np.array(found))
    front = {row["genome"] for row in ended.front}
    wanted = {m.job for m, by_ratio in zip(adults, best, strict=True) if by_ratio}
    wanted |= {member.job for member in adults if member.genome in front}
    assert {path.stem for path in (ended.folder / "checkpoints").iterdir()} == wanted


def test_a_warm_start_begins_with_fresh_weights(here: Path) -> None:
    first = start(config(name="first", inherit="all", strategy="nsga2"), Witness())
    assert heirs(first.folder)
    settings = {"warm_start": "first", "strategy": "nsga2", "generations": 1}
    warm = start(config(name="warm", **settings), Witness())
    assert warm.front
    assert not heirs(warm.folder)


# -- teachers ------------------------------------------------------------------------------------


def pupils(folder: Path) -> list[Any]:
    """Return the males who were born with a teacher."""
    with closing(RunRecord.open(folder, read_only=True)) as record:
        return [g for g in record.store.genomes() if ChosenTeacher.of(g.birth) is not None]


@pytest.mark.parametrize("strategy", ["gendered", "regularized"])
def test_a_run_with_teachers_is_resumed_to_the_same_front(here: Path, strategy: str) -> None:
    settings = {**TEACHING, "strategy": strategy, "generations": 3}
    whole = start(config(name="whole", **settings), Witness())
    assert pupils(whole.folder)
    with pytest.raises(Interrupted) as caught:
        start(config(name="mine", **settings), Witness(interrupt_after=12))
    outcome = resume(caught.value.folder, Witness())
    assert front_of(outcome.folder) == front_of(whole.folder)
    assert pupils(outcome.folder) == pupils(whole.folder)


def test_show_lineage_and_card_name_the_teacher(here: Path) -> None:
    settings = {**TEACHING, "strategy": "nsga2", "keep_all": True}
    run = RunFolder.open(start(config(**settings), Witness()).folder)
    with closing(RunRecord.open(run.path, read_only=True)) as record:
        grown = {member.job: member.genome for member in record.adults()}
    pupil = next(genome for genome in pupils(run.path) if genome.id in grown.values())
    chosen = ChosenTeacher.of(pupil.birth)
    assert chosen is not None
    teacher = grown[chosen.job]
    assert re.search(
        rf"taught by +{teacher}  whose answers took [\d.]+ %", portrait(run, pupil.id)
    )
    told, genes = lineage_text(trace(run, pupil.id)), pupil.chromosomes["training"]
    share, temperature = genes["teaching_weight"], genes["teaching_temperature"]
    assert (
        f"teacher: {teacher}, {100 * share:.0f} % of the loss, temperature {temperature:.2g}\n"
        in told + "\n"
    )
    card = export_network(run, pupil.id, Demand(), here / "exported").card
    assert (card["taught_by"], card["teaching_weight"]) == (teacher, share)
    assert teacher in (here / "exported/README.md").read_text()


def test_a_damaged_snapshot_and_the_end_of_a_run_cost_no_teacher(here: Path) -> None:
    settings = {**TEACHING, "strategy": "nsga2"}
    longer = start(config(name="longer", generations=4, **settings), Witness())
    shorter = start(config(name="shorter", generations=3, **settings), Witness())
    (shorter.folder / "snapshots/000003.json.gz").write_bytes(b"cut short")
    resume(shorter.folder, Witness(), generations=4)
    assert front_of(shorter.folder) == front_of(longer.folder)
    assert pupils(shorter.folder) == pupils(longer.folder)


# -- from another run ----------------------------------------------------------------------------


def test_a_warm_start_founds_the_population_from_a_run(undisturbed: Ending) -> None:
    outcome = start(config(name="warm", warm_start="undisturbed", seed=1), Witness())
    fronted = {row["genome"] for row in undisturbed.front}
    with closing(RunRecord.open(undisturbed.folder, read_only=True)) as record:
        given = {record.genome(identity).chromosomes for identity in fronted}
    with closing(RunRecord.open(outcome.folder, read_only=True)) as record:
        founders = {g.chromosomes for g in record.store.genomes(generation=1) if g.sex == "male"}
        assert {genome.chromosomes for genome in record.founders()} >= given
    assert given <= founders


def test_a_warm_start_is_resumed_with_the_same_founders(undisturbed: Ending) -> None:
    """In the first generation there is no snapshot yet, and the other run may have gone."""
    settings = {"warm_start": "undisturbed", "seed": 1}
    whole = start(config(name="whole", **settings), Witness())
    with pytest.raises(Interrupted) as caught:
        start(config(name="mine", **settings), Witness(interrupt_after=2))
    undisturbed.folder.rename(undisturbed.folder.with_name("moved"))
    resume(caught.value.folder, Witness())
    assert front_of(caught.value.folder) == front_of(whole.folder)


def test_genomes_that_do_not_fit_are_refused(undisturbed: Ending, here: Path) -> None:
    settings = {"name": "warm", "warm_start": "undisturbed", "pins": {"architecture.dropout": 0.4}}
    with pytest.raises(BadInput, match=r"--warm-start .*undisturbed: .* do not fit"):
        start(config(**settings), Witness())
    assert not (here / "results/warm").exists()


def test_a_damaged_record_is_named_and_left_alone(undisturbed: Ending) -> None:
    database = undisturbed.folder / "run.sqlite"
    with closing(sqlite3.connect(database)) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(database.read_bytes())
    content[size : size * (pages // 2)] = b"\xff" * (size * (pages // 2) - size)
    database.write_bytes(content)
    with pytest.raises(BadInput, match=r"run\.sqlite is damaged"):
        resume(undisturbed.folder, Witness())
    assert database.read_bytes() == bytes(content)
