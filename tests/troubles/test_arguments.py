"""What strangers met: nonsense in an argument of `evo.search` was taken, or broke a search in its
middle. It is checked at the call by the rules of the command line, before any call."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evo
from tests.evo.function_space import OBJECTIVES, SPACE, Function

X = {"x": evo.Real(0.0, 1.0)}


def search(function: Any = None, **changes: Any) -> evo.Result:
    arguments: dict[str, Any] = {
        "objectives": OBJECTIVES,
        "epochs": (2, 8),
        "budget_epochs": 30,
        "population": 4,
        "settings": {"females": 2, "daughters": 1, "brood": 2},
    }
    space = changes.pop("space", SPACE)
    return evo.search(space, function or Function(), **{**arguments, **changes})


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"epochs": 1.0}, r"received epochs=1\.0, expected a positive whole number"),
    ({"epochs": (1, 2.0)}, r"received epochs=\(1, 2\.0\)"),
    ({"epochs": (1, 2, 2)}, r"received epochs=\(1, 2, 2\)"),
    ({"epochs": (0, 2, 3)}, r"received epochs=\(0, 2, 3\)"),
    ({"epochs": ()}, r"received epochs=\(\)"),
    ({"epochs": "12"}, "received epochs='12'"),
    ({"epochs": None}, "received epochs=None"),
    ({"epochs": True}, "received epochs=True"),
    ({"epochs": math.nan}, "received epochs=nan"),
    ({"epochs": -3}, "received epochs=-3"),
    ({"population": 4.5}, r"received population=4\.5, expected a whole number"),
    ({"population": 20.0}, r"received population=20\.0, expected a whole number"),
    ({"population": None}, "received population=None, expected a value"),
    ({"population": "20"}, "received population='20', expected a whole number"),
    ({"population": 3}, "received population=3, expected at least 4"),
    ({"seed": None}, "received seed=None, expected a value"),
    ({"seed": 1.5}, r"received seed=1\.5, expected a whole number"),
    ({"seed": -1}, "received seed=-1, expected at least 0"),
    ({"seed": "a"}, "received seed='a', expected a whole number"),
    ({"seed": True}, "received seed=True, expected a whole number"),
    ({"budget_epochs": 1e3}, r"received budget_epochs=1000\.0, expected a whole number"),
    ({"budget_epochs": math.inf}, "received budget_epochs=inf"),
    ({"budget_epochs": 0}, "received budget_epochs=0, expected at least 1"),
    ({"generations": 2.5}, r"received generations=2\.5"),
    ({"minutes": math.nan}, "received minutes=nan, expected"),
    ({"minutes": -1}, "received minutes=-1, expected more than 0"),
    ({"minutes": "10"}, "received minutes='10', expected a number"),
    ({"overlap": 9}, "received overlap=9, expected at most 8"),
    ({"overlap": 0.5}, r"received overlap=0\.5, expected a whole number"),
    ({"strategy": None}, "received strategy=None, expected a value"),
    ({"strategy": 3}, "received strategy=3, expected a text"),
    ({"strategy": "gendred"}, "Did you mean 'gendered'"),
    ({"runner": None}, "received runner=None"),
    ({"runner": "ray", "workers": 1.5}, r"received workers=1\.5, expected a whole number"),
    ({"runner": "ray", "workers": -2}, "received workers=-2, expected at least 1"),
    ({"runner": "ray", "cpus_per_worker": math.nan}, "received cpus_per_worker=nan"),
    (
        {"runner": "ray", "gpus_per_worker": -1},
        "gpus_per_worker=-1, expected None, a share",
    ),
    ({"runner": "ray", "gpus_per_worker": "all"}, "received gpus_per_worker='all'"),
    ({"runner": "ray", "job_timeout": -1}, "received job_timeout=-1, expected None, or seconds"),
    ({"runner": "ray", "job_timeout": math.nan}, "received job_timeout=nan"),
    ({"runner": "ray", "address": 6379}, "received address=6379, expected a text"),
    ({"settings": {"brood": 0}}, r"received settings=\{'brood': 0\}, expected at least 1"),
    ({"settings": {"brood": 2.5}}, r"settings=\{'brood': 2\.5\}, expected a whole number"),
    ({"settings": {"brood": None}}, r"settings=\{'brood': None\}, expected a value"),
    ({"settings": {"females": 1}}, r"settings=\{'females': 1\}, expected at least 2"),
    ({"settings": {"sons": -4}}, r"settings=\{'sons': -4\}, expected at least 1"),
    ({"settings": {"daughters": -1}}, r"settings=\{'daughters': -1\}, expected at least 0"),
    ({"settings": {"promoted_share": 1.5}}, r"\{'promoted_share': 1\.5\}, expected at most 1"),
    ({"settings": {"audit_share": math.nan}}, r"settings=\{'audit_share': nan\}, expected"),
    ({"settings": {"audit_share": "1"}}, r"settings=\{'audit_share': '1'\}, expected a number"),
    ({"settings": {"promotion": "loud"}}, r"settings=\{'promotion': 'loud'\}, expected one of"),
    ({"settings": {"mate_selection": 1}}, r"settings=\{'mate_selection': 1\}, expected one of"),
    ({"settings": {"population": 9}}, "unknown setting 'population'"),
    ({"settings": {3: 1}}, "received settings with the name 3 of type int"),
    ({"settings": ["brood"]}, r"received settings=\['brood'\] of type list, expected a mapping"),
    ({"objectives": ["accuracy"]}, r"received objectives=\['accuracy'\] of type list"),
    ({"objectives": "accuracy"}, "received objectives='accuracy' of type str"),
    ({"objectives": {1: "max"}}, "received objectives with the name 1 of type int"),
    ({"objectives": {"": "max"}}, "received objectives with the name ''"),
    ({"objectives": {"a\nb": "max"}}, "expected a str of printable characters"),
    ({"objectives": {"accuracy": None}}, "objective accuracy: received None"),
    ({"objectives": {"accuracy": ("max", "ln")}}, r"accuracy: received \('max', 'ln'\)"),
    ({"reference": {"accuracy": math.nan}}, "received reference nan, expected a finite number"),
    ({"reference": {"accuracy": "0.1"}}, r"received reference '0\.1', a value of type str"),
    ({"ideal": {"accuracy": math.inf}}, "received ideal inf, expected a finite number"),
    ({"ideal": 1.0}, r"received ideal=1\.0 of type float, expected a mapping"),
    ({"pins": ["predictor.kind"]}, r"received pins=\['predictor\.kind'\] of type list"),
    ({"pins": {1: 2}}, "received pins with the name 1"),
    ({"pins": {"predictor.kind": print}}, "expected plain values"),
    ({"pins": {"rate": 1.0}}, "pins: unknown gene 'rate'"),
    ({"pins": {"parameters.rate": 7.0}}, r"pins: cannot pin parameters\.rate: received 7\.0"),
    ({"pins": {"parameters.rate": math.nan}}, "expected plain values"),
    ({"space": [evo.Real(0.0, 1.0)]}, "received the space .* of type list, expected a mapping"),
    ({"space": None}, "received the space None of type None"),
    ({"space": {1: evo.Real(0.0, 1.0)}}, "in the space the name 1 of type int, expected a str"),
    ({"space": {"a": {2: evo.Real(0.0, 1.0)}}}, "in the space at a the name 2 of type int"),
    ({"space": {"": evo.Real(0.0, 1.0)}}, "in the space the name ''"),
    ({"space": {"a\x00": evo.Real(0.0, 1.0)}}, r"the name 'a\\x00'"),
    ({"space": {"\ud800": evo.Real(0.0, 1.0)}}, "expected a str of printable characters"),
    ({"space": {"a.b": X["x"], "a": {"b": X["x"]}}}, r"two parameters .* are called 'a\.b'"),
    ({"space": {"a": {"b.c": X["x"], "b": {"c": X["x"]}}}}, r"are called 'a\.b\.c'"),
    ({"space": {"a.b": {"c": X["x"]}, "a": {"b.c": X["x"]}}}, r"are called 'a\.b\.c'"),
    ({"space": {"x": (0.0, 1.0)}}, r"parameter x: received \(0\.0, 1\.0\), expected a gene"),
    (
        {"space": {"o": evo.Choice(["sgd"]), "m": evo.Conditional(X["x"], {"o": "sdg"})}},
        "parameter m: when o is 'sdg': received 'sdg', expected one of sgd",
    ),
    ({"name": ""}, "received name='', expected a plain folder name"),
    ({"name": "../x"}, r"received name='\.\./x', expected a plain folder name"),
    ({"name": "/tmp/x"}, "received name='/tmp/x'"),
    ({"name": ".."}, r"received name='\.\.'"),
    ({"name": "a\nb"}, r"received name='a\\nb'"),
    ({"name": "a\x00b"}, r"received name='a\\x00b'"),
    ({"name": "x" * 300}, "at most 100"),
    ({"name": 3}, "received name=3, expected a text"),
    ({"results": ""}, "received results='', expected the path of a folder"),
    ({"results": 3}, "received results=3"),
    ({"results": "a\x00b"}, r"received results='a\\x00b'"),
    ({"feasible": True}, "received feasible=True of type bool, expected a function"),
    ({"costs": {"parameters": 1.0}}, "received costs=.* of type dict, expected a function"),
    ({"costs": lambda: {}}, r"costs\(\) cannot be called with \(parameters\)"),
    ({"feasible": lambda p, q: True}, r"feasible\(p, q\) cannot be called with \(parameters\)"),
]


def by_message(value: Any) -> str:
    return value[:60] if isinstance(value, str) else next(iter(value))


@pytest.mark.parametrize(("changes", "message"), WRONG, ids=by_message)
def test_it_is_refused_at_the_call(
    changes: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    function = Function()
    with pytest.raises(evo.BadInput, match=message):
        search(function, **{"results": "results", "name": "mine", **changes})
    assert not function.calls
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (3, "received evaluate=3 of type int, expected a function"),
        (lambda p: 1, r"evaluate\(p\) cannot be called with \(parameters, epochs, seed, check"),
        (partial(Function(), 1), "evaluate.* cannot be called with"),
    ],
)
def test_so_is_what_cannot_be_called(function: Any, message: str) -> None:
    with pytest.raises(evo.BadInput, match=message):
        search(function)


def test_numbers_of_any_type_are_numbers() -> None:
    plain = search(seed=3, reference={"accuracy": 0.1, "parameters": 5000.0})
    other = search(
        seed=np.int64(3),
        epochs=np.array([2, 8]),
        population=np.uint8(4),
        budget_epochs=np.int32(30),
        reference={"accuracy": Decimal("0.1"), "parameters": np.float64(5000)},
        settings={"females": np.int64(2), "daughters": 1, "brood": np.array(2)},
        pins={"parameters.operation": np.array(["good", "middling", "bad"])},
    )
    assert plain.history.equals(other.history)


def test_a_pinned_none_and_what_numpy_gives_are_recorded(tmp_path: Path) -> None:
    space = {"size": evo.Integer(1, 9), "kind": evo.Choice([None, "a", 1])}
    arguments: dict[str, Any] = {
        "space": space,
        "pins": {"parameters.kind": None, "parameters.size": np.int64(4)},
        "objectives": {"size": "max"},
        "results": tmp_path,
        "name": "pinned",
    }
    function = lambda p, *_: evo.Outcome({"size": p["size"]})  # noqa: E731
    with pytest.raises(evo.BadInput, match="parameter 'size' has the name of an objective"):
        search(function, **arguments)
    arguments["objectives"] = {"score": "max"}
    function = lambda p, *_: evo.Outcome({"score": p["size"]})  # noqa: E731
    result = search(function, **arguments)
    assert set(result.history["kind"]) == {None}
    assert set(result.history["size"]) == {4}
    assert search(function, **arguments).history.equals(result.history)


def test_where_it_lies_is_settled_at_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    trained = Function()

    def evaluate(*arguments: Any) -> evo.Outcome:
        monkeypatch.chdir(tmp_path / "elsewhere")
        return trained(*arguments)

    assert search(evaluate, results="here", name="mine").folder == tmp_path / "here" / "mine"
    monkeypatch.chdir(tmp_path)
    result = search(evaluate, results="~/there", name="mine")
    assert result.folder == tmp_path / "home" / "there" / "mine"
    assert result.folder.is_dir()
    assert not list((tmp_path / "elsewhere").iterdir())
