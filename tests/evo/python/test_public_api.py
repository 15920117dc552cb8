"""The names that `import evo` promises."""

import importlib
import subprocess
import sys

import pytest

import evo


@pytest.mark.parametrize("name", evo.__all__)
def test_every_name_can_be_had_again_and_again(name):
    first = getattr(evo, name)
    for home in (
        "evo.python.loading",
        "evo.running.session",
        "evo.errors",
        "evo.settings.config",
    ):
        importlib.import_module(home)
    assert getattr(evo, name) is first  # no submodule of the same name takes its place


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="has no attribute 'lod'"):
        evo.lod  # noqa: B018


def test_importing_evo_loads_nothing_heavy():
    code = "import sys, evo; print({'torch', 'ray', 'pandas', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
