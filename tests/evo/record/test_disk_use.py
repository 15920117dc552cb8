"""What a run takes on disk, by kind."""

from __future__ import annotations

from pathlib import Path

from evo.record.disk_use import disk_text, disk_use
from evo.record.run_folder import RunFolder


def test_every_file_is_counted_once(tmp_path: Path) -> None:
    files = {
        "run.sqlite": 1000, "config.toml": 24, "checkpoints/a.safetensors": 2000,
        "snapshots/000001.json.gz": 30, "figures/front.png": 400, "report.html": 100,
        "run.log": 7, "tensorboard/events": 3, "mlflow/store/0/meta.yaml": 1,
    }  # fmt: skip
    for name, size in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bytes(size))
    found = disk_use(RunFolder(tmp_path))
    assert found == {
        "record": 1024, "checkpoints": 2000, "snapshots": 30, "figures and report": 500,
        "logs": 11,
    }  # fmt: skip
    assert sum(found.values()) == sum(files.values())
    assert disk_text(RunFolder(tmp_path)) == (
        "3.56 kB: record 1.02 kB, checkpoints 2 kB, snapshots 30 bytes, figures and report "
        "500 bytes, logs 11 bytes"
    )


def test_an_empty_folder_takes_nothing(tmp_path: Path) -> None:
    assert disk_text(RunFolder(tmp_path)).startswith("0 bytes")
