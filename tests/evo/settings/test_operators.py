"""Operators come from settings and plugins, and are checked before a run begins."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from deap import tools

from evo.errors import BadInput
from evo.settings.config import RunConfig, build, load_toml, parse_operator, to_toml
from evo.settings.operators import check_operators, exchangeable, load_operators
from fitness.plugins import import_plugins

PLUGIN = """
from deap import tools
EXCHANGED_OPERATORS = {"survive": tools.selSPEA2, "select_parents": "deap.tools:selRandom"}
class Choice:
    @staticmethod
    def newest(individuals, k):
        return individuals[-k:]
limit = 3
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "their_operators.py").write_text(PLUGIN)
    (tmp_path / "broken_operators.py").write_text("1 / 0\n")
    (tmp_path / "leaving_operators.py").write_text("import sys; sys.exit(3)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != ""])
    for name in ("their_operators", "broken_operators", "leaving_operators"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def config(**values: Any) -> RunConfig:
    return build({"strategy": "nsga2", **values})


def test_a_named_function_takes_the_place() -> None:
    assert load_operators(config(operators={"survive": "deap.tools:selSPEA2"})) == {
        "survive": tools.selSPEA2
    }
    assert load_operators(config()) == {}


def test_it_is_looked_for_in_the_current_folder_and_may_be_an_attribute() -> None:
    found = load_operators(config(operators={"survive": "their_operators:Choice.newest"}))
    assert found["survive"]([1, 2, 3], 2) == [2, 3]


def test_a_plugin_exchanges_operators_and_what_is_named_wins_over_it() -> None:
    import_plugins(["their_operators"])
    plugged = config(plugins=("their_operators",))
    assert load_operators(plugged) == {
        "survive": tools.selSPEA2,
        "select_parents": tools.selRandom,
    }
    named = config(plugins=("their_operators",), operators={"survive": "deap.tools:selNSGA2"})
    assert load_operators(named)["survive"] is tools.selNSGA2
    assert load_operators(config()) == {}, "a plugin that a run does not name changes nothing"


@pytest.mark.parametrize(
    ("name", "written", "why"),
    [
        ("surive", "deap.tools:selSPEA2", "unknown operator of strategy nsga2 'surive'. Did you "
         "mean 'survive'? Available: mate, mutate, sample, select_parents, survive."),
        ("promote", "deap.tools:selSPEA2", "unknown operator of strategy nsga2 'promote'"),
        ("survive", "no.such:f", "operator survive=no.such:f: cannot import no.such: "
         "ModuleNotFoundError: No module named 'no'"),
        ("survive", "broken_operators:f", "cannot import broken_operators: ZeroDivisionError"),
        ("survive", "leaving_operators:f", "cannot import leaving_operators: SystemExit: 3"),
        ("survive", "deap.tools:selSPEA", "operator survive=deap.tools:selSPEA: unknown function "
         "'selSPEA'. Did you mean 'selSPEA2'?"),
        ("survive", "their_operators:Choice.best", "unknown function 'Choice.best'"),
        ("survive", "deap.tools.selSPEA2", "received 'deap.tools.selSPEA2', expected "
         "package.module:function"),
        ("survive", "my file:f", "expected package.module:function"),
        ("survive", "my file.py:f", "there is no file"),
        ("survive", "their_operators:limit", "received operator survive=3 of type int, expected a "
         "function"),
        ("survive", "deap.tools:selNSGA3", "cannot be called with (individuals, k): missing a "
         "required argument: 'ref_points'"),
        ("mate", "deap.tools:cxOnePoint", "cannot be called with (context, dominant, other, rng)"),
    ],
)  # fmt: skip
def test_what_cannot_take_the_place_is_refused(name: str, written: str, why: str) -> None:
    with pytest.raises(BadInput) as refused:
        load_operators(config(operators={name: written}))
    assert why in str(refused.value)


def test_functions_are_taken_as_they_are() -> None:
    survive = partial(tools.selTournament, tournsize=2)
    assert check_operators("gendered", {"survive": survive}) == {"survive": survive}
    with pytest.raises(BadInput, match="received operator survive=None of type None"):
        check_operators("gendered", {"survive": None})


def test_what_a_strategy_of_a_plugin_uses_is_exchangeable_as_far_as_it_is_known() -> None:
    assert exchangeable("random") == ["sample"]
    assert "survive_females" in exchangeable("gendered")


def test_the_table_of_a_file_is_kept_and_the_command_line_wins(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(
        'strategy = "nsga2"\n[operators]\nsurvive = "deap.tools:selSPEA2"\nsample = "a:b"\n'
    )
    assert load_toml(file).operators == {"survive": "deap.tools:selSPEA2", "sample": "a:b"}
    given = load_toml(file, {"operators": {"survive": "x:y"}})
    assert given.operators == {"survive": "x:y", "sample": "a:b"}
    file.write_text(to_toml(given))
    assert load_toml(file) == given
    assert "operators" not in to_toml(config())


def test_a_table_with_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text("[operators]\nsurvive = 3\n")
    with pytest.raises(BadInput, match=r"operators.survive: received 3, expected a text"):
        load_toml(file)


def test_an_option_names_an_operator_and_a_function() -> None:
    assert parse_operator("survive = deap.tools:selSPEA2") == ("survive", "deap.tools:selSPEA2")
    for text in ("survive", "survive=", "=deap.tools:selSPEA2"):
        with pytest.raises(BadInput, match=r"expected NAME=package\.module:function"):
            parse_operator(text)
