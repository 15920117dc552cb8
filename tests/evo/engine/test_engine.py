"""The engine on a toy world with a real record: budgets, failures, and above all resuming.

Killing is simulated here by copying the run's folder at some moment: that is what `kill -9` leaves
behind. `tests/test_end_to_end.py` kills real processes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evo.engine.engine import Engine, Limits
from evo.engine.ledger import Ledger
from evo.pareto.front import Front, Member
from evo.record.recorder import RunRecord
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.strategy import (
    GenerationPlan,
    GenerationReport,
    Recall,
    Strategy,
    TrialRequest,
    make_strategy,
)
from fitness.evaluation import Evaluation, Evaluator, Job
from genomes.genes.gene import Record
from genomes.genes.genome import Genome
from runners.runner import Runner
from runners.serial import SerialRunner
from tests.evo.toy import AXES, EARLY, FULL, evaluate, toy_world
from tests.evo.toy_run import Ear, ToyEvaluator, ToyProblem, written_front

TIMINGS = ("engine_seconds", "training_seconds")
GENERATIONS = 3
WORLD_SEED = 9  # in 3 generations of which somebody diverges, and the front has several members
WHOLE = Limits(GENERATIONS)


# -- a toy run -----------------------------------------------------------------------------------


class Backwards(SerialRunner):
    """Answers in the opposite order, as a pool of workers might."""

    def submit(self, jobs: Sequence[Job]) -> None:
        super().submit(list(reversed(jobs)))


def engine_on(
    record: RunRecord,
    *,
    strategy: str | Strategy = "gendered",
    evaluator: Evaluator | None = None,
    runner: Callable[[Evaluator], Runner] = SerialRunner,
    limits: Limits = WHOLE,
    listener: Ear | None = None,
    overlap: int = 0,
    stages: tuple[int, ...] = (EARLY, FULL),
) -> Engine:
    """Return an engine for the toy world."""
    context = toy_world(WORLD_SEED, stages, population=6, sons=5, brood=3)
    return Engine(
        problem=ToyProblem(),
        strategy=make_strategy(strategy, context) if isinstance(strategy, str) else strategy,
        runner=runner(evaluator or ToyEvaluator()),
        record=record,
        front=Front(AXES),
        limits=limits,
        listener=listener or Ear(),
        overlap=overlap,
        stages=len(stages),
    )


def run(folder: Path, **settings: Any) -> str:
    """Start the toy run in this folder, or go on with it; return why it ended."""
    opened = RunRecord.open if folder.exists() else lambda f: RunRecord.create(f, "")
    with closing(opened(folder)) as record:
        return run_on(record, **settings)


def run_on(record: RunRecord, **settings: Any) -> str:
    engine = engine_on(record, **settings)
    reason = engine.run()
    record.end(reason, engine.front)
    return reason


def history(folder: Path) -> dict[str, Any]:
    """Return everything that a run has to repeat, as text: all but timings and events."""
    with closing(RunRecord.open(folder, read_only=True)) as record:
        store = record.store
        evaluations = [replace(e, costs={**e.costs, "seconds": 0}) for e in store.evaluations()]
        summaries = [
            {name: value for name, value in summary.items() if name not in TIMINGS}
            for summary in store.generations()
        ]
        last = record.folder.latest_snapshot(pytest.fail)
        return {
            "pareto.csv": record.folder.pareto.read_text(),
            "genomes": [genome.to_json() for genome in store.genomes()],
            "trials": store.trials(),
            "predictions": store.predictions(),
            "evaluations": sorted(map(repr, evaluations)),
            "summaries": json.dumps(summaries),
            "checkpoints": sorted(record.folder.checkpoints.names()),
            "strategy": last and json.dumps(last[1]["strategy"]),
        }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    assert run(folder) == "generations"
    return history(folder)


# -- an undisturbed run --------------------------------------------------------------------------


def test_the_toy_run_has_what_these_tests_are_about(undisturbed: dict[str, Any]) -> None:
    stages = {(trial.generation, trial.stage) for trial in undisturbed["trials"]}
    assert stages == {(n, s) for n in (1, 2, 3) for s in ("juvenile", "adult")}
    assert any("diverged" in text for text in undisturbed["evaluations"])
    assert not any("'failed'" in text for text in undisturbed["evaluations"])
    assert len(undisturbed["pareto.csv"].splitlines()) > 2


def test_the_order_of_the_answers_makes_no_difference(
    tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    run(tmp_path / "run", runner=Backwards)
    assert history(tmp_path / "run") == undisturbed


def test_the_listener_hears_of_every_training_and_every_generation(tmp_path: Path) -> None:
    ear = Ear()
    run(tmp_path / "run", listener=ear)
    assert [summary["generation"] for summary in ear.summaries] == [1, 2, 3]
    assert ear.heard[:6] == [(n, 6, "juvenile") for n in range(1, 7)]
    with closing(RunRecord.open(tmp_path / "run")) as record:
        assert record.store.generations() == ear.summaries


def test_failures_are_counted_and_the_run_goes_on(undisturbed: dict[str, Any]) -> None:
    diverged = {repr(text).split("job=")[1][1:22] for text in undisturbed["evaluations"]
                if "diverged" in text}  # fmt: skip
    asked = [trial for trial in undisturbed["trials"] if trial.evaluation in diverged]
    counted = [summary["failures"] for summary in json.loads(undisturbed["summaries"])]
    assert sum(failures.get("diverged", 0) for failures in counted) == len(asked) > 0
    on_front = {line.split(",")[0] for line in undisturbed["pareto.csv"].splitlines()}
    assert not on_front & {trial.genome for trial in asked}


# -- what is paid --------------------------------------------------------------------------------


def man(identity: str, width: int) -> Genome:
    genes = Record(width=width, rate=0.01, operation="good")
    return Genome(identity, "male", Record(parameters=genes, predictor=Record()))


class Scripted:
    """Asks for given trials, one list a generation."""

    def __init__(self, *generations: list[TrialRequest]) -> None:
        self.generations = generations
        self.told: list[Evaluation] = []

    def generation(self, number: int) -> GenerationPlan:
        trials = self.generations[number - 1]
        self.told += yield trials
        return GenerationReport(born=[trial.genome for trial in trials])

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        pass


def adults(*genomes: Genome) -> list[TrialRequest]:
    return [TrialRequest(genome, "adult", 0, FULL) for genome in genomes]


class NeverFails(ToyEvaluator):
    def evaluate(self, job: Job) -> Evaluation:
        self.asked.append(job)
        genome = Genome(job.genome, "male", job.expressed, birth=job.birth)
        return evaluate(genome, job.key, job.from_epoch, job.to_epoch)


def test_equal_genomes_are_trained_and_paid_once(tmp_path: Path) -> None:
    evaluator = NeverFails()
    script = Scripted(adults(man("a", 2), man("b", 4), man("c", 2)), adults(man("d", 4)))
    run(tmp_path / "run", strategy=script, evaluator=evaluator, limits=Limits(2))
    assert len(evaluator.asked) == 2
    assert [told.genome for told in script.told] == ["a", "b", "c", "d"]
    assert script.told[0].objectives == script.told[2].objectives
    with closing(RunRecord.open(tmp_path / "run")) as record:
        assert [s["epochs_spent"] for s in record.store.generations()] == [2 * FULL, 2 * FULL]
        assert {row["genome"] for row in written_front(record)} == {"a", "b"}


def grows_up_twice(folder: Path, *, needs_adults: bool) -> int:
    """Ask in the third generation for a twin of one whose weights are gone; count trainings."""
    evaluator = ToyEvaluator()
    first, better, twin = man("a", 4), man("b", 3), man("c", 4)
    with closing(RunRecord.create(folder, "")) as record:
        script = Scripted(adults(first), adults(better), adults(twin))
        engine = engine_on(record, strategy=script, evaluator=evaluator, limits=Limits(3))
        engine.needs_adults = needs_adults
        engine.front.add(Member("ideal", 0, "ideal", {"accuracy": 1.0, "active_parameters": 1.0}))
        engine.run()
    return len(evaluator.asked)


def test_who_may_have_children_is_trained_again_if_his_weights_were_given_up(
    tmp_path: Path,
) -> None:
    assert grows_up_twice(tmp_path / "plain", needs_adults=False) == 2
    assert grows_up_twice(tmp_path / "heirs", needs_adults=True) == 3


def test_the_strategy_is_told_without_weights(tmp_path: Path) -> None:
    """Else the archive would hold the weights of hundreds of males in memory."""
    script = Scripted(adults(man("a", 2)))
    run(tmp_path / "run", strategy=script, limits=Limits(1))
    assert script.told[0].status == "ok"
    assert script.told[0].checkpoint is None
    assert len(RunFolder(tmp_path / "run").checkpoints.names()) == 1


def test_a_ledger_pays_an_evaluation_once() -> None:
    costs = {"epochs": 4.0, "training_flops": 1e6, "seconds": 2.0}
    evaluation = Evaluation("k-0004", "g", "k", 0, 4, "ok", costs=costs)
    ledger = Ledger()
    ledger.pay(evaluation)
    ledger.pay(replace(evaluation, genome="twin"))
    assert (ledger.epochs, ledger.flops, ledger.seconds) == (4.0, 1e6, 2.0)
    ledger.pay(replace(evaluation, job="k-0008"))
    assert ledger.epochs == 8.0


# -- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("budget", [1, 5, EARLY * 6, 31, 32, 60])
def test_a_budget_is_never_exceeded_and_hardly_anything_is_left(
    tmp_path: Path, budget: int
) -> None:
    folder = tmp_path / "run"
    assert run(folder, limits=Limits(50, budget_epochs=budget)) == "budget"
    with closing(RunRecord.open(folder)) as record:
        spent = sum(e.costs["epochs"] for e in record.store.evaluations())
        assert spent <= budget  # what diverged at once costs nothing
        assert spent > budget - FULL  # what is left does not pay for the next training
        grown = [t for t in record.store.trials() if t.stage == "adult"]
        ok = {e.job for e in record.store.evaluations() if e.status == "ok"}
        front = {row["genome"] for row in written_front(record)}
    everybody = {t.genome for t in grown if t.evaluation in ok}
    assert front <= everybody
    assert bool(front) == bool(everybody)


def test_the_front_knows_who_grew_up_in_the_generation_that_the_budget_cut_short(
    tmp_path: Path,
) -> None:
    script = Scripted(adults(man("a", 2)), adults(man("b", 64), man("c", 8)))
    limits = Limits(2, budget_epochs=2 * FULL)
    evaluator = NeverFails()
    assert run(tmp_path / "run", strategy=script, evaluator=evaluator, limits=limits) == "budget"
    with closing(RunRecord.open(tmp_path / "run")) as record:
        assert [row["genome"] for row in written_front(record)] == ["a", "b"]


def test_killed_after_the_budget_was_spent_it_ends_the_same(tmp_path: Path) -> None:
    folder, limits = tmp_path / "run", Limits(50, budget_epochs=60)
    with closing(RunRecord.create(folder, "")) as record:
        assert engine_on(record, limits=limits).run() == "budget"
    before = history(folder)
    evaluator = ToyEvaluator()
    assert run(folder, limits=limits, evaluator=evaluator) == "budget"
    assert not evaluator.asked
    after = history(folder)
    assert set(after.pop("checkpoints")) <= set(before.pop("checkpoints"))  # now that it has ended
    assert after == before


def test_the_minutes_end_a_run_after_the_generation_in_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: dict[str, Any]
) -> None:
    clock = SimpleNamespace(now=0.0)
    for module in ("evo.engine.engine", "evo.engine.dispatch"):
        monkeypatch.setattr(f"{module}.time", SimpleNamespace(monotonic=lambda: clock.now))

    class Slow(ToyEvaluator):
        def evaluate(self, job: Job) -> Evaluation:
            clock.now += 10.0
            return super().evaluate(job)

    limits = Limits(GENERATIONS, minutes=0.5)
    folder = tmp_path / "run"
    assert run(folder, evaluator=Slow(), limits=limits) == "minutes"
    with closing(RunRecord.open(folder)) as record:
        assert record.finished_generations() == 1
        assert record.store.generations()[0]["engine_seconds"] == 0.0
    reasons = [run(folder, evaluator=Slow(), limits=limits) for _ in range(3)]
    assert reasons[-1] == "generations"  # every driver has its own minutes
    assert history(folder) == undisturbed


# -- interrupted, and gone on with ---------------------------------------------------------------

WRITES = [
    (kind, name)
    for kind, beginnings in (
        (Store, ("add_", "set_", "mark_", "forget_")),
        (RunFolder, ("write", "remove_")),
    )
    for name in vars(kind)
    if name.startswith(beginnings)
]


def before_every_write(
    monkeypatch: pytest.MonkeyPatch, tick: Callable[[Path], None], folder: Path
) -> None:
    """Call `tick` each time that anything is about to be written to store or folder."""
    for kind, name in WRITES:
        original = getattr(kind, name)

        def wrapped(*args: Any, _original: Any = original, **kwargs: Any) -> Any:
            tick(folder)
            return _original(*args, **kwargs)

        monkeypatch.setattr(kind, name, wrapped)


def copies(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, every: int, first: int = 0, **settings: Any
) -> list[Path]:
    """Run undisturbed; return copies of the folder as it was before every so many writes."""
    taken: list[Path] = []
    counter = iter(range(100_000))

    def tick(folder: Path) -> None:
        number = next(counter)
        if number % every == first % every and (folder / "run.sqlite").exists():
            taken.append(shutil.copytree(folder, tmp_path / f"copy-{number:04d}"))

    with closing(RunRecord.create(tmp_path / "run", "")) as record, monkeypatch.context() as patch:
        before_every_write(patch, tick, tmp_path / "run")
        run_on(record, **settings)
    return taken


def test_killed_at_any_moment_it_ends_as_if_undisturbed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: dict[str, Any]
) -> None:
    taken = copies(monkeypatch, tmp_path, 5)
    assert len(taken) > 16
    for folder in taken:
        assert run(folder) == "generations"
        assert history(folder) == undisturbed, folder.name
        shutil.rmtree(folder)
    assert history(tmp_path / "run") == undisturbed


@pytest.mark.parametrize("strategy", ["nsga2", "random"])
def test_other_strategies_can_be_killed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    taken = copies(monkeypatch, tmp_path, 9, strategy=strategy)
    expected = history(tmp_path / "run")
    for folder in taken:
        run(folder, strategy=strategy, runner=Backwards)
        assert history(folder) == expected, folder.name


def test_what_was_trained_is_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in copies(monkeypatch, tmp_path, 17, first=3):
        with closing(RunRecord.open(folder)) as record:
            known = {evaluation.job for evaluation in record.store.evaluations()}
        evaluator = ToyEvaluator()
        run(folder, evaluator=evaluator)
        assert not known & {job.name for job in evaluator.asked}, folder.name


class Broken(Exception):
    """What a defect would raise."""


@pytest.mark.parametrize("error", [KeyboardInterrupt, Broken])
@pytest.mark.parametrize("moment", [0, 18, 36, 38, 80])
def test_an_exception_at_any_moment_loses_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: dict[str, Any],
    moment: int,
    error: type[BaseException],
) -> None:
    folder = tmp_path / "run"
    counter = iter(range(100_000))

    def tick(_: Path) -> None:
        if next(counter) == moment:
            raise error

    with closing(RunRecord.create(folder, "")) as record, monkeypatch.context() as patch:
        before_every_write(patch, tick, folder)
        with pytest.raises(error):
            run_on(record)
    assert run(folder) == "generations"
    assert history(folder) == undisturbed


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9])
def test_ctrl_c_while_training_loses_nothing_but_the_job_in_flight(
    tmp_path: Path, undisturbed: dict[str, Any], share: float
) -> None:
    number = 1 + int(share * len(undisturbed["evaluations"]))

    class Interrupted(ToyEvaluator):
        def evaluate(self, job: Job) -> Evaluation:
            if len(self.asked) == number:
                raise KeyboardInterrupt
            return super().evaluate(job)

    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(folder, evaluator=Interrupted())
    with closing(RunRecord.open(folder)) as record:
        assert len(record.store.evaluations()) == number
    assert run(folder) == "generations"
    assert history(folder) == undisturbed


def damage(folder: Path, number: int) -> None:
    snapshot = folder / "snapshots" / f"{number:06d}.json.gz"
    snapshot.write_bytes(snapshot.read_bytes()[:40])


@pytest.mark.parametrize("damaged", [[3], [2, 3], [1, 2, 3]])
def test_damaged_snapshots_are_replayed(
    tmp_path: Path, undisturbed: dict[str, Any], damaged: list[int]
) -> None:
    folder = tmp_path / "run"
    run(folder)
    for number in damaged:
        damage(folder, number)
    assert run(folder) == "generations"
    assert history(folder) == undisturbed
    with closing(RunRecord.open(folder)) as record:
        events = [event.text for event in record.store.events() if event.level == "warning"]
    assert sum("snapshot" in text and "cannot be read" in text for text in events) == len(damaged)


def test_a_checkpoint_that_is_cut_is_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: dict[str, Any]
) -> None:
    """Juveniles of the generation in hand: their weights are needed to grow up."""
    for folder in copies(monkeypatch, tmp_path, 13):
        for file in (folder / "checkpoints").glob("*.safetensors"):
            file.write_bytes(file.read_bytes()[:-3])
        run(folder)
        found = history(folder)
        # Those of finished generations are needed by nobody who is to be trained.
        assert {**found, "checkpoints": 0} == {**undisturbed, "checkpoints": 0}, folder.name


def test_more_generations_later_equal_more_from_the_start(
    tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    run(tmp_path / "run", limits=Limits(1))
    run(tmp_path / "run", limits=Limits(2), runner=Backwards)
    run(tmp_path / "run")
    assert history(tmp_path / "run") == undisturbed
