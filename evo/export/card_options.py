"""What the card of an export says of its data, so that nobody has to say it again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evo.errors import BadInput
from evo.files.paths import shown
from evo.settings.config import build
from fitness.data.options import INFERRED, DataOptions
from fitness.data.task_reference import options_taken

KEY = "data_options"  # in card.json


def options_for(path: Path, card: Mapping[str, Any], task: str, given: DataOptions) -> DataOptions:
    """Return the card's options that a task takes, and over them those that were given.

    Cards of before state none. Raises BadInput, naming the file, for options that are none.
    """
    stated = card.get(KEY, {})
    if not isinstance(stated, dict):
        raise BadInput(f"{shown(path)}: {KEY} is no table of options")
    taken = options_taken(task)
    kept = {name: value for name, value in stated.items() if name in taken}
    try:
        of_card = DataOptions.of(build(kept)) if kept else INFERRED
    except BadInput as error:
        raise BadInput(f"{shown(path)}: {error}") from None
    return given.over(of_card)
