"""The normalisation is fitted on train, per channel or per feature."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitness.data.fit_normalization import fit
from fitness.data.inputs.columns import CHUNK
from fitness.data.task import Split, Task
from fitness.targets.classes import Classes
from genomes.graph.normalization import Normalization


def task(train_x: np.ndarray, other_x: np.ndarray | None = None) -> Task:
    other = train_x if other_x is None else other_x
    labels = np.arange(len(train_x), dtype=np.int64) % 2
    rest = Split(other, np.zeros(len(other), dtype=np.int64))
    return Task("tiny", "", Classes(2), Split(train_x, labels), rest, rest)


def test_images_are_normalised_by_channel() -> None:
    x = np.zeros((2, 2, 1, 2), dtype=np.uint8)
    x[:, 0] = [[[0, 4]], [[0, 4]]]
    x[:, 1] = 200
    assert fit(task(x)) == Normalization(mean=(2.0, 200.0), std=(2.0, 1.0))


def test_vectors_are_normalised_by_feature() -> None:
    x = np.array([[0.0, 1.0, 5.0], [2.0, 3.0, 5.0]], dtype=np.float32)
    assert fit(task(x)) == Normalization(mean=(1.0, 2.0, 5.0), std=(1.0, 1.0, 1.0))


def test_only_train_is_looked_at() -> None:
    x = np.array([[0.0], [2.0]], dtype=np.float32)
    assert fit(task(x, 1000 + x)) == fit(task(x))


def test_a_small_spread_far_from_zero_is_found() -> None:
    x = np.array([[1e5], [1e5 + 2]], dtype=np.float32)
    assert fit(task(x)).std == (1.0,)


@given(st.integers(2, 2 * CHUNK + 3))
def test_chunks_make_no_difference(examples: int) -> None:
    x = np.random.default_rng(0).normal(3.0, 7.0, (examples, 1)).astype(np.float32)
    fitted = fit(task(x))
    assert fitted.mean[0] == pytest.approx(x.mean(dtype=np.float64), rel=1e-5)
    assert fitted.std[0] == pytest.approx(x.std(dtype=np.float64), rel=1e-5)


@pytest.mark.parametrize(
    ("mean", "std"),
    [
        ((), ()),
        ((1.0,), (1.0, 2.0)),
        ((float("nan"),), (1.0,)),
        ((0.0,), (0.0,)),
        ((0.0,), (-1.0,)),
    ],
)
def test_impossible_values_are_refused(mean: tuple[float, ...], std: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="received"):
        Normalization(mean, std)
