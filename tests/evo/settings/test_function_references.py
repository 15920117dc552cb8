"""Functions as text: what another process finds again, and what it cannot."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from deap import tools

from evo.errors import BadInput
from evo.settings.function_references import folders_of, found, plain_name, reference_to
from fitness.plugins import SCRIPTS, import_script

SCRIPT = """
from dataclasses import dataclass
from beside_it import double

@dataclass
class Point:
    x: "float"

def evaluate(x):
    return double(Point(x).x)

halved = lambda x: x / 2

class Study:
    @staticmethod
    def evaluate(x):
        return 3 * x

assert __name__ != "__main__"
"""


def here(x: float) -> float:
    return x


named = functools.partial(here, 1.0)


class Study:
    def method(self) -> None:
        """Do nothing."""

    @staticmethod
    def function() -> None:
        """Do nothing."""


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "beside_it.py").write_text("def double(x):\n    return 2 * x\n")
    file = tmp_path / "my script.py"
    file.write_text(SCRIPT)
    yield file
    SCRIPTS.pop(file, None)
    sys.modules.pop("beside_it", None)


@pytest.mark.parametrize(
    ("function", "written"),
    [
        (here, f"{__name__}:here"),
        (Study.function, f"{__name__}:Study.function"),
        (math.sqrt, "math:sqrt"),
        (tools.selSPEA2, "deap.tools.emo:selSPEA2"),
    ],
)
def test_a_function_of_a_module_is_found_again(function: Callable[..., Any], written: str) -> None:
    assert reference_to(function) == written
    assert found("evaluate", written) is function


@pytest.mark.parametrize("function", [lambda x: x, Study().method, functools.partial(here, 2.0)])
def test_what_has_no_name_in_a_module_is_not(function: Callable[..., Any]) -> None:
    def local() -> None:
        """Do nothing."""

    assert reference_to(function) is None
    assert reference_to(local) is None


def test_a_function_of_the_script_that_runs_is_found_in_its_file(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = ModuleType("__main__")
    main.__file__ = str(script)
    main.evaluate = evaluate = lambda x: x
    evaluate.__module__, evaluate.__qualname__ = "__main__", "evaluate"
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert reference_to(evaluate) == f"{script}:evaluate"
    assert found("evaluate", f"{script}:evaluate") is evaluate
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    again = found("evaluate", f"{script}:evaluate")
    assert again(2.0) == 4.0
    assert reference_to(again) == f"{script}:evaluate"
    assert found("costs", f"{script}:Study.evaluate")(1.0) == 3.0
    assert reference_to(import_script(script).halved) == f"{script}:halved"
    monkeypatch.setitem(sys.modules, "__main__", main)
    main.__file__ = str(script.parent / "gone.py")
    assert reference_to(evaluate) is None
    del main.__file__  # a notebook
    assert reference_to(evaluate) is None


def test_a_script_that_fails_leaves_nothing(script: Path) -> None:
    script.write_text("import os\nos.chdir('/')\nraise KeyError('x')")
    before, modules = Path.cwd(), set(sys.modules)
    with pytest.raises(BadInput, match=r"evaluate=.*script\.py:f: cannot import .*KeyError: 'x'"):
        found("evaluate", f"{script}:f")
    assert Path.cwd() == before
    assert {name for name in set(sys.modules) - modules if name.startswith("script_")} == set()
    assert script not in SCRIPTS


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("evaluate", "expected package.module:function"),
        ("my module:f", "expected package.module:function"),
        ("os:system('ls')", "expected package.module:function"),
        ("os:f if x else y", "expected package.module:function"),
        ("nowhere_at_all:f", "cannot import nowhere_at_all"),
        ("math:sqr", "unknown function 'sqr'. Did you mean 'sqrt'"),
        ("/nowhere/at_all.py:f", "there is no file /nowhere/at_all.py"),
    ],
)
def test_text_that_refers_to_nothing_is_refused(written: str, message: str) -> None:
    with pytest.raises(BadInput, match=f"costs.*{message.replace('(', '[(]')}"):
        found("costs", written)


def test_folders_are_those_of_ones_own_modules(script: Path) -> None:
    sys.path.insert(0, str(script.parent))
    import beside_it  # type: ignore[import-not-found]

    root = str(Path(__file__).resolve().parents[3])
    assert folders_of([beside_it.double, tools.selSPEA2, math.sqrt]) == [str(script.parent)]
    assert folders_of([here, lambda x: x]) == [root]
    assert folders_of([import_script(script).evaluate]) == []
    assert folders_of([reference_to]) == []  # evo's own
    sys.path.remove(str(script.parent))
    del sys.modules["beside_it"]
    assert found("costs", "beside_it:double", [str(script.parent)])(1) == 2


def test_earlier_names_are_the_same_for_a_moved_script() -> None:
    assert plain_name("deap.tools.emo:selSPEA2") == "deap.tools.emo.selSPEA2"
    assert plain_name("/one/search.py:Study.evaluate") == "__main__.Study.evaluate"
    assert plain_name("__main__.evaluate") == "__main__.evaluate"
