"""What is said at the end: the front from best to smallest, and how far its lead was luck."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from rich.console import Console

from evo.cli.ending import best, print_front, shrinkage, spread


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


def printed(front: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    print_front(Console(file=out, width=80), front, Path("results/x"))
    return out.getvalue()


def test_the_front_is_printed_from_the_most_accurate_down() -> None:
    text = printed(rows(3))
    lines = text.splitlines()
    assert "Front: 3 networks" in lines[0]
    assert [line.split()[0] for line in lines[2:5]] == ["m002-000", "m001-000", "m000-000"]
    assert "52.00 %" in lines[2]
    assert "51.00 %" in lines[2]
    assert "2nd seed" not in text  # nobody was trained a second time


def test_a_long_front_is_thinned_out_and_says_where_the_rest_is() -> None:
    text = printed(rows(40))
    assert text.count("-000 ") == 16
    assert "24 more in results/x/pareto.csv" in text


def test_latency_takes_the_place_of_the_shrunk_parameters_within_80_columns() -> None:
    more = {"shrunk_parameters": 1234.0, "second_accuracy": 0.5}
    text = printed([{**row, **more} for row in rows(2)])
    assert "1,234" in text
    assert " ms" not in text
    text = printed([{**row, **more, "latency": 0.08712} for row in rows(2)])
    assert "0.0871" in text
    assert "1,234" not in text
    assert "…" not in text


def test_an_empty_front_is_said_to_be_empty() -> None:
    assert "empty" in printed([])


def test_shrinkage_is_the_mean_change_and_that_of_the_best() -> None:
    front = [
        {"genome": "a", "accuracy": 0.99, "test_accuracy": 0.98, "second_accuracy": 0.97},
        {"genome": "b", "accuracy": 0.90, "test_accuracy": 0.90, "second_accuracy": None},
    ]
    assert shrinkage(front) == (
        "Measured again on the test split, 2 networks: -0.50 points on average (a: 99.00 % -> "
        "98.00 %); trained anew with a second seed, 1 network: -2.00 points on average (a: "
        "99.00 % -> 97.00 %)."
    )
    assert shrinkage([{"genome": "a", "accuracy": 0.9}]) == ""


def test_the_best_is_the_most_accurate_then_the_smallest() -> None:
    front = [
        {"genome": "a", "accuracy": 0.9, "active_parameters": 9},
        {"genome": "b", "accuracy": 0.9, "active_parameters": 8},
    ]
    assert best(front)["genome"] == "b"


def test_spread_keeps_both_ends() -> None:
    chosen = spread([{"genome": i} for i in range(10)], 4)
    assert [row["genome"] for row in chosen] == [0, 3, 6, 9]
