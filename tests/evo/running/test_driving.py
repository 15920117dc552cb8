"""A run as one value, and what goes on around its engine: on the toy world, without networks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from evo.engine.engine import Limits
from evo.errors import BadInput
from evo.pareto.front import Front
from evo.record.recorder import RunRecord
from evo.record.run_lock import RunBusy
from evo.running.assembly import Run
from evo.running.driving import driven
from evo.running.followers import Following
from evo.running.forecasting import WALL
from evo.settings.run_settings import RunSettings
from genomes.genes.genome import Genome, Space
from runners.serial import SerialRunner
from tests.evo.toy import AXES, toy_world
from tests.evo.toy_run import Ear, ToyEvaluator, ToyProblem


@dataclass(frozen=True)
class Toy(ToyProblem):
    """The toy world as a problem that a run searches."""

    space: Space = field(default_factory=lambda: toy_world().space)

    def costs(self, genome: Genome) -> Mapping[str, float]:
        return {}


class Closing(SerialRunner):
    """Counts how often it is closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


class Screen(Ear):
    """A listener of runs."""

    def started(self, folder: Path, text: str) -> None:
        pass

    def note(self, text: str) -> None:
        pass


def toy_run(**settings: Any) -> Run:
    given = {"strategy": "gendered", "seed": 3, "limits": Limits(2), **settings}
    breeding, evaluator = toy_world().settings, ToyEvaluator()
    run_settings = RunSettings(breeding=breeding, **given)
    return Run(run_settings, Toy(), evaluator, Closing(evaluator), AXES)


def carried_out(run: Run) -> list[tuple[str, str]]:
    """Carry a run out in memory; return its history."""
    record = RunRecord.in_memory()
    with closing(record):
        assert run.engine(record, Front(run.axes), Ear()).run() == "generations"
        return [(trial.genome, trial.evaluation) for trial in record.store.trials()]


def test_the_engine_gets_all_that_the_settings_say() -> None:
    first = carried_out(toy_run())
    assert first == carried_out(toy_run())
    for other in ({"seed": 4}, {"strategy": "random"}, {"limits": Limits(3)}):
        assert first != carried_out(toy_run(**other))
    run = toy_run(inherit="weights", overlap=2)
    engine = run.engine(RunRecord.in_memory(), Front(AXES), Ear())
    assert (engine.needs_adults, engine.overlap) == (True, 2)


def test_the_driver_locks_writes_the_config_and_closes_all(tmp_path: Path) -> None:
    record, run = RunRecord.create(tmp_path / "a", "old = 1\n"), toy_run()
    around = {"config": "new = 2\n", "note": "resumed with workers=2"}
    with driven(record, run.runner, Following(), Screen(), **around) as followers:
        with pytest.raises(RunBusy), RunRecord.open(tmp_path / "a").folder.lock():
            pass
        run.engine(record, Front(run.axes), followers).run()
    assert record.folder.config.read_text() == "new = 2\n"
    assert record.folder.driver() is None
    assert run.runner.closed == 1
    with closing(RunRecord.open(tmp_path / "a", read_only=True)) as found:
        assert "resumed with workers=2" in [event.text for event in found.store.events()]
        assert float(found.store.meta()[WALL]) > 0
        assert len(found.store.generations()) == 2


def test_a_follower_that_cannot_begin_leaves_the_config_as_it_was(tmp_path: Path) -> None:
    record, run = RunRecord.create(tmp_path / "a", "old = 1\n"), toy_run()
    following = Following(loggers=("paper",))
    with (
        pytest.raises(BadInput, match="unknown logger"),
        driven(record, run.runner, following, Screen(), config="new = 2\n"),
    ):
        raise AssertionError
    assert record.folder.config.read_text() == "old = 1\n"
    assert record.folder.driver() is None
