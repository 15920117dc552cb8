"""`evo generate` as people meet it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from evo.export.folder import write_export
from genomes.networks.shrinking import shrink
from tests.command_line import answer
from tests.evo.exports import exported, random_export
from tests.genomes.networks.test_causal_gate import controlled


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_export(random_export("transformer", 4), tmp_path / "out")
    return tmp_path


def test_a_text_is_continued_on_stdout_alone(folder: Path) -> None:
    found = answer(folder, "generate", "out", "--prompt", "ab", "--tokens", "12", "--seed", "3")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("ab")
    assert len(found.out) == 2 + 12 + 1
    again = answer(folder, "generate", "out", "--prompt", "ab", "--tokens", "12", "--seed", "3")
    assert again.out == found.out


def test_bad_input_is_said_in_a_line(folder: Path) -> None:
    for arguments, message in (
        (("--prompt", "xyz"), "'x' at place 0 is not one of the 3 of the vocabulary"),
        (("--prompt", "a", "--temperature", "-1"), "--temperature: received -1.0, expected 0 or"),
        (
            ("--prompt", "a", "--tokens", "0"),
            "--tokens': Input should be greater than or equal to 1",
        ),
    ):
        found = answer(folder, "generate", "out", *arguments)
        assert (found.code, found.out) == (2, "")
        assert message in found.err
    assert answer(folder, "generate", "nowhere", "--prompt", "a").code == 2


@pytest.fixture
def gated(tmp_path: Path) -> Path:
    network = shrink(controlled(tokens=3).float())
    write_export(exported(network), tmp_path / "out")
    return tmp_path


def test_how_open_gates_were_is_drawn_by_token(gated: Path) -> None:
    asked = "generate", "out", "--prompt", "ab", "--tokens", "9", "--heat-map"
    found = answer(gated, *asked, "map")
    assert found.code == 0, found.err
    assert "Heat map: map.png, map.svg, map.csv" in found.err
    assert (gated / "map.png").read_bytes()[:4] == b"\x89PNG"
    with (gated / "map.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["token"] for row in rows[:8]] == list(found.out[2:10])
    assert len(rows) == 4 * 8
    assert all(0 <= float(row["open_share"]) <= 1 for row in rows)
    for name, message in (
        ("map", "map.png exists already"),
        ("other.png", "expected a name without an ending"),
        ("nowhere/map", "there is no folder nowhere"),
    ):
        refused = answer(gated, *asked, name)
        assert (refused.code, message in refused.err) == (2, True)


def test_without_gates_there_is_nothing_to_draw(tmp_path: Path) -> None:
    write_export(random_export("gru", 1), tmp_path / "out")
    found = answer(tmp_path, "generate", "out", "--prompt", "a", "--heat-map", "map")
    assert (found.code, "has no gates to be drawn" in found.err) == (2, True)


def test_how_open_gates_were_is_said_beside(gated: Path) -> None:
    asked = "generate", "out", "--prompt", "ab", "--tokens", "9", "--activity"
    found = answer(gated, *asked)
    assert found.code == 0, found.err
    lines = found.err.splitlines()
    assert lines[0] == "Open at 8 tokens"
    assert [line.split("  ")[0] for line in lines[2:]] == [
        "block0 heads", "block0 hidden", "block1 heads", "block1 hidden", "all",
    ]  # fmt: skip
    assert all(line.count("%") == 4 for line in lines[2:])
