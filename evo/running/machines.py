"""On which machines a run has been driven, in its record: a resume may be elsewhere."""

from __future__ import annotations

import json
from typing import Any

from evo.record.store import Store
from runners.machine import machine

KEY = "machines"  # of the record's facts


def record_machine(store: Store) -> None:
    """Add this machine to those of the run, unless it was the last one."""
    known, here = read_machines(store), machine()
    if known[-1:] != [here]:
        store.set_meta({KEY: json.dumps([*known, here])})


def read_machines(store: Store) -> list[dict[str, Any]]:
    """Return the drivers' machines, the first one first; none for runs that did not record it."""
    return list(json.loads(store.meta().get(KEY, "[]")))
