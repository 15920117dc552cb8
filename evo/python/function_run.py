"""Carries out a search of a user's function: opens its record, runs it, words its end."""

from __future__ import annotations

import time
import tomllib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evo.engine.all_failed import ALL_FAILED, commonest_reason
from evo.engine.listener import Listener, RunListener
from evo.errors import BadInput
from evo.files.paths import run_argument
from evo.pareto.front import Front
from evo.python.result import Result, SearchFailed, make_result
from evo.record.earlier_versions import genes_apart, written_by
from evo.record.recorder import RunRecord
from evo.record.run_folder import RunFolder
from evo.running.assembly import Run
from evo.running.driving import driven
from evo.running.fetching import fetch_to
from evo.running.followers import Following, publish
from evo.running.forecasting import Forecasting
from evo.running.free_folder import numbered_folder
from evo.settings.function_config import (
    ONLY_BY_CALL,
    PLACES,
    FunctionConfig,
    differences,
    read_function_config,
)
from evo.settings.places import check_mirror
from evo.storage.claim import check_free
from evo.storage.places import open_storage

FINISHED = "The search is finished: it does not go on, here or elsewhere."
UNFINISHED = ("", "minutes", ALL_FAILED)  # reasons after which the same call goes on
APPEARS_SECONDS = 2.0  # within which a folder that another process has just made becomes a run


@dataclass(frozen=True)
class FunctionRun:
    """A search ready to start."""

    config: FunctionConfig
    run: Run
    listener: RunListener
    retry_failed: bool = False

    def in_memory(self) -> Result:
        """Carry the search out without leaving anything."""
        runner = self.run.runner
        runner.start()
        record = RunRecord.in_memory()
        with closing(record), closing(runner):
            runner.listen(record.hear)
            front, reason = self._to_the_end(record, self.listener)
            result = self._result(record, front, reason, None)
            if reason == ALL_FAILED:
                why = commonest_reason(record.store.evaluations())
                raise SearchFailed(_hopeless(why, "this error's result.history", "call"), result)
        return result

    def in_folder(self, results: Path, name: str | None) -> Result:
        """Start a run in a folder, or continue it if it is there."""
        places, runner = self.config.places, self.run.runner
        text = self.config.to_toml()
        asked = tomllib.loads(text)
        record = self._record(results, name, text)
        folder = record.folder
        with closing(record):
            earlier = self._checked(record, text)
            if self._is_over(record, text):
                if any(earlier.get(name) != asked.get(name) for name in PLACES):
                    self.listener.note(FINISHED)
                return self._read(record)
            with folder.lock():
                check_mirror(folder.path, places.storage, earlier.get("storage"))
            said = runner.start()  # as it was, if it is up
            following = Following.of_function(asked)
            record.keep_all = places.keep_all
            with driven(record, runner, following, self.listener, config=text) as followers:
                self.listener.started(folder.path, said)
                if self.retry_failed:
                    record.retry_failed()
                settings, workers = self.run.settings, runner.size
                forecasting = Forecasting(followers, record.store, settings, workers)
                front, reason = self._to_the_end(record, forecasting)
                result = self._result(record, front, reason, folder)
                why = commonest_reason(record.store.evaluations()) if reason == ALL_FAILED else ""
        self._draw(folder)
        if reason == ALL_FAILED:
            raise SearchFailed(_hopeless(why, str(folder.log), _again(folder, text)), result)
        return result

    def _record(self, results: Path, name: str | None, text: str) -> RunRecord:
        """Open the record of this name, or begin one; another process may begin it meanwhile."""
        storage = self.config.places.storage
        if name is not None and storage is not None:
            fetch_to(open_storage(storage, name), results / name)
        if name is None or not RunFolder(results / name).database.is_file():
            if name is not None and storage is not None:
                check_free(open_storage(storage, name), name)
            self.run.runner.start()  # without workers, nothing is written
        while True:
            path = results / name if name else numbered_folder(results, "search", storage)
            if RunFolder(path).database.is_file():
                return RunRecord.open(path)
            try:
                return RunRecord.create(path, text)
            except BadInput:
                if name is not None and not _appears(RunFolder(path).database):
                    raise  # the folder is no run, nor becomes one

    def _checked(self, record: RunRecord, text: str) -> dict[str, Any]:
        """Return the config of a record; raise `BadInput` if it belongs to another call."""
        path, config = record.folder.path, record.folder.config
        earlier = read_function_config(config)
        if earlier is None:
            raise BadInput(f"{path} is a run of networks; choose another name")
        changed = differences(config.read_text(encoding="utf-8-sig"), text)
        if not any(line.startswith("space ") for line in changed):  # else the call was changed
            self._check_genes(record, earlier.get("evo_version"))
        if changed:
            raise BadInput(
                f"{path} was started with other arguments: {'; '.join(changed)}. Repeat the "
                "call as it was, or choose another name."
            )
        return earlier

    def _is_over(self, record: RunRecord, text: str) -> bool:
        """Tell whether this call has nothing left to do."""
        written = record.folder.config.read_text(encoding="utf-8-sig")
        ended = record.reason() not in (None, *UNFINISHED)
        return ended and _limits(written) == _limits(text) and not self._retries(record)

    def _retries(self, record: RunRecord) -> bool:
        """Tell whether there are failed calls to be made again."""
        return self.retry_failed and any(s != "ok" for s in record.store.statuses().values())

    def _check_genes(self, record: RunRecord, version: str | None) -> None:
        """Raise `BadInput` if the population has other genes than this version uses."""
        last = record.finished_generations()
        genomes = record.store.genomes(last) if last else ()
        if apart := genes_apart(self.run.problem.space, genomes):
            raise BadInput(
                f"{record.folder.path} cannot go on: {apart}. It was made by "
                f"{written_by(version)}. Choose another name, or use the evo that started it. "
                "evo runs, evo plot, evo report and evo.load take the run as it is."
            )

    def _to_the_end(self, record: RunRecord, listener: Listener) -> tuple[Front, str]:
        """Run the engine on workers that are up; return the front and why it ended."""
        front = Front(self.run.axes)
        reason = self.run.engine(record, front, listener).run()
        record.end(reason, front)
        return front, reason

    def _read(self, record: RunRecord) -> Result:
        """Return the result of a run that is finished."""
        front = Front(self.run.axes)
        front.axes.restore(record.axes())
        for member in record.adults():
            front.add(member)
        return self._result(record, front, record.reason() or "", record.folder)

    def _result(
        self, record: RunRecord, front: Front, reason: str, folder: RunFolder | None
    ) -> Result:
        path = folder.path if folder else None
        return make_result(record.store, front, self.config.parameters, reason, path)

    def _draw(self, folder: RunFolder) -> None:
        """Draw figures and report, and hand them on to mirror and loggers."""
        from evo.plots import draw_figures  # with matplotlib, which a search in memory leaves out
        from evo.report import write_report_if_possible

        draw_figures(folder.path)
        write_report_if_possible(folder)
        for text in publish(folder.path):
            self.listener.note(text)


def _limits(text: str) -> list[str]:
    names = ("budget_epochs", "generations", "minutes")
    return [line for line in text.splitlines() if line.startswith(names)]


def _again(folder: RunFolder, config: str) -> str:
    """Say how a search in a folder is to be repeated."""
    call = "call with this name and retry_failed=True"
    if ONLY_BY_CALL in tomllib.loads(config):
        return call
    return f"`evo resume {run_argument(folder.path)} --retry-failed`, or {call}"


def _hopeless(why: str, where: str, again: str) -> str:
    """Say why a search stopped without a result, where the rest is, and what to do."""
    return (
        f"{why} The search stops: nothing has ever succeeded. All reasons are in {where}. Mend "
        f"it, then {again} again; if only few points can succeed, tell which by feasible=."
    )


def _appears(file: Path) -> bool:
    """Wait a moment for a file that another process may be about to make."""
    deadline = time.monotonic() + APPEARS_SECONDS
    while not file.is_file() and time.monotonic() < deadline:
        time.sleep(0.05)
    return file.is_file()
