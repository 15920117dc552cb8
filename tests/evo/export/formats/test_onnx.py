"""The ONNX program: every family computes the same by onnxruntime, and names nothing of here."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
import torch

from evo.export.check import BATCHES, check_programs, example_inputs
from evo.export.exported import Exported, Sample, plain_network
from evo.export.formats import onnx as onnx_format
from evo.export.formats import onnx_int8
from genomes.importing.importer import import_module
from genomes.networks.network import Network
from tests.evo.exports import exported, inputs, random_network
from tests.genomes.importing.given_models import VisionTransformer, lively
from tests.genomes.random_networks import mask_at_random
from tests.troubles.test_handing_on import DIFFERENT

EVERY = {**DIFFERENT, "transformer": lambda: random_network("transformer", 1)}


def sampled(network: Network) -> Exported:
    """Return an export with 200 inputs to calibrate by."""
    plain, x = plain_network(network), inputs(network, 200)
    with torch.inference_mode():
        return replace(exported(plain), sample=Sample(x, plain(x), x))


def written(exported: Exported, folder: Path) -> Path:
    onnx_format.write(exported, folder / "model.onnx")
    return folder / "model.onnx"


@pytest.mark.slow
@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_onnxruntime_computes_the_same_and_the_program_can_be_rounded(
    make: Callable[[], Network], tmp_path: Path
) -> None:
    handed = sampled(make())
    program = onnx_format.program(written(handed, tmp_path))
    check_programs(handed, {"model.onnx": program})
    onnx_int8.write(handed, tmp_path / "model_int8.onnx")
    model = onnx.load(tmp_path / "model_int8.onnx")
    assert any(node.op_type == "QuantizeLinear" for node in model.graph.node)
    rounded = onnx_int8.program(tmp_path / "model_int8.onnx")
    for size in BATCHES:
        x = example_inputs(handed.network, size)
        assert program(x).shape == rounded(x).shape
        assert bool(rounded(x).isfinite().all())


def test_onnxruntime_computes_a_given_transformer(tmp_path: Path) -> None:
    imported = import_module(lively(VisionTransformer), (1, 8, 8), stages=1)
    network = Network(imported.spec).double()
    network.load_state_dict(network.state_dict() | dict(imported.tensors))
    mask_at_random(network, random.Random(0))
    handed = exported(plain_network(network.float().eval()))
    found = check_programs(handed, {"model.onnx": onnx_format.program(written(handed, tmp_path))})
    assert found["model.onnx"] < 1e-4


def test_the_file_says_what_goes_in_and_what_comes_out(tmp_path: Path) -> None:
    network = plain_network(random_network("mlp", 4))
    handed = exported(network, "flowers", names=("iris", "rose", "tulip"))
    model = onnx.load(written(handed, tmp_path))
    onnx.checker.check_model(model, full_check=True)
    assert [value.name for value in model.graph.input] == ["x"]
    assert [value.name for value in model.graph.output] == ["outputs"]
    dimensions = model.graph.input[0].type.tensor_type.shape.dim
    assert (dimensions[0].dim_param, dimensions[1].dim_value) == ("batch", 6)
    assert {prop.key: prop.value for prop in model.metadata_props} == {
        "task": "flowers",
        "class_names": "iris\nrose\ntulip",
    }


def test_the_file_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    contents = written(exported(plain_network(random_network("cnn", 1))), tmp_path).read_bytes()
    assert str(Path.cwd()).encode() not in contents
    assert b"stack_trace" not in contents
    assert b".py" not in contents
