"""Streamed inputs are indexed as arrays are, and read nothing else."""

import numpy as np
import pytest

from fitness.data.streaming.inputs import CHUNK_BYTES, MOST_AT_ONCE, Streamed, joined, taken

X = np.arange(10 * 3, dtype=np.float32).reshape(10, 3)


class Rows:
    """A source that remembers what was read."""

    def __init__(self, x: np.ndarray) -> None:
        self.x, self.asked = x, []

    def __len__(self) -> int:
        return len(self.x)

    def read(self, place: int, seed: int) -> tuple[np.ndarray, int]:
        self.asked.append(place)
        return self.x[place], place


def streamed(x: np.ndarray = X) -> Streamed:
    return Streamed.of(Rows(x), x.shape[1:], x.dtype, workers=0)


@pytest.mark.parametrize(
    "index", [slice(2, 5), slice(None), np.array([7, 1, 1]), 3, slice(4, 4)], ids=str
)
def test_indexing_is_that_of_an_array(index: object) -> None:
    found = streamed()[index]
    assert np.array_equal(found, X[index])
    assert found.dtype == X.dtype


def test_shape_and_size_are_known_without_reading() -> None:
    inputs = streamed()
    assert (inputs.shape, inputs.ndim, len(inputs), inputs.nbytes) == ((10, 3), 2, 10, 0)
    assert inputs.whole_bytes == X.nbytes
    assert inputs.sources[0].asked == []
    assert inputs.most_at_once == MOST_AT_ONCE
    large = Streamed.of(Rows(X), (CHUNK_BYTES // 5,), np.dtype(np.uint8), workers=0)
    assert large.most_at_once == 5


def test_parts_and_joins_stay_streamed() -> None:
    one, other = streamed(), streamed(X + 100)
    both = joined(taken(one, np.array([9, 0])), other)
    assert isinstance(both, Streamed)
    assert np.array_equal(both[:], np.concatenate([X[[9, 0]], X + 100]))
    assert np.array_equal(joined(X, taken(X, np.array([1]))), np.concatenate([X, X[[1]]]))


def test_identity_follows_the_contents_and_reads_a_few_examples() -> None:
    many = np.arange(5000, dtype=np.float32)[:, None]
    inputs = streamed(many)
    assert inputs.identity() == streamed(many.copy()).identity()
    assert len(inputs.sources[0].asked) == 64
    assert inputs.identity() != streamed(many + 1).identity()
    assert len(inputs.sample()) == 2000
    assert np.array_equal(inputs.sample(), inputs.sample())
