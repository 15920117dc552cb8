from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runners import versions as module
from runners.versions import differences, source_hash, versions

ROOT = Path(__file__).parents[2]


def test_what_differs_is_named_with_both_values() -> None:
    ours = {"Python": "3.11", "torch": "2.8.0"}
    assert differences(ours, dict(ours)) == ""
    assert differences(ours, {"Python": "3.12"}) == (
        "Python 3.11 here, 3.12 there; torch 2.8.0 here, none there"
    )


def test_this_process_has_versions_and_a_hash_of_its_sources() -> None:
    found = versions()
    assert found["Python"] == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert found["torch"][0].isdigit()
    assert len(found["evo's code"]) == 12


def test_another_source_has_another_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.py").write_text("x = 1\n")
    monkeypatch.setattr("genomes.__path__", [str(tmp_path)])
    before = source_hash()
    (tmp_path / "one.py").write_text("x = 2\n")
    assert source_hash() != before


def test_neither_torch_nor_ray_is_loaded() -> None:
    program = (
        "import sys; from runners.versions import versions; versions(); "
        "assert not {'torch', 'ray', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
    assert module.PACKAGES == ("fitness", "genomes", "runners")
