"""What is at the ends of a network."""

from __future__ import annotations

import pytest

from genomes.graph.interface import Interface
from genomes.graph.shapes import Shape


@pytest.mark.parametrize(
    ("shape", "outputs", "message"),
    [
        ((1, 2, 8, 8), 3, r"input shape \(1, 2, 8, 8\), expected \(channels, height, width\)"),
        ((8, 0), 3, r"\(channels, length\) or \(features,\), all at least 1"),
        ((), 3, "input shape"),
        ((1, 0, 8), 3, "all at least 1"),
        ((4,), 0, "received 0 outputs, expected at least 1"),
    ],
)
def test_ends_that_no_network_has_are_refused(shape: Shape, outputs: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Interface(shape, outputs)


def test_equal_ends_are_one_key() -> None:
    assert {Interface((1, 8, 8), 10), Interface((1, 8, 8), 10)} == {Interface((1, 8, 8), 10)}
