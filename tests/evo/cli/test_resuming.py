"""`evo resume` with options: refused as a whole, or followed from a lost cluster to a laptop."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from evo.settings.config import load_toml
from tests import command_line
from tests.command_line import (
    TINY,
    after_the_first_training,
    driving,
    history,
    typed,
)
from tests.ray_clusters import cluster

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    (folder / "tiny.toml").write_text(TINY)
    with driving(folder, "first", "--runner", "serial") as driver:
        driver.wait_until(after_the_first_training)
        driver.kill()
    return folder


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("--workers 0", "--workers: received 0, expected at least 1"),
        ("--workers many", "--workers: received 'many', expected auto or a whole number"),
        ("--runner rey", "--runner: received 'rey', expected one of 'ray' or 'serial'"),
        ("--runner serial --workers 3", "received runner 'serial' with workers=3"),
        ("--address auto", "Take runner 'ray' for more"),  # it is a serial run
        ("--runner ray --address nowhere", "received address 'nowhere', expected auto, HOST:PORT"),
        ("--runner ray --address 127.0.0.1:1", "nobody answers at 127.0.0.1:1"),
        ("--runner ray --gpus-per-worker 1.5", "gpus_per_worker=1.5, expected a share"),
        ("--runner ray --gpus-per-worker 2", "GPUs are asked for, but Ray sees none ("),
        ("--cpus-per-worker -1", "--cpus-per-worker: received -1.0, expected more than 0"),
        ("--job-timeout 0", "--job-timeout: received '0', expected auto, or seconds above 0"),
        ("--storage /dev/null", "--storage: cannot read there: /dev/null/first"),
        ("--logger mlfow", "unknown logger 'mlfow'"),
        ("--device cuda", "No such option: --device"),
        ("--seed 1", "No such option: --seed"),
    ],
)
def test_bad_input_changes_nothing(work: Path, options: str, text: str) -> None:
    before = (work / "results/first/config.toml").read_bytes()
    assert text in typed(work, "resume", "first", "--generations", "9", *options.split(), code=2)
    assert (work / "results/first/config.toml").read_bytes() == before


def test_bad_input_copies_no_mirror(work: Path) -> None:
    with driving(work, "away", "--runner", "serial", "--storage", "shared") as driver:
        driver.wait_until(lambda _: (work / "shared/away/run.sqlite").is_file())
        driver.kill()
    driver.folder.rename(work / "lost")
    said = typed(work, "resume", "shared/away", "--workers", "0", code=2)
    assert "--workers: received 0" in said
    assert not driver.folder.exists()


def test_from_a_cluster_that_is_lost_with_its_driver_to_a_laptop(
    work: Path, undisturbed_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": uuid.uuid4().hex}  # ours alone
    environment = {**command_line.ENVIRONMENT, **token}
    monkeypatch.setattr(command_line, "ENVIRONMENT", environment)
    with cluster(environment) as address, driving(work, "far", "--address", address) as driver:
        driver.wait_until(after_the_first_training)
        driver.kill()
    file = driver.folder / "config.toml"
    before = file.read_bytes()
    said = typed(work, "resume", "far", "--workers", "2", code=2)
    assert f"nobody answers at {address}" in said
    assert file.read_bytes() == before
    said = typed(work, "resume", "far", "--no-figures", "--address", "local", "--workers", "2")
    assert "Started a local Ray with 2 workers." in said
    assert history(driver.folder) == history(undisturbed_run)
    settings = load_toml(file)
    assert (settings.address, settings.workers) == (None, 2)
    shown = typed(work, "show", "far", "--events")
    assert shown.count("info     resumed with workers=2, address=local") == 1
