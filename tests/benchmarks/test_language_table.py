"""The table of language models: intervals as by hand, equal sizes, a cache that resumes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.language.measuring import Row
from benchmarks.language.rivals import CHANGES, genes
from benchmarks.language.seed_statistics import difference, interval_of_d
from benchmarks.language_table import kept, table
from genomes.chromosomes.space import decode
from genomes.graph.interface import Interface

TEXT = Interface((16,), 63, None, tokens=63, per_position=True)


def row(rival: str, seed: int, bits: float) -> Row:
    return Row(rival, seed, 100, 1.0, 1e9, 1e6, 2.0**bits, bits, 1.0, 64)


def test_the_interval_of_no_difference_is_that_of_the_normal_distribution() -> None:
    low, high = interval_of_d(0.0, 5, 5)
    assert (low, high) == pytest.approx((-1.96 * 0.4**0.5, 1.96 * 0.4**0.5), abs=1e-3)
    low, high = interval_of_d(3.0, 5, 5)
    assert low < 3.0 < high
    assert low + high > 2 * 2.8  # skewed away from zero
    assert difference([1.0], [2.0, 3.0]) is None


def test_rivals_have_nearly_as_many_parameters() -> None:
    sizes = {name: decode(genes(name, TEXT), TEXT).dense_parameters() for name in CHANGES}
    assert all(abs(size / sizes["standard"] - 1.0) < 0.05 for size in sizes.values()), sizes


def test_what_the_cache_has_is_taken_under_the_same_settings_only(tmp_path: Path) -> None:
    path = tmp_path / "cache.jsonl"
    entries = [("a", row("gru", 0, 2.0)), ("b", row("gru", 1, 3.0))]
    lines = [json.dumps({"settings": said, "row": one.to_json()}) for said, one in entries]
    path.write_text("\n".join(lines))
    assert kept(path, "a") == {("gru", 0): entries[0][1]}
    assert kept(tmp_path / "none", "a") == {}


def test_differences_are_told_with_both_tests() -> None:
    rows = [row("standard", seed, 3.0 + seed / 100) for seed in range(5)]
    rows += [row("gru", seed, 2.0 + seed / 100) for seed in range(5)]
    assert "Welch" not in table(rows[:1], "head")
    found = [line for line in table(rows, "head").splitlines() if line.startswith("gru")]
    assert "2.020 ± 0.016" in found[0]
    assert found[1].split()[1] == "-1.000"
    assert found[1].split()[4] == "0.00794"  # 2 of 252 orders are as far apart
