"""The config of a sweep: written, read back, held against another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evo.errors import BadInput
from evo.settings.config import build, load_toml
from evo.sweeps.grid import Grid
from evo.sweeps.plan import Sweep, begun, find_sweep, folder_of, read_sweep

GRID = Grid((0.3, 0.9), ("linear", "one-shot"), 2)
SWEEP = Sweep(build({"task": "digits", "mechanisms": (), "pins": {"a.b": 1}}), GRID, 3)


def written(folder: Path, sweep: Sweep) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(sweep.to_toml())
    return folder


@pytest.mark.parametrize(
    "sweep", [SWEEP, replace(SWEEP, genome="/runs/first/m001-002", granularity="channel")]
)
def test_what_is_written_is_read_back(tmp_path: Path, sweep: Sweep) -> None:
    folder = written(tmp_path / "s", sweep)
    found = read_sweep(folder / "config.toml")
    assert found.differences(sweep) == []
    assert (found.grid, found.epochs, found.genome) == (GRID, 3, sweep.genome)
    assert found.training.pins == {"a.b": 1}
    assert found.training.mechanisms == ()


def test_a_run_is_no_sweep_and_a_sweep_no_run(tmp_path: Path) -> None:
    folder = written(tmp_path / "s", SWEEP)
    with pytest.raises(BadInput, match=r"belongs to a sweep.*`evo sweep "):
        load_toml(folder / "config.toml")
    (tmp_path / "run.toml").write_text('task = "digits"\n')
    with pytest.raises(BadInput, match=r"run\.toml is not the config of a sweep"):
        read_sweep(tmp_path / "run.toml")
    assert find_sweep("s", tmp_path) == folder
    assert find_sweep("other", tmp_path) is None


def test_a_damaged_config_is_named(tmp_path: Path) -> None:
    folder = written(tmp_path / "s", SWEEP)
    text = (folder / "config.toml").read_text()
    (folder / "config.toml").write_text(text.replace("seeds = 2", ""))
    with pytest.raises(BadInput, match=r"config\.toml is damaged: 'seeds'"):
        read_sweep(folder / "config.toml")


def test_a_grid_may_grow_under_the_same_name_but_the_network_stays(tmp_path: Path) -> None:
    written(tmp_path / "s", SWEEP.named("s"))
    wider = replace(SWEEP.named("s"), grid=Grid((0.1,), ("cubic",), 9))
    assert folder_of(wider, tmp_path) == tmp_path / "s"
    with pytest.raises(BadInput, match=r"another sweep: epochs was 3, now 4\. .*evo resume"):
        folder_of(replace(wider, epochs=4), tmp_path)
    (tmp_path / "t").mkdir()
    (tmp_path / "t/lock").touch()
    assert folder_of(SWEEP.named("t"), tmp_path) == tmp_path / "t"  # killed before it began
    (tmp_path / "t/mine.txt").touch()
    with pytest.raises(BadInput, match="exists already and is no sweep"):
        folder_of(SWEEP.named("t"), tmp_path)


def test_without_a_name_the_same_sweep_is_found_again(tmp_path: Path) -> None:
    first = folder_of(SWEEP, tmp_path)
    assert first.name == "sweep-digits-001"
    written(first, SWEEP.named(first.name))
    assert folder_of(SWEEP, tmp_path) == first
    assert folder_of(replace(SWEEP, epochs=4), tmp_path).name == "sweep-digits-002"


def test_it_goes_on_elsewhere_but_not_otherwise(tmp_path: Path) -> None:
    folder = written(tmp_path / "s", SWEEP)
    assert begun(folder, {"runner": "serial"}).training.runner == "serial"
    with pytest.raises(BadInput, match="is a sweep: --generations means nothing"):
        begun(folder, {"generations": 3})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "received --epochs 0, expected at least 1"),
        ({"granularity": "layer"}, "received --granularity 'layer', expected channel or weight"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        replace(SWEEP, **changes)  # type: ignore[arg-type]
