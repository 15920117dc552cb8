"""`model_int8.onnx`: the ONNX program with weights and activations of eight bits.

Static quantisation of convolutions and matrix products, weights with a scale a channel, the ranges
of activations from training inputs (Jacob et al. 2018, "Quantization and Training of Neural
Networks for Efficient Integer-Arithmetic-Only Inference"). Inputs and outputs stay floats, so it
is used as `model.onnx` is. Small networks can take more bytes so: the scales are stored as well.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evo.export.exported import Exported
from evo.export.formats import onnx as floats

FILE_NAME = "model_int8.onnx"
BY_REQUEST = True
EXACT = False
NEEDS, EXTRA = floats.NEEDS, floats.EXTRA

QUANTISED = ("Conv", "Gemm", "MatMul")
BATCH = 64
EXAMPLES = 512  # that calibrate it

program = floats.program


def write(exported: Exported, path: Path) -> None:
    """Quantise the network; raises ValueError without training inputs to calibrate it by."""
    if exported.sample is None:
        raise ValueError("an int8 export takes training inputs; give the export a sample")
    beside = path.with_name(floats.FILE_NAME)  # tracing the network takes seconds
    with tempfile.TemporaryDirectory(dir=path.parent) as name, _quiet():
        whole, prepared = Path(name) / "whole.onnx", Path(name) / "prepared.onnx"
        if not beside.is_file():
            floats.write(exported, whole)
        given = beside if beside.is_file() else whole
        _quantise(given, prepared, path, exported.sample.training[:EXAMPLES].numpy())


def _quantise(whole: Path, prepared: Path, path: Path, inputs: NDArray[np.generic]) -> None:
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Batches(CalibrationDataReader):  # type: ignore[misc]
        """Hands the inputs out in batches."""

        def __init__(self) -> None:
            parts = (inputs[k : k + BATCH] for k in range(0, len(inputs), BATCH))
            self._feeds = ({floats.INPUT: part} for part in parts)

        def get_next(self) -> dict[str, NDArray[np.generic]] | None:
            return next(self._feeds, None)

    quant_pre_process(whole, prepared, skip_symbolic_shape=True)
    quantize_static(
        prepared,
        path,
        Batches(),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=list(QUANTISED),
        per_channel=True,
        activation_type=QuantType.QInt8,
        weight_type=QuantType.QInt8,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the quantiser from logging that it was not given what it is given here."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
