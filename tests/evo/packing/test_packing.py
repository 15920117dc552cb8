"""A run packed into one ZIP: whole, checked when it is unpacked, and the same bytes again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pytest

from evo.packing.unpack import unpack
from evo.record.store import Store
from evo.running.machines import read_machines, record_machine
from runners.machine import machine
from tests.command_line import answer, history, typed

NAME = "undisturbed"
Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def work(undisturbed_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packing")
    shutil.copytree(undisturbed_run, folder / "results" / NAME)
    assert "undisturbed.zip" in typed(folder, "pack", NAME)
    return folder


def test_what_is_unpacked_is_the_run(work: Path, undisturbed_run: Path, tmp_path: Path) -> None:
    said = typed(tmp_path, "unpack", str(work / "undisturbed.zip"))
    assert "evo show undisturbed" in said
    run = tmp_path / "results" / NAME
    assert history(run) == history(undisturbed_run)
    told = json.loads((run / "manifest.json").read_text())
    assert {"config.toml", "pareto.csv", "report.html", "figures/front.png"} <= told[
        "files"
    ].keys()
    assert any(name.startswith("checkpoints/") for name in told["files"])
    assert (told["run"], told["machines"]) == (NAME, [machine()])
    assert {"torch", "numpy"} <= told["machines"][0]["packages"].keys()
    assert "This run is finished" in typed(tmp_path, "resume", NAME)


def test_the_same_record_gives_the_same_bytes(work: Path) -> None:
    before = (work / "undisturbed.zip").read_bytes()
    typed(work, "pack", NAME, "--overwrite")
    assert (work / "undisturbed.zip").read_bytes() == before
    assert sorted(path.name for path in work.iterdir()) == ["results", "undisturbed.zip"]


def changed(parts: Parts) -> Parts:
    return parts | {f"{NAME}/pareto.csv": b"genome\n"}


def without(parts: Parts) -> Parts:
    return {name: part for name, part in parts.items() if not name.endswith("config.toml")}


def added(parts: Parts) -> Parts:
    return parts | {f"{NAME}/../../stranger.py": b"print()"}


def of_two(parts: Parts) -> Parts:
    return parts | {"elsewhere/file": b""}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed, "pareto.csv is another file"),
        (without, "'config.toml' is in one of"),
        (added, "is in one of ZIP and manifest alone"),
        (of_two, "has no manifest.json of a packed run"),
    ],
)
def test_another_file_is_refused_and_leaves_nothing(
    work: Path, tmp_path: Path, change: Callable[[Parts], Parts], message: str
) -> None:
    with ZipFile(work / "undisturbed.zip") as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with ZipFile(tmp_path / "sent.zip", "w") as sent:
        for name, part in change(parts).items():
            sent.writestr(name, part)
    given = answer(tmp_path, "unpack", "sent.zip")
    assert (given.code, message in " ".join(given.err.split())) == (2, True), given.err
    results = tmp_path / "results"
    assert not results.exists() or not list(results.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pack", "nobody"), "there is no run 'nobody'"),
        (("pack", NAME), "undisturbed.zip exists already"),
        (("pack", NAME, "--output", "run.tar"), "expected a name that ends in .zip"),
        (("unpack", "undisturbed.zip"), "exists already"),
        (("unpack", "none.zip"), "there is no file none.zip"),
        (("unpack", f"results/{NAME}/pareto.csv"), "is no whole ZIP"),
    ],
)
def test_bad_input_is_said(work: Path, arguments: tuple[str, ...], message: str) -> None:
    given = answer(work, *arguments)
    assert (given.code, message in given.err) == (2, True), given.err


def test_a_run_keeps_each_machine_that_drove_it(tmp_path: Path) -> None:
    with closing(Store.create(tmp_path / "run.sqlite")) as store:
        assert read_machines(store) == []
        record_machine(store)
        record_machine(store)
        assert read_machines(store) == [machine()]


@pytest.mark.parametrize("place", [6, 40, 200])  # flags (1 is encrypted), names, contents
def test_a_damaged_zip_is_refused_and_leaves_nothing(
    work: Path, tmp_path: Path, place: int
) -> None:
    whole = bytearray((work / "undisturbed.zip").read_bytes())
    for header in (b"PK\x03\x04", b"PK\x01\x02"):
        at = whole.index(header) + (place + 2 * (header[2] == 1 and place == 6))
        whole[at] ^= 1
    (tmp_path / "sent.zip").write_bytes(whole)
    given = answer(tmp_path, "unpack", "sent.zip")
    assert given.code == 2, given.err
    results = tmp_path / "results"
    assert not results.exists() or not list(results.iterdir())


def test_a_zip_that_lacks_its_end_is_refused(work: Path, tmp_path: Path) -> None:
    whole = (work / "undisturbed.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="is no whole ZIP"):
        unpack(tmp_path / "cut.zip", tmp_path / "results")
