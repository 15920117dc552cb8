"""Near duplicates are counted by split; exact ones are not, nor plain pictures that differ."""

import numpy as np

from fitness.data.images.near_duplicates import near_duplicates, thumbnails


def smooth(seed: int, side: int = 18) -> np.ndarray:
    blocks = np.random.default_rng(seed).integers(20, 230, (1, 6, 6))
    return blocks.repeat(side // 6, 1).repeat(side // 6, 2).astype(np.uint8)


def test_near_duplicates_are_counted_by_split() -> None:
    x = np.stack([smooth(0), smooth(1), smooth(2), smooth(0), smooth(1), smooth(3)])
    x[3] += 2  # a little brighter
    x[3, 0, 0] += 9
    splits = np.array(["train", "train", "train", "test", "test", "test"])
    exact = np.array([0, 1, 2, 3, 1, 5])
    small = thumbnails(x, np.arange(6))
    assert near_duplicates(small, splits, exact) == {"test in train": 1}


def test_plain_pictures_that_differ_are_not_alike() -> None:
    x = np.array([0, 80, 160, 240], np.uint8)[:, None, None, None].repeat(9, 2).repeat(9, 3)
    small = thumbnails(x, np.arange(4))
    assert near_duplicates(small, np.full(4, "train"), np.arange(4)) == {}


def test_thumbnails_are_means_in_the_order_asked_for() -> None:
    x = np.arange(2 * 3 * 16 * 18, dtype=np.float64).reshape(2, 3, 16, 18)
    small = thumbnails(x, np.array([1, 0]))
    assert small.shape == (2, 8, 9)
    assert small[1, 0, 0] == x[0, :, :2, :2].mean()
    assert small[0, 7, 8] == x[1, :, -2:, -2:].mean()
    tiny = np.arange(4, dtype=np.uint8).reshape(1, 1, 2, 2)
    assert thumbnails(tiny, np.array([0]))[0, [0, 7]][:, [0, 8]].tolist() == [[0, 1], [2, 3]]
