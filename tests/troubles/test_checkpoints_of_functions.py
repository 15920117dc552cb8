"""What strangers met: an optimizer's `state_dict` has int keys and was refused; bfloat16 was
refused, tuples came back as lists. The promoted call gets the whole checkpoint, or is told why."""

from __future__ import annotations

import math
import random
from collections import Counter, OrderedDict
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

import evo
from fitness.evaluators.state_blob import UnkeptState, pack_state, unpack_state


def equal(a: Any, b: Any) -> bool:
    """Tell whether two states are the same, types and order of keys included."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        pairs = zip(a.items(), b.items(), strict=False)
        return len(a) == len(b) and all(equal(x, y) for x, y in pairs)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, np.ndarray | np.generic):
        same = a.tobytes() == b.tobytes()  # so that NaN equals itself
        return a.dtype == b.dtype and a.shape == b.shape and same
    if isinstance(a, torch.Tensor):
        alike = (a.dtype, a.shape, a.requires_grad) == (b.dtype, b.shape, b.requires_grad)
        raw = [t.detach().reshape(-1).contiguous().view(torch.uint8) for t in (a, b)]
        return alike and torch.equal(*raw)
    if isinstance(a, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if isinstance(a, complex):
        return equal((a.real, a.imag), (b.real, b.imag))
    return bool(a == b)


DTYPES = [
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int8, torch.uint8,
    torch.int16, torch.int64, torch.bool, torch.complex64, torch.float8_e4m3fn,
]  # fmt: skip
SHAPES = st.lists(st.integers(0, 3), max_size=3)


@st.composite
def tensors(draw: Any) -> torch.Tensor:
    shape, dtype = draw(SHAPES), draw(st.sampled_from(DTYPES))
    tensor = (torch.rand(shape, dtype=torch.float32) * 9 - 4).to(dtype)
    return tensor.transpose(0, -1) if tensor.ndim > 1 and draw(st.booleans()) else tensor


scalars = (
    nps.floating_dtypes() | nps.integer_dtypes() | nps.complex_number_dtypes()
    | nps.boolean_dtypes() | nps.unicode_string_dtypes(max_len=3) | nps.datetime64_dtypes()
)  # fmt: skip
arrays = nps.arrays(scalars, nps.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
simple = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text()
    | st.binary()
)  # fmt: skip
keys = st.text(max_size=3) | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False)
leaves = simple | arrays | nps.arrays(scalars, ()).map(lambda a: a[()]) | tensors()
states = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys | st.tuples(keys, keys), inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=2).map(OrderedDict)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(states)
def test_whatever_is_taken_comes_back_whole(state: Any) -> None:
    blob = pack_state(state)
    found = unpack_state(blob)
    assert equal(found, state)
    assert pack_state(found) == blob


def test_states_of_optimizers_schedulers_models_and_generators_come_back() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)).bfloat16()
    optimizer = torch.optim.AdamW(model.parameters(), amsgrad=True)
    model(torch.ones(4, 2, dtype=torch.bfloat16)).sum().backward()
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "random": random.Random(3).getstate(),
        "numpy": np.random.default_rng(3).bit_generator.state,
        "old numpy": np.random.RandomState(3).get_state(),
        "torch": torch.get_rng_state(),
        "seen": {3, 1, 2},
        "counts": Counter("abca"),
        "size": torch.ones(2, 3).shape,
        "weight": torch.nn.Parameter(torch.ones(2)),
    }
    found = unpack_state(pack_state(state))
    assert equal(found, state)
    assert found["model"]._metadata == state["model"]._metadata
    model.load_state_dict(found["model"])
    optimizer.load_state_dict(found["optimizer"])
    assert equal(optimizer.state_dict(), state["optimizer"])
    assert list(found["optimizer"]["state"]) == [0, 1, 2, 3]
    rng = random.Random()
    rng.setstate(found["random"])
    assert rng.random() == random.Random(3).random()
    found["weight"].data[0] = 5.0  # writable


class Pair(NamedTuple):
    a: int
    b: int


class Odd(dict[str, int]):
    pass


class Unit(np.ndarray[Any, Any]):
    pass


LOOP: list[Any] = [1]
LOOP.append({"again": LOOP})
DEEP: list[Any] = []
for _ in range(100_000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"a": [1, {"model": object()}]}, r"checkpoint\['a'\]\[1\]\['model'\] is of type object;"),
        (
            {"model": torch.nn.Linear(1, 1)},
            r"is of type torch\.\S+Linear; .*state_dict",
        ),
        ({"f": print}, r"checkpoint\['f'\] is of type builtin_function_or_method"),
        ((Pair(1, 2),), r"checkpoint\[0\] is of type \S+Pair"),
        ({1: Odd()}, r"checkpoint\[1\] is of type \S+Odd"),
        ({(1, object()): 2}, r"checkpoint, key \(1, <object .*\[1\] is of type object"),
        (np.array([object()]), r"checkpoint is of type numpy\.ndarray and holds .*dtype object"),
        (np.zeros(2).view(Unit), r"checkpoint is of type \S+Unit and is a subclass"),
        (torch.ones(2, 2).to_sparse(), r"of type torch\.Tensor and is sparse"),
        (torch.ones(2, device="meta"), "without data"),
        (LOOP, r"checkpoint\[1\]\['again'\] contains itself"),
        (DEEP, "nested too deeply"),
    ],
)
def test_what_cannot_be_carried_is_named_by_its_place_and_type(state: Any, words: str) -> None:
    with pytest.raises(UnkeptState, match=words):
        pack_state(state)


class Trainer:
    """Trains a line by Adam; what the second call begins with is what the first one ended with."""

    def __call__(
        self, parameters: dict[str, Any], epochs: int, seed: int, checkpoint: Any
    ) -> evo.Outcome:
        torch.manual_seed(seed)
        model = torch.nn.Linear(1, 1).to(torch.bfloat16)
        optimizer = torch.optim.Adam(model.parameters(), lr=parameters["rate"])
        start = 0
        if checkpoint is not None:
            assert list(checkpoint["optimizer"]["state"]) == [0, 1]
            assert checkpoint["optimizer"]["param_groups"][0]["betas"] == (0.9, 0.999)
            assert checkpoint["model"]["weight"].dtype is torch.bfloat16
            assert checkpoint["done"] == (parameters["rate"], None, b"x")
            model.load_state_dict(checkpoint["model"])
            optimizer.load_state_dict(checkpoint["optimizer"])
            start = int(checkpoint["optimizer"]["state"][0]["step"])
        x = torch.linspace(-1, 1, 16, dtype=torch.bfloat16)[:, None]
        curve = []
        for _ in range(start, epochs):
            optimizer.zero_grad()
            loss = ((model(x) - 3 * x) ** 2).mean()
            loss.backward()
            optimizer.step()
            curve.append(loss.detach())
        state = {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "done": (parameters["rate"], None, b"x"),
        }
        return evo.Outcome({"loss": curve[-1], "steps": start}, curve=curve, checkpoint=state)


def trained(function: Any, **more: Any) -> evo.Result:
    return evo.search(
        {"rate": evo.Real(1e-2, 1.0, log=True)}, function, objectives={"loss": "min"},
        epochs=(3, 9), generations=2, population=4,
        settings={"females": 2, "daughters": 1, "brood": 2}, **more,
    )  # fmt: skip


def test_the_promoted_call_goes_on_as_if_it_had_never_stopped() -> None:
    seeds: dict[float, int] = {}

    class Noting(Trainer):
        def __call__(
            self, parameters: dict[str, Any], epochs: int, seed: int, checkpoint: Any
        ) -> evo.Outcome:
            seeds[parameters["rate"]] = seed
            return super().__call__(parameters, epochs, seed, checkpoint)

    result = trained(Noting())
    assert set(result.history["status"]) == {"ok"}
    adults = result.history[result.history["stage"] == "adult"]
    assert len(adults) > 2
    assert set(adults["steps"]) == {3.0}
    for rate, loss in zip(adults["rate"], adults["loss"], strict=True):
        at_once = Trainer()({"rate": rate}, 9, seeds[rate], None)
        assert float(at_once.objectives["loss"]) == loss


@pytest.mark.slow
def test_so_it_does_on_ray() -> None:
    here = trained(Trainer())
    there = trained(Trainer(), runner="ray", workers=2, cpus_per_worker=0.5)
    assert here.history.equals(there.history)
