from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

import pytest

from runners.worker_environment import cores, gpu_share, search_path, worker_environment


@pytest.mark.parametrize(
    ("workers", "gpus", "share"), [(1, 1, 1.0), (2, 1, 0.5), (3, 2, 0.5), (4, 8, 1.0)]
)
def test_shares_of_a_gpu_fit_whole_gpus(workers: int, gpus: int, share: float) -> None:
    assert gpu_share(workers, gpus) == share


def test_modules_added_to_the_path_are_found_but_not_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = sysconfig.get_path("purelib")
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), installed, f"{installed}/inner"])
    assert search_path().split(os.pathsep) == [str(Path.cwd()), str(tmp_path)]


def test_one_thread_a_worker() -> None:
    assert worker_environment()["OMP_NUM_THREADS"] == "1"
    assert cores() >= 1
