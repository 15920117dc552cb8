"""What follows a run besides its screen: the mirror in a storage, and loggers.

They never delay the run; what fails becomes a warning in the run's record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from evo.engine.listener import RunListener
from evo.engine.logger import LoggerThread, figures_of, load_loggers
from evo.errors import BadInput, clause
from evo.files.atomic_file import RecordError
from evo.files.paths import run_argument
from evo.findings.events.unexpected import told
from evo.findings.front_table import read_front
from evo.record.recorder import RunRecord
from evo.record.run_folder import RunFolder
from evo.running.mirroring import Mirroring
from evo.settings.config import RunConfig, load_toml, metric_of
from evo.settings.function_config import read_function_config, readable
from evo.storage.claim import check_unclaimed
from evo.storage.places import StorageError, open_storage
from fitness.metric import Metric


@dataclass(frozen=True)
class Following:
    """What is to follow a run: a storage, and loggers, which are told its `settings` as texts."""

    storage: str | None = None
    loggers: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    metric: Metric | None = None  # whose unexpected results are told

    @classmethod
    def of(cls, config: RunConfig) -> Following:
        """Return what the config of a run of networks asks for."""
        texts = settings_of(config.model_dump(exclude_none=True))
        return cls(config.storage, config.loggers, texts, metric_of(config))

    @classmethod
    def of_function(cls, config: Mapping[str, Any]) -> Following:
        """Return what the config of a search of a user's function asks for."""
        loggers = tuple(config.get("loggers", ()))
        return cls(config.get("storage"), loggers, settings_of(readable(config)))

    @classmethod
    def of_run(cls, folder: RunFolder) -> Following:
        """Return what the config in a run's folder asks for."""
        function = read_function_config(folder.config)
        return cls.of(load_toml(folder.config)) if function is None else cls.of_function(function)


@dataclass(frozen=True)
class Followers:
    """Passes the engine's events on to a listener, the mirror and the loggers.

    `stop` before the record is closed, `close` after.
    """

    record: RunRecord
    listener: RunListener
    loggers: list[LoggerThread]
    mirror: Mirroring | None
    metric: Metric | None = None

    @classmethod
    def begin(cls, record: RunRecord, following: Following, listener: RunListener) -> Followers:
        """Start all that is to follow; raises `BadInput`. Nothing is mirrored yet."""
        loggers = start_loggers(record.folder, following)
        try:
            mirror = Mirroring.begin(record.folder, following.storage)
        except StorageError as error:
            raise BadInput(f"--storage: cannot write there: {error}") from error
        return cls(record, listener, loggers, mirror, following.metric)

    def request(self) -> None:
        """Request a sync of the mirror, if there is one; returns at once."""
        if self.mirror is not None:
            self.mirror.request()

    def progress(self, done: int, total: int, stage: str) -> None:
        """Pass it on."""
        self.listener.progress(done, total, stage)

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Pass it on, to all."""
        self.listener.generation(summary)
        number, figures = int(summary["generation"]), figures_of(summary)
        for logger in self.loggers:
            logger.tell(lambda logger: logger.generation(number, figures))
        self.request()
        for text in self._troubles():
            self.record.note("warning", text)
            self.listener.note(text)
        if self.metric is not None:
            for text in told(self.record.folder, self.metric, number):
                self.record.note("info", text)
                self.listener.note(text)

    def stop(self, *, finished: bool) -> None:
        """Wait for the loggers and the mirror, and record what failed."""
        troubles = [logger.close(finished=finished) for logger in self.loggers]
        if self.mirror is not None:
            self.mirror.stop()
        for text in filter(None, troubles):
            self.record.note("warning", text)
            self.listener.note(text)

    def close(self) -> None:
        """Mirror what was recorded last, and say so if that fails."""
        if self.mirror is not None and (failure := self.mirror.close()):
            self.listener.note(behind(self.record.folder, failure))

    def _troubles(self) -> Iterator[str]:
        for logger in self.loggers:
            if text := logger.failure():
                yield text
        if self.mirror is not None and (failure := self.mirror.trouble()):
            yield f"the storage is behind, tried again at the next generation: {failure}"


def behind(folder: RunFolder, failure: str) -> str:
    """Say that a mirror is not up to date at the end."""
    return (
        f"The storage is NOT up to date: {clause(failure)}. The run is whole in {folder.path}; "
        f"`evo resume {run_argument(folder.path)}` tries again."
    )


def start_loggers(folder: RunFolder, following: Following) -> list[LoggerThread]:
    """Start the loggers that are to follow a run, each in its thread."""
    return [
        LoggerThread(name, partial(module.make, folder.path, following.settings))
        for name, module in load_loggers(following.loggers).items()
    ]


def settings_of(config: Mapping[str, Any]) -> dict[str, str]:
    """Return what a config says as texts; tables have dotted names."""
    found: dict[str, str] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{key}": str(part) for key, part in value.items()}
        else:
            is_several = isinstance(value, tuple | list)
            found[name] = ",".join(map(str, value)) if is_several else str(value)
    return found


def publish(path: Path) -> list[str]:
    """Hand on what was drawn and written after a run had ended; return what failed."""
    folder = RunFolder(path)
    following = Following.of_run(folder)
    if not following.loggers and following.storage is None:
        return []
    try:
        with folder.lock():
            return [*_end_loggers(folder, following), *_mirror_once(folder, following.storage)]
    except (BadInput, RecordError) as error:
        return [str(error)]


def _end_loggers(folder: RunFolder, following: Following) -> list[str]:
    front = read_front(folder)
    pictures = sorted(folder.figures.glob("*.png"))
    threads = start_loggers(folder, following)
    for thread in threads:
        thread.tell(lambda logger: logger.end(front, pictures))
    return list(filter(None, (thread.close(finished=True) for thread in threads)))


def _mirror_once(folder: RunFolder, storage: str | None) -> list[str]:
    if storage is None:
        return []
    try:
        check_unclaimed(open_storage(storage, folder.name), folder.path)
        mirror = Mirroring.begin(folder, storage)
        failure = mirror.close() if mirror else None
    except (StorageError, BadInput) as error:
        failure = str(error)
    return [behind(folder, failure)] if failure else []
