from __future__ import annotations

from pathlib import Path

import pytest

from evo.errors import BadInput
from evo.record import database


def test_a_database_appears_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TABLES", (*database.TABLES, "no SQL"))
    with pytest.raises(BadInput, match="syntax error"):
        database.create(tmp_path / "run.sqlite")
    assert list(tmp_path.iterdir()) == []
