"""`model.onnx`: the network for ONNX runtimes, any batch size, from `x` to `outputs`."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from evo.export.exported import Exported
from evo.export.formats.torch_export import traced
from evo.version import VERSION

FILE_NAME = "model.onnx"
BY_REQUEST = True
NEEDS = ("onnx", "onnxscript", "onnxruntime")
EXTRA = "onnx"

INPUT, OUTPUT = "x", "outputs"


def write(exported: Exported, path: Path) -> None:
    """Write the network and the names of its outputs; types of inputs are those of `model.pt2`."""
    import onnx

    model = onnx_model(exported)
    named = {key: "\n".join(names) for key, names in exported.names_by_key.items()}
    onnx.helper.set_model_props(model, {"task": exported.task, **named})
    onnx.save(model, path)


def program(path: Path) -> Callable[[Tensor], Tensor]:
    """Return the model as onnxruntime runs it, on one thread of the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def run(x: Tensor) -> Tensor:
        return torch.from_numpy(session.run([OUTPUT], {INPUT: x.numpy()})[0])

    return run


def onnx_model(exported: Exported) -> Any:
    """Return the network as an onnx.ModelProto that names nothing of this machine."""
    with _quiet():
        made = torch.onnx.export(
            traced(exported),
            dynamo=True,
            input_names=[INPUT],
            output_names=[OUTPUT],
            verbose=False,
        )
    assert made is not None
    model = made.model_proto
    model.producer_name, model.producer_version = "evo", VERSION
    for part in _parts(model.graph):
        del part.metadata_props[:]  # file names of the machine it was made on
    del model.graph.value_info[:]  # for one batch size by name; runtimes infer them
    _name_batch(model.graph)
    return model


def _parts(graph: Any) -> Iterator[Any]:
    yield graph
    yield from graph.node
    yield from graph.initializer
    yield from (*graph.input, *graph.output)


def _name_batch(graph: Any) -> None:
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter from talking about itself and about torchvision."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
