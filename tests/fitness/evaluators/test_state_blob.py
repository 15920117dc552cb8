"""A user's checkpoint: read back as it was, without running any code of it."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from fitness.evaluators.state_blob import pack_state, unpack_state


@pytest.mark.parametrize(
    "state",
    [None, True, 3, 2.5, "text", b"\x00\xff", [], {}, {"a": [1, None, {"b": "c"}]}, float("inf")],
)
def test_plain_data_comes_back(state: Any) -> None:
    assert unpack_state(pack_state(state)) == state


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3).T,
        np.array(7.0),
        np.array([], dtype=np.int64),
        np.array([True, False]),
        np.arange(3, dtype=">i4"),
    ],
)
def test_arrays_come_back_writable(array: np.ndarray[Any, Any]) -> None:
    found = unpack_state(pack_state({"w": array, "step": np.int64(3)}))
    np.testing.assert_array_equal(found["w"], array)
    assert found["w"].shape == array.shape
    assert found["w"].flags.writeable
    assert found["step"] == 3


def test_equal_states_are_equal_bytes() -> None:
    one = {"a": np.ones(3), "b": {"x", "y", "z"}}
    assert pack_state({"x": one}) == pack_state({"x": dict(one)})


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"model": object()}, r"checkpoint\['model'\] is of type object; what can be kept: None"),
    ],
)
def test_what_cannot_be_kept_is_named(state: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pack_state(state)


@pytest.mark.parametrize("blob", [b"", b"junk", pickle.dumps({"a": 1}), pack_state([1])[:-4]])
def test_damaged_bytes_are_refused(blob: bytes) -> None:
    with pytest.raises(ValueError, match="damaged or no checkpoint"):
        unpack_state(blob)
