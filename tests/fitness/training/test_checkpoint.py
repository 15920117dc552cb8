import json
import struct
from dataclasses import asdict

import pytest
import torch

from fitness.training.checkpoint import CheckpointError, Header, pack, read_header, unpack

HEADER = Header(3, 24, "float32", "contiguous", "data", "spec")


def tensors() -> dict[str, torch.Tensor]:
    whole = torch.arange(6.0)
    return {"a": whole[:4], "b": whole[2:], "step": torch.tensor(7.0), "m": torch.tensor([True])}


def test_what_is_packed_is_unpacked() -> None:
    found = unpack(pack(HEADER, tensors()), asdict(HEADER))
    assert set(found) == {"a", "b", "step", "m"}
    assert all(torch.equal(found[name], value) for name, value in tensors().items())
    assert found["m"].dtype == torch.bool
    assert read_header(pack(HEADER, tensors())) == HEADER


def test_equal_states_are_equal_bytes() -> None:
    reverse = dict(reversed(tensors().items()))
    assert pack(HEADER, tensors()) == pack(HEADER, reverse)


def test_channels_last_tensors_keep_their_values() -> None:
    x = torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    assert torch.equal(unpack(pack(HEADER, {"x": x}), {})["x"], x)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("epoch", 4, "made with epoch 3, but 4 is expected"),
        ("adult_epochs", 30, "Schedules span the adult epochs"),
        ("precision", "bfloat16", "precision float32, but bfloat16"),
        ("memory_format", "channels_last", "memory format contiguous"),
        ("task", "other", "Use the data of the run that wrote it"),
        ("spec", "other", "Give the checkpoint of this genome"),
    ],
)
def test_mismatch_says_what_was_found_and_expected(name: str, value: object, words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        unpack(pack(HEADER, tensors()), {**asdict(HEADER), name: value})


def test_damage_is_recognised_wherever_it_is_cut() -> None:
    data = pack(HEADER, tensors())
    for length in (0, 4, 8, 100, len(data) // 2, len(data) - 1):
        with pytest.raises(CheckpointError, match=f"damaged.*{length} bytes received"):
            unpack(data[:length], asdict(HEADER))
    with pytest.raises(CheckpointError, match="damaged"):
        unpack(b"\x80\x04 a pickle, which is never opened", asdict(HEADER))


def test_another_format_names_both_versions() -> None:
    text = json.dumps({"__metadata__": {"evo": json.dumps({"format": 99, "evo_version": "9.1"})}})
    data = struct.pack("<Q", len(text)) + text.encode()
    with pytest.raises(CheckpointError, match=r"format 99 \(written by evo 9.1\).*reads format 1"):
        unpack(data, {})


def test_somebody_elses_safetensors_are_refused() -> None:
    import safetensors.torch

    with pytest.raises(CheckpointError, match="no checkpoint"):
        unpack(safetensors.torch.save({"a": torch.ones(1)}), {})
