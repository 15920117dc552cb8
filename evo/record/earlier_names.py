"""Names that earlier versions of evo wrote, and what they are called now.

Settings, predictor genes, columns and keys of records of schemas 1 and 2, and states in snapshots
of format 1. What is read is translated; nothing is ever written under an old name.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

EPOCHS = ("juvenile_epochs", "adult_epochs")  # those of two stages; early ones 0 for a single one
SETTINGS: Mapping[str, str] = {
    "courtship": "promotion",
    "display": "mate_selection",
    "judges": "choosing_members",
    "jurors": "ensemble_members",
}
VALUES: Mapping[str, Mapping[str, str]] = {
    "promotion": {"foretelling": "ensemble", "vote": "ensemble"}
}
GENES: Mapping[str, str] = {
    **{f"watch_{part}": f"reads_{part}" for part in ("genome", "costs", "pedigree", "curve")},
    "watch_shown": "reads_shown",
    "watch_*": "reads_*",  # a pin of all of them
    "epochs_watched": "epochs_read",
    "prenatal_expression": "candidate_expression",
}
FIGURES: Mapping[str, str] = {
    **{f"jury_{name}": f"ensemble_{name}" for name in ("skill", "bias", "error", "slope")},
    "best_accuracy": "best_metric",
}
STATE: Mapping[str, str] = {
    "sisterhood": "predictors",
    "judged": "skill_records",
    "opinions": "ensemble",
    "verdicts": "scored_predictions",
    "archive": "history",
    "archive_skills": "history_skills",
    "archive_errors": "history_errors",
    "foretold": "predicted",
    "unborn": "candidate",
}
STATE_OF_FORMAT_1 = 1
SCHEMA_1, SCHEMA_2 = "1", "2"
EARLIER = (SCHEMA_1, SCHEMA_2)


def settings_as_now(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of a config file as this version names them."""
    found = {}
    for key, value in values.items():
        name = SETTINGS.get(key, key)
        if isinstance(value, str):
            value = VALUES.get(name, {}).get(value, value)
        found[name] = _pins_as_now(value) if name == "pins" else value
    return stages_as_now(found) if found.get("juvenile_epochs") else found


def stages_as_now(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings that say two stages by their earlier names as `stages`."""
    early, full = values.get("juvenile_epochs"), values.get("adult_epochs")
    if not isinstance(early, int) or not isinstance(full, int) or "stages" in values:
        return dict(values)
    kept = {key: value for key, value in values.items() if key not in EPOCHS}
    return {**kept, "stages": [early, full] if early else [full]} if early < full else dict(values)


def _pins_as_now(pins: Any) -> Any:
    """Rename pinned genes, in dotted names as well as in nested tables."""
    if not isinstance(pins, Mapping):
        return pins
    return {_dotted_as_now(name): _pins_as_now(value) for name, value in pins.items()}


def _dotted_as_now(name: str) -> str:
    *path, gene = name.split(".")
    return ".".join([*path, GENES.get(gene, gene)])


def state_as_now(state: Any) -> Any:
    """Return the state in a snapshot of format 1 under the keys of today."""
    if isinstance(state, list):
        return [state_as_now(item) for item in state]
    if not isinstance(state, dict):
        return state
    return {STATE.get(key, key): state_as_now(value) for key, value in state.items()}


def translate(connection: sqlite3.Connection, schema: str) -> None:
    """Let a connection to a record of an earlier schema be read as if it were of today's.

    Temporary views of the same names stand before the tables; the file is not touched. They show
    `rowid` as well, for rows are read in the order in which they were written.
    """
    connection.execute(
        "CREATE TEMP VIEW generations AS SELECT number, "
        f"{_renamed('summary', FIGURES)} AS summary, finished FROM main.generations"
    )
    connection.execute(
        "CREATE TEMP VIEW measurements AS SELECT rowid, genome, split, replicate, "
        "accuracy AS value FROM main.measurements"
    )
    if schema == SCHEMA_2:
        return
    connection.execute(
        "CREATE TEMP VIEW genomes AS SELECT rowid, id, generation, sex, parents, "
        f"{_renamed('json', GENES)} AS json FROM main.genomes"
    )
    connection.execute(
        "CREATE TEMP VIEW predictions AS SELECT rowid, generation, "
        "CASE female WHEN 'jury' THEN 'ensemble' ELSE female END AS female, male, "
        "CASE stage WHEN 'unborn' THEN 'candidate' ELSE stage END AS stage, "
        "foretold AS predicted FROM main.predictions"
    )


def _renamed(column: str, names: Mapping[str, str]) -> str:
    """Return the SQL that renames keys in a column of compact JSON."""
    text = column
    for old, new in _keys(names):
        text = f"""replace({text}, '"{old}":', '"{new}":')"""
    return text


def _keys(names: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return ((old, new) for old, new in names.items() if "*" not in old)
