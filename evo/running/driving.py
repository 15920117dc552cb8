"""What every run with a folder does around its engine: lock, log, mirror, loggers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from evo.engine.listener import RunListener
from evo.files.atomic_file import RecordError
from evo.record.recorder import RunRecord
from evo.running.followers import Followers, Following
from evo.running.forecasting import add_wall_seconds
from evo.running.machines import record_machine
from runners.runner import Runner


@contextmanager
def driven(
    record: RunRecord,
    runner: Runner,
    following: Following,
    listener: RunListener,
    *,
    config: str | None = None,
    note: str = "",
) -> Iterator[Followers]:
    """Be the driver of a run inside; afterwards record, runner and followers are closed.

    `config` is written once nothing is refused any more; `note` then goes into the record. Raises
    `BadInput` for followers that cannot begin, `RunBusy` if another process drives the run.
    """
    began = time.monotonic()
    with (
        record.folder.lock(),
        record.folder.logging(),
        closing(record),
        closing(Followers.begin(record, following, listener)) as followers,
    ):
        if config is not None:
            record.folder.write_config(config)
        if note:
            record.note("info", note)
        record_machine(record.store)
        followers.request()  # from the first moment on there is something to go on from
        try:
            runner.listen(record.hear)
            yield followers
        finally:
            try:
                runner.close()
            finally:  # a second Ctrl-C stops the workers' leave-taking, not the record's
                with suppress(RecordError):  # a full disk has been reported already
                    followers.stop(finished=bool(record.reason()))
                    add_wall_seconds(record.store, time.monotonic() - began)
                record.close()
