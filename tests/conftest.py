"""What every test starts from: floating point as the standard has it, and Ctrl-C that is heard.

And who shares a process where tests run side by side (`make test`): those of a file, and all that
start a Ray, which two at a time would fight for cores.
"""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

STARTS_RAY = re.compile(r"""["']ray["']|runners\.ray|--workers["', ]+\d""")

# Started in the background, a shell's children ignore Ctrl-C, and so would theirs.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class NamedAtOnce:
    """Names what fails when it fails: a suite that is cut short prints no summary."""

    def __init__(self, config: pytest.Config) -> None:
        self._terminal = config.pluginmanager.get_plugin("terminalreporter")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self._terminal is not None:
            self._terminal.write_line(f"\n{report.when} failed: {report.nodeid}")
            self._terminal.write_line(report.longreprtext)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Have failures named, by the process that prints."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(NamedAtOnce(config))


class ByFile(LoadScopeScheduling):
    """Gives a process whole files, and one process all files that start a Ray.

    Not by marks of groups: xdist 3.8 writes these into names that pytest 9.2 does not read.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return "ray" if _starts_ray(self.config.rootpath / file) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Say which tests go to the same process."""
    return ByFile(config, log)


@pytest.fixture(scope="session")
def undisturbed_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny serial run that nobody disturbed; tests copy it, none changes it."""
    from tests.command_line import TINY, evo

    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "tiny.toml").write_text(TINY)
    evo(folder, "run", "tiny.toml", "--no-figures", "--runner", "serial", "--name", "undisturbed")
    return folder / "results/undisturbed"


@pytest.fixture(scope="module")
def one_ray() -> Iterator[None]:
    """Start a Ray that all runs of a module join, where a test is not about starting one."""
    import ray

    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@cache
def _starts_ray(path: Path) -> bool:
    return STARTS_RAY.search(path.read_text(encoding="utf-8")) is not None


@pytest.fixture(autouse=True)
def _subnormal_numbers_exist() -> Iterator[None]:
    """Undo what a training in this process leaves behind: it flushes subnormal numbers to zero."""
    yield
    if "torch" in sys.modules:
        import torch

        torch.set_flush_denormal(False)


@pytest.fixture(autouse=True)
def _modules_are_looked_for_where_they_were() -> Iterator[None]:
    """Take folders off the search path that a test's code put there: files in them hide others."""
    before = list(sys.path)
    yield
    sys.path[:] = before


@pytest.fixture(autouse=True)
def _no_run_is_open() -> None:
    """Forget the runs that earlier tests opened: an error is never explained by them."""
    opened = sys.modules.get("evo.record.run_folder")
    if opened is not None:
        opened.OPENED.clear()
