"""The examples of the documentation run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"


def test_the_example_of_search_api_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (DOCS / "search-api.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, "search-api.md", "exec"), names)
    assert names["result"].history["epochs_spent"].iloc[-1] <= 1_000
    assert names["result"].hypervolume > 0.5
    assert "hypervolume" in capsys.readouterr().out
