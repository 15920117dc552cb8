"""Arrays and tensors within a user's checkpoint, as raw bytes and a few words about them.

Raw, so that every type of number passes that numpy or torch knows: bfloat16, complex, dates, text,
either byte order. Torch is imported only where a tensor is read back.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

Bytes = npt.NDArray[np.uint8]
Words = list[Any]  # JSON: what kind of array it is


def describe_array(value: object) -> tuple[Bytes, Words] | None:
    """Return bytes and words of an array, a numpy scalar or a tensor; None for anything else.

    Raises ValueError for one that cannot be kept, saying why.
    """
    if isinstance(value, np.generic):
        if isinstance(value, np.str_ | np.bytes_) and not value:  # numpy says of size 0
            return _raw(np.zeros(1, f"{value.dtype.kind}1")), ["scalar", f"<{value.dtype.kind}1"]
        return _raw(np.asarray(value)), ["scalar", _dtype_words(value.dtype)]
    if isinstance(value, np.ndarray):
        if type(value) not in (np.ndarray, np.memmap):
            raise ValueError("is a subclass of numpy's arrays; keep numpy.asarray of it")
        return _raw(value), ["array", _dtype_words(value.dtype), list(value.shape)]
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(value, torch.Tensor):
        return None
    return _describe_tensor(value)


def _describe_tensor(tensor: torch.Tensor) -> tuple[Bytes, Words]:
    import torch

    if type(tensor) not in (torch.Tensor, torch.nn.Parameter):
        raise ValueError("is a subclass of torch's tensors; keep a plain tensor")
    if tensor.layout is not torch.strided or tensor.is_quantized or tensor.is_meta:
        raise ValueError("is sparse, quantized or without data; keep a dense tensor")
    flat = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
    raw = flat.view(torch.uint8).numpy() if flat.numel() else np.empty(0, np.uint8)
    name = str(tensor.dtype).removeprefix("torch.")
    is_parameter = isinstance(tensor, torch.nn.Parameter)
    return raw.copy(), ["tensor", name, list(tensor.shape), tensor.requires_grad, is_parameter]


def rebuilt_array(raw: Bytes, words: Sequence[Any]) -> Any:
    """Return what `describe_array` described, writable, a tensor on the CPU."""
    kind, dtype, *rest = words
    if kind == "tensor":
        return _rebuilt_tensor(raw, dtype, *rest)
    found = np.frombuffer(raw.tobytes(), dtype=np.lib.format.descr_to_dtype(_tupled(dtype)))
    return found[0] if kind == "scalar" else found.reshape(rest[0]).copy()


def _rebuilt_tensor(
    raw: Bytes, dtype: str, shape: Sequence[int], requires_grad: bool, is_parameter: bool
) -> torch.Tensor:
    import torch

    kind: torch.dtype = getattr(torch, dtype)
    if raw.size:
        tensor = torch.frombuffer(bytearray(raw.tobytes()), dtype=kind).reshape(tuple(shape))
    else:
        tensor = torch.empty(tuple(shape), dtype=kind)
    if is_parameter:
        return torch.nn.Parameter(tensor, requires_grad=requires_grad)
    return tensor.requires_grad_(requires_grad)


def _raw(array: npt.NDArray[Any]) -> Bytes:
    return np.frombuffer(array.tobytes(), dtype=np.uint8)


def _dtype_words(dtype: np.dtype[Any]) -> Any:
    """Return a dtype as JSON; ValueError for one that holds objects, or that numpy cannot name."""
    words = np.lib.format.dtype_to_descr(dtype)
    if dtype.hasobject or dtype.itemsize == 0 or np.lib.format.descr_to_dtype(words) != dtype:
        raise ValueError(f"holds values of dtype {dtype}; keep numbers, text or dates")
    return words


def _tupled(words: Any) -> Any:
    """Turn JSON's lists back into what numpy wrote: a list of tuples."""
    if isinstance(words, str):
        return words
    return [(name, _tupled(kind), *map(tuple, shape)) for name, kind, *shape in words]
