"""Where a run goes on: what computes it, and what keeps, follows and feeds it.

These settings may change whenever a run is resumed, for its history does not depend on them; only
if a `job_timeout` strikes it does, and the record says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evo.errors import BadInput
from evo.settings.config import RunConfig, load_toml
from evo.settings.values import LOCAL
from evo.storage.claim import check_moved, check_unclaimed
from evo.storage.places import open_storage
from genomes.genes.registry import suggest

PLACES = (
    "runner", "workers", "address", "cpus_per_worker", "gpus_per_worker", "ship", "job_timeout",
    "data_dir", "storage", "keep_all", "loggers",
)  # fmt: skip
NONE = {"workers": "auto", "address": LOCAL}  # how a setting that is None is given


def elsewhere(config_file: Path, places: Mapping[str, Any]) -> RunConfig:
    """Return a run's config with other places; raises `BadInput` for what is none, or is wrong."""
    for name in places:
        if name not in PLACES:
            raise BadInput(suggest("place to go on", name, PLACES))
    serial = places.get("runner") == "serial"  # it has no use for what only Ray takes
    return load_toml(config_file, {**(NONE if serial else {}), **places})


def places_in_words(config: RunConfig, places: Mapping[str, Any]) -> str:
    """Word, for the record, where a run goes on; empty if nothing was given."""
    words = [f"{name}={_worded(name, getattr(config, name))}" for name in places]
    return f"resumed with {', '.join(words)}" if words else ""


def _worded(name: str, value: Any) -> str:
    if value is None:
        return NONE.get(name, "none")
    return ",".join(value) if isinstance(value, tuple) else str(value)


def check_mirror(run: Path, storage: str | None, earlier: str | None) -> None:
    """Raise `BadInput` if a run whose storage was `earlier` must not be mirrored in `storage`."""
    if storage is None:
        return
    here = open_storage(storage, run.name)
    before = open_storage(earlier, run.name) if earlier is not None else None
    if before is not None and before.place == here.place:
        check_unclaimed(here, run)
    else:
        check_moved(here, run, before)
