"""Carries out a search of a user's function: opens its record, runs it, words its end."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from evo.engine.all_failed import ALL_FAILED, commonest_reason
from evo.engine.engine import Engine
from evo.engine.listener import Listener
from evo.errors import BadInput
from evo.pareto.front import Front
from evo.pareto.open_axes import OpenAxes
from evo.problems.function_problem import FunctionProblem
from evo.python.result import Result, SearchFailed, make_result
from evo.record.earlier_versions import genes_apart, written_by
from evo.record.recorder import RunRecord
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.settings.function_config import FunctionConfig, differences, read_function_config
from evo.strategy import SearchContext, make_strategy
from fitness.evaluators.function import FunctionEvaluator
from runners.runner import Runner

UNFINISHED = ("", "minutes", ALL_FAILED)  # reasons after which the same call goes on
APPEARS_SECONDS = 2.0  # within which a folder that another process has just made becomes a run


@dataclass(frozen=True)
class FunctionRun:
    """A search ready to start."""

    config: FunctionConfig
    problem: FunctionProblem
    evaluator: FunctionEvaluator
    runner: Runner
    listener: Listener
    retry_failed: bool = False

    def in_memory(self) -> Result:
        """Carry the search out without leaving anything."""
        self.runner.start()
        return self.carry_out(RunRecord.in_memory(), None)

    def in_folder(self, results: Path, name: str | None) -> Result:
        """Start a run in a folder, or continue it if it is there."""
        text = self.config.to_toml(self.evaluator.function)
        record = self._record(results, name, text)
        path = record.folder.path
        with closing(record):
            written = record.folder.config.read_text(encoding="utf-8-sig")
            earlier = read_function_config(record.folder.config)
            if earlier is None:
                raise BadInput(f"{path} is a run of networks; choose another name")
            changed = differences(written, text)
            if not any(line.startswith("space ") for line in changed):  # else the call was changed
                self._check_genes(record, earlier.get("evo_version"))
            if changed:
                raise BadInput(
                    f"{path} was started with other arguments: {'; '.join(changed)}. Repeat the "
                    "call as it was, or choose another name."
                )
            ended = record.reason() not in (None, *UNFINISHED)
            if ended and _limits(written) == _limits(text) and not self._retries(record):
                return self._read(record)
            with record.folder.lock(), record.folder.logging():
                self.runner.start()  # as it was, if it is up
                record.folder.write_config(text)
                if self.retry_failed:
                    record.retry_failed()
                return self.carry_out(record, record.folder)

    def _record(self, results: Path, name: str | None, text: str) -> RunRecord:
        """Open the record of this name, or begin one; another process may begin it meanwhile."""
        if name is None or not RunFolder(results / name).database.is_file():
            self.runner.start()  # without workers, nothing is written
        while True:
            path = results / (name or _free_name(results))
            if RunFolder(path).database.is_file():
                return RunRecord.open(path)
            try:
                return RunRecord.create(path, text)
            except BadInput:
                if name is not None and not _appears(RunFolder(path).database):
                    raise  # the folder is no run, nor becomes one

    def _retries(self, record: RunRecord) -> bool:
        """Tell whether there are failed calls to be made again."""
        return self.retry_failed and any(s != "ok" for s in record.store.statuses().values())

    def _check_genes(self, record: RunRecord, version: str | None) -> None:
        """Raise `BadInput` if the population has other genes than this version uses."""
        last = record.finished_generations()
        genomes = record.store.genomes(last) if last else ()
        if apart := genes_apart(self.problem.space, genomes):
            raise BadInput(
                f"{record.folder.path} cannot go on: {apart}. It was made by "
                f"{written_by(version)}. Choose another name, or use the evo that started it. "
                "evo runs, evo plot, evo report and evo.load take the run as it is."
            )

    def carry_out(self, record: RunRecord, folder: RunFolder | None) -> Result:
        """Run the engine to its end on workers that are up, and gather what came of it."""
        front = Front(OpenAxes(self.config.plans))
        with closing(record), closing(self.runner):
            self.runner.listen(record.hear)
            engine = Engine(
                problem=self.problem,
                strategy=make_strategy(self.config.strategy, self._world(front)),
                runner=self.runner,
                record=record,
                front=front,
                limits=self.config.limits,
                listener=self.listener,
                overlap=self.config.overlap,
            )
            reason = engine.run()
            record.end(reason, front)
            result = self._result(record.store, front, reason, folder)
            why = commonest_reason(record.store.evaluations()) if reason == ALL_FAILED else ""
        if folder is not None:
            _draw(folder)
        if reason == ALL_FAILED:
            raise SearchFailed(_hopeless(why, folder), result)
        return result

    def _world(self, front: Front) -> SearchContext:
        return SearchContext(
            space=self.problem.space,
            axes=front.axes,
            settings=self.config.settings,
            seed=self.config.seed,
            costs=self.problem.costs,
            operators=self.config.operators,
        )

    def _read(self, record: RunRecord) -> Result:
        """Return the result of a run that is finished."""
        front = Front(OpenAxes(self.config.plans))
        front.axes.restore(record.axes())
        for member in record.adults():
            front.add(member)
        return self._result(record.store, front, record.reason() or "", record.folder)

    def _result(self, store: Store, front: Front, reason: str, folder: RunFolder | None) -> Result:
        path = folder.path if folder else None
        return make_result(store, front, self.config.parameters, reason, path)


def _limits(text: str) -> list[str]:
    names = ("budget_epochs", "generations", "minutes")
    return [line for line in text.splitlines() if line.startswith(names)]


def _hopeless(why: str, folder: RunFolder | None) -> str:
    """Say why a search stopped without a result, where the rest is, and what to do."""
    where = "this error's result.history" if folder is None else f"{folder.log}"
    again = "call" if folder is None else "call with this name and retry_failed=True"
    return (
        f"{why} The search stops: nothing has ever succeeded. All reasons are in {where}. Mend "
        f"it, then {again} again; if only few points can succeed, tell which by feasible=."
    )


def _free_name(results: Path) -> str:
    number = 1
    while (results / f"search-{number:03d}").exists():
        number += 1
    return f"search-{number:03d}"


def _draw(folder: RunFolder) -> None:
    from evo.plots import draw_figures
    from evo.report import write_report_if_possible

    draw_figures(folder.path)
    write_report_if_possible(folder)


def _appears(file: Path) -> bool:
    """Wait a moment for a file that another process may be about to make."""
    deadline = time.monotonic() + APPEARS_SECONDS
    while not file.is_file() and time.monotonic() < deadline:
        time.sleep(0.05)
    return file.is_file()
