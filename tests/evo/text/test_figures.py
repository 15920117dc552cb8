"""Values are written as their objective or metric says; of other names nothing is known."""

from __future__ import annotations

import math

import pytest

from evo.text.figures import difference, figure, form, heading, label


@pytest.mark.parametrize(
    ("name", "written", "text"),
    [
        ("accuracy", "percent", "12.50 %"),
        ("hamming_loss", "percent", "12.50 %"),
        ("active_ratio", "percent", "12.50 %"),
        ("r2", "number", "0.125"),
        ("validation_loss", "number", "0.125"),
        ("flops", "count", "0"),
        ("my_parameters", "number", "0.125"),
    ],
)
def test_a_value_is_written_as_its_kind_wants(name: str, written: str, text: str) -> None:
    assert (form(name), figure(name, 0.125)) == (written, text)


def test_counts_are_whole_and_numbers_have_four_figures() -> None:
    assert figure("active_parameters", 14_021.4) == "14,021"
    assert figure("rmse", 52.34567) == "52.35"
    assert figure("r2", -0.5) == "-0.5"
    assert figure("accuracy", 0.98765, digits=1) == "98.8 %"


@pytest.mark.parametrize("name", ["accuracy", "r2", "flops"])
@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_not_known_is_a_dash(name: str, value: float | None) -> None:
    assert figure(name, value) == "–"


def test_differences_of_shares_are_points() -> None:
    assert difference("macro_f1", -0.005) == "-0.50 points"
    assert difference("rmse", 1.25) == "+1.25"


def test_labels_are_those_of_metrics_and_objectives() -> None:
    names = ("r2", "macro_f1", "active_ratio", "flops", "latency", "shrunk_parameters", "my_score")
    found = ["R²", "macro F1", "active ratio", "FLOPs", "latency, ms", "exported parameters",
             "my score"]  # fmt: skip
    assert [label(name) for name in names] == found


def test_a_long_heading_is_folded_between_words() -> None:
    names = ("accuracy", "mean_average_precision", "validation_loss")
    found = ["accuracy", "mean\naverage\nprecision", "validation\nloss"]
    assert [heading(name) for name in names] == found
