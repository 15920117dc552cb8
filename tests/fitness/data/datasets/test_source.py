"""Examples of datasets become arrays; what does not is named with its place."""

from typing import Any

import numpy as np
import pytest
import torch

from fitness.data.arrays import UnusableData
from fitness.data.datasets.source import DatasetSource, seeded


def look(x: Any, y: Any = 0, **options: Any) -> tuple[Any, Any]:
    return DatasetSource([(x, y)], "train", **options).look(0)


@pytest.mark.parametrize(
    ("x", "shape", "kind"),
    [
        (torch.zeros(3, 4, 5), (3, 4, 5), "float32"),
        (np.zeros((5, 6, 3), np.uint8), (3, 5, 6), "uint8"),
        (np.zeros((4, 5), np.uint8), (1, 4, 5), "uint8"),
        ([1, 2], (2,), "float32"),
        (torch.zeros(7, dtype=torch.float64), (7,), "float32"),
    ],
)
def test_inputs_become_arrays(x: Any, shape: tuple[int, ...], kind: str) -> None:
    array, _ = look(x)
    assert (array.shape, str(array.dtype)) == (shape, kind)


def test_signals_keep_their_two_dimensions() -> None:
    assert look(np.zeros((2, 9)), kind="signals")[0].shape == (2, 9)


BAD = {
    "no pair": ([{"x": 1}], "example 0 of train is a dict, expected a pair"),
    "nan": ([([1.0, float("nan")], 0)], "has an input that is NaN"),
    "texts": ([("word", 0)], "expected numbers"),
    "target": ([([1.0], np.zeros((2, 2)))], r"target of shape \(2, 2\)"),
}


@pytest.mark.parametrize(("dataset", "message"), BAD.values(), ids=BAD)
def test_bad_examples_are_named(dataset: list[Any], message: str) -> None:
    with pytest.raises(UnusableData, match=message):
        DatasetSource(dataset, "train").look(0)


def test_another_shape_is_refused() -> None:
    source = DatasetSource([([1, 2], 0), ([1, 2, 3], 0)], "test", shape=(2,))
    with pytest.raises(UnusableData, match=r"example 1 of test has shape \(3,\), the first"):
        source.read(1, 0)


def test_seeds_act_inside_only() -> None:
    torch.manual_seed(1)
    np.random.seed(1)
    expected = torch.rand(1), np.random.random()
    torch.manual_seed(1)
    np.random.seed(1)
    with seeded(2**40):
        first = torch.rand(1), np.random.random()
    with seeded(2**40):
        assert (torch.rand(1), np.random.random()) == first
    assert (torch.rand(1), np.random.random()) == expected
