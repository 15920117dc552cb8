"""What is said at the end: the front from best to smallest, and how far its lead was luck."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from evo.findings.baselines import Baseline
from evo.findings.front_table import FrontRows
from evo.terminal.front_table import print_front, print_roles, shrinkage, spread
from fitness.metric import Metric

ACCURACY = Metric.load("accuracy")


def rows(number: int) -> list[dict[str, Any]]:
    return [
        {
            "genome": f"m{i:03d}-000",
            "accuracy": 0.5 + i / 100,
            "active_ratio": 0.25,
            "active_parameters": 100 + i,
            "flops": 12_345.0,
            "test_accuracy": 0.49 + i / 100,
        }
        for i in range(number)
    ]


def printed(front: list[dict[str, Any]], width: int = 80, beyond: int = 0, **roles: Any) -> str:
    out = io.StringIO()
    look = FrontRows(front, ACCURACY, roles, beyond)  # type: ignore[arg-type]
    print_front(Console(file=out, width=width), look, Path("results/x"))
    return out.getvalue()


def test_the_front_is_printed_from_the_most_accurate_down() -> None:
    text = printed(rows(3))
    lines = text.splitlines()
    assert "Front: 3 networks" in lines[0]
    assert [line.split()[0] for line in lines[2:5]] == ["m002-000", "m001-000", "m000-000"]
    assert "52.00 %" in lines[2]
    assert "51.00 %" in lines[2]
    assert "retrained" not in lines[1]  # nobody was trained again


def test_a_long_front_is_thinned_out_and_says_where_the_rest_is() -> None:
    text = printed(rows(40))
    assert text.count("-000 ") == 16
    assert "24 more in results/x/pareto.csv" in text


def test_who_has_a_role_comes_first_then_the_rest_evenly() -> None:
    front = rows(40)
    text = printed(front, best=front[39], default=front[20], compromise=front[3])
    lines = text.splitlines()
    assert [line.split()[:2] for line in lines[2:5]] == [
        ["best", "m039-000"], ["default", "m020-000"], ["compromise", "m003-000"],
    ]  # fmt: skip
    assert lines[5].split()[0] == "m038-000"
    assert "m000-000" in text
    assert text.count("-000 ") == 16


def test_narrow_screens_keep_ids_and_what_matters() -> None:
    front = [{**row, "remeasured_accuracy": 0.5, "shrunk_parameters": 9.0} for row in rows(2)]
    wide = printed(front, best=front[0])
    assert "12.3 k" in wide
    assert "25.0 %" in wide
    narrow = printed(front, 56, best=front[0])
    table = narrow.splitlines()[1:4]
    assert "…" not in "".join(table)
    assert table[1].split() == [
        "best",
        "m000-000",
        "50.00",
        "%",
        "50.00",
        "%",
        "49.00",
        "%",
        "100",
    ]
    assert "12.3 k" not in narrow


def test_intervals_stand_beside_the_metric_and_uncertain_leads_are_marked() -> None:
    ends = {"accuracy_low": 0.4512, "accuracy_high": 0.5601}
    front = [{**row, **ends, "leads": i != 1} for i, row in enumerate(rows(3))]
    lines = printed(front).splitlines()
    assert lines[1].split() == ["95", "%"]
    assert lines[2].split()[:3] == ["genome", "accuracy", "interval"]
    assert "leads" not in " ".join(lines)
    assert lines[3].split()[1:5] == ["52.00", "%", "45.1–56.0", "%"]
    assert lines[4].split()[1:4] == ["~51.00", "%", "45.1–56.0"]
    assert "~: no lead over smaller networks of the front beyond chance" in lines
    certain = printed([{**row, "leads": True} for row in front])
    assert "~" not in certain


@pytest.mark.parametrize(("number", "title"), [(1, "Front: 1 network ("), (2, "2 networks (")])
def test_one_network_is_no_plural(number: int, title: str) -> None:
    assert title in printed(rows(number))


def test_who_is_beyond_the_reference_is_counted_and_not_listed() -> None:
    assert "Not listed: 3 worse than the reference point" in printed(rows(2), beyond=3)
    assert "beyond" not in printed(rows(2))


def test_the_default_stands_beside_its_alternatives_and_what_needs_no_search() -> None:
    out, front = io.StringIO(), rows(3)
    parts: Any = {"best": front[2], "default": front[1], "compromise": front[0]}
    linear = Baseline("logistic regression", 650, 0.95, 0.94)
    baselines = [Baseline("largest class", 0, 0.1), linear]
    print_roles(Console(file=out, width=80), parts, baselines, "accuracy")
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert [line[0] for line in lines[1:4]] == ["default", "best", "compromise"]
    assert lines[1][1:] == ["m001-000", "51.00", "%", "50.00", "%", "101"]
    assert lines[4] == ["logistic"]
    assert lines[5] == ["no", "search", "regression", "95.00", "%", "94.00", "%", "650"]


def test_an_empty_front_is_said_to_be_empty() -> None:
    assert "empty" in printed([])


def test_shrinkage_is_the_mean_change_and_that_of_the_best() -> None:
    front = [
        {"genome": "a", "accuracy": 0.99, "test_accuracy": 0.98, "remeasured_accuracy": 0.97},
        {"genome": "b", "accuracy": 0.90, "test_accuracy": 0.90, "remeasured_accuracy": None},
    ]
    assert shrinkage(front, "accuracy") == (
        "Measured again on the test split, 2 networks: -0.50 points on average (a: 99.00 % -> "
        "98.00 %); retrained on other parts of the training data, 1 network: -2.00 points "
        "on average (a: 99.00 % -> 97.00 %)."
    )
    assert shrinkage([{"genome": "a", "accuracy": 0.9}], "accuracy") == ""


# -- other metrics -------------------------------------------------------------------------------


def of_metric(name: str) -> list[dict[str, Any]]:
    """Return four rows of a metric, 0.5 to 0.8, with all that is measured of it."""
    return [
        {
            "genome": f"m{i:03d}-000", name: 0.5 + i / 10, "active_ratio": 0.25,
            "active_parameters": 14_000.0 + i, "flops": 12_345.0, "validation_loss": 0.25,
            f"test_{name}": 0.4 + i / 10, f"remeasured_{name}": 0.45 + i / 10,
        }
        for i in range(4)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "first", "cell"),
    [
        ("rmse", "m000-000", "0.5"),
        ("r2", "m003-000", "0.8"),
        ("hamming_loss", "m000-000", "50.00 %"),
        ("mean_average_precision", "m003-000", "80.00 %"),
    ],
)
def test_any_metric_is_shown_best_first_on_80_columns(name: str, first: str, cell: str) -> None:
    front, metric, out = of_metric(name), Metric.load(name), io.StringIO()
    look = FrontRows(front, metric, {"best": front[0], "compromise": front[1]})
    print_front(Console(file=out, width=80), look, Path("results/x"))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert lines[0] == f"Front: 4 networks ({metric.label} on validation data)"
    others = [line for line in lines if line.startswith(" " * 12 + " m")]
    assert others == sorted(others, reverse=metric.rises)
    table = [line for line in lines if "-000 " in line and "Measured" not in line]
    assert len(table) == 4
    assert max(map(len, lines[1:-1])) <= 80
    assert "…" not in "".join(lines)
    assert any(first in line and cell in line for line in table)
    assert all("0.25" in line for line in table)  # the loss has a column of its own
    heading = " ".join(part for line in lines[1:4] for part in line.split())
    for word in (*metric.label.split(), "retrained", "on test", "validation", "loss"):
        assert word in heading


def test_the_objectives_of_a_run_are_the_last_to_be_left_out() -> None:
    headings = []
    for objectives in (("rmse", "active_parameters"), ("rmse", "flops")):
        out = io.StringIO()
        look = FrontRows(of_metric("rmse"), Metric.load("rmse"), objectives=objectives)
        print_front(Console(file=out, width=70), look, Path("results/x"))
        headings.append(out.getvalue().splitlines()[2].split())
    assert [("FLOPs" in words, "ratio" in words) for words in headings] == [
        (False, True),
        (True, False),
    ]


def test_an_error_that_grows_when_it_is_measured_again_is_no_points() -> None:
    assert shrinkage(of_metric("rmse")[:1], "rmse") == (
        "Measured again on the test split, 1 network: -0.1 on average (m000-000: 0.5 -> 0.4); "
        "retrained on other parts of the training data, 1 network: -0.05 on average (m000-000: "
        "0.5 -> 0.45)."
    )


def test_roles_are_compared_by_the_metric_with_what_needs_no_search() -> None:
    out, front = io.StringIO(), of_metric("rmse")
    ridge = Baseline("ridge regression", 11, 54.32, 51.0, metric="rmse")
    print_roles(Console(file=out, width=80), {"default": front[0]}, [ridge], "rmse")
    heading, default, _, linear = (line.split() for line in out.getvalue().splitlines())
    assert heading == ["genome", "RMSE", "retrained", "on", "test", "active"]
    assert default == ["default", "m000-000", "0.5", "0.45", "0.4", "14,000"]
    assert linear == ["no", "search", "regression", "54.32", "–", "51", "11"]


def test_spread_keeps_both_ends() -> None:
    chosen = spread([{"genome": i} for i in range(10)], 4)
    assert [row["genome"] for row in chosen] == [0, 3, 6, 9]
