"""Which export belongs to which run."""

from __future__ import annotations

from pathlib import Path

import pytest

from evo.errors import BadInput
from evo.record.run_folder import RunFolder
from evo.stress.subjects import genome_of_card


def test_the_card_has_to_be_of_the_run(tmp_path: Path) -> None:
    run, exported = RunFolder(tmp_path / "first"), tmp_path / "out"
    assert genome_of_card({"genome": "m001-000", "run": "first"}, exported, run) == "m001-000"
    with pytest.raises(BadInput, match="is of run second, by its card; give that one"):
        genome_of_card({"genome": "m001-000", "run": "second"}, exported, run)
    for genome in (None, 3, ["m"]):
        with pytest.raises(BadInput, match="names no genome"):
            genome_of_card({"genome": genome, "run": "first"}, exported, run)
