"""Chunks come in the order asked for, whatever reads them, and leave random states alone."""

import numpy as np
import pytest
import torch

from fitness.data.streaming.inputs import Streamed
from fitness.data.streaming.loading import ChunkLoader
from tests.fitness.data.streaming.test_inputs import Rows, X

CHUNKS = [np.array([3, 1]), np.array([9]), np.array([0, 2, 4])]


class Seeds(Rows):
    """Examples that show the seed they were read with."""

    def read(self, place: int, seed: int) -> tuple[np.ndarray, int]:
        return np.full(3, seed, np.float32), place


def loader(workers: int, source: Rows) -> ChunkLoader:
    return ChunkLoader(Streamed.of(source, (3,), np.dtype(np.float32), workers))


@pytest.mark.parametrize("workers", [0, 2])
def test_chunks_come_in_order_pass_after_pass(workers: int) -> None:
    reading = loader(workers, Rows(X))
    torch.manual_seed(5)
    before = torch.get_rng_state()
    for _ in range(2):
        found = list(reading.chunks(CHUNKS))
        assert [x.tolist() for x, _ in found] == [X[chunk].tolist() for chunk in CHUNKS]
        assert [y.tolist() for _, y in found] == [chunk.tolist() for chunk in CHUNKS]
    assert [len(x) for x, _ in reading.in_order(4)] == [4, 4, 2]
    assert torch.equal(torch.get_rng_state(), before)


def test_each_example_has_a_seed_of_its_own() -> None:
    found = torch.cat([x for x, _ in loader(0, Seeds(X)).chunks(CHUNKS, seed=100)])
    assert found[:, 0].tolist() == [103, 101, 109, 100, 102, 104]
