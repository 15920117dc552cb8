from __future__ import annotations

import subprocess
import sys

import pytest

from genomes.genes.registry import UnknownName
from runners.choose import make_runner
from runners.serial import SerialRunner
from tests.runners.toys import Sums


def test_the_serial_runner_by_name() -> None:
    assert isinstance(make_runner("serial", Sums(), workers=1), SerialRunner)


def test_an_unknown_name_lists_what_exists() -> None:
    with pytest.raises(UnknownName, match=r"'seriel'.*Did you mean 'serial'.*ray, serial"):
        make_runner("seriel", Sums())


def test_settings_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"workers=4.*runner 'ray'"):
        make_runner("serial", Sums(), workers=4)
    with pytest.raises(ValueError, match="workers=0, expected at least 1"):
        make_runner("ray", Sums(), workers=0)
    with pytest.raises(ValueError, match="hard_limit_seconds=0"):
        make_runner("ray", Sums(), hard_limit_seconds=0)


def test_ray_is_imported_only_when_chosen() -> None:
    program = (
        "import sys; from runners.choose import make_runner; make_runner('serial', None); "
        "assert 'ray' not in sys.modules and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
