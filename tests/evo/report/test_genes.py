"""Genes that rose and fell: shares of the newborn, males' genes among males, and so on."""

from __future__ import annotations

import pytest

from evo.report.genes import _choices, _drawn, _moves

BODY = {
    "architecture": {"head": "flatten", "stages": [{"kernel": 3}, {"kernel": 5}], "dropout": 0.5},
    "epigenome": {"marks": ["11"], "apoptosis": False},
    "predictor": {"kind": "ridge", "ridge_penalty": 1, "juvenile_expression": ["a"]},
}


def test_items_of_lists_count_alike_and_numbers_are_no_choices() -> None:
    assert list(_choices(BODY, "")) == [
        ("architecture.head", "flatten"),
        ("architecture.stages.kernel", "3"),
        ("architecture.stages.kernel", "5"),
        ("epigenome.apoptosis", "no"),
        ("predictor.kind", "ridge"),
    ]


def test_bred_activation_functions_are_one_kind() -> None:
    stages = [{"activation": "relu"}, {"activation": ["max", "x", "mul", "x", 0.5]}]
    assert list(_choices({"architecture": {"stages": stages}}, "")) == [
        ("architecture.stages.activation", "relu"),
        ("architecture.stages.activation", "bred"),
    ]


def test_a_move_is_the_change_from_the_first_fifth_to_the_last() -> None:
    from collections import Counter

    counts = {"g": {"up": Counter({1: 1, 10: 3}), "down": Counter({1: 3, 5: 9, 10: 1})}}
    found = {row[1]: row[2:] for row in _moves(counts, 10)}
    assert found["up"] == (0.25, 0.75, 0.5)
    assert found["down"] == (0.75, 0.25, -0.5)
    figure = _drawn(counts, [("g", "up")], 10)
    (line,) = figure["data"]
    assert line["name"] == "g = up"
    assert line["x"] == pytest.approx(range(1, 11))
    assert line["y"] == [0.25, None, None, None, 0.0, None, None, None, None, 0.75]
