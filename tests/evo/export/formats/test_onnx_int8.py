"""The int8 program: calibrated on training inputs, near the network, smaller if large."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
import torch

from evo.export.exported import Exported, Sample, plain_network
from evo.export.formats import onnx as floats
from evo.export.formats import onnx_int8
from genomes.graph.sketch import Sketch
from genomes.networks.network import Network, build
from tests.evo.export.formats.test_onnx import EVERY
from tests.evo.exports import exported, inputs


def sampled(network: Network) -> Exported:
    """Return an export with 200 inputs to calibrate by."""
    plain, x = plain_network(network), inputs(network, 200)
    with torch.inference_mode():
        return replace(exported(plain), sample=Sample(x, plain(x), x))


def wide_network() -> Network:
    sketch = Sketch((6,))
    x = sketch.add("hidden", "linear", "input", out_features=2000, bias=True)
    x = sketch.add("hidden_activation", "activation", x, function="relu")
    sketch.add("logits", "linear", x, out_features=3, bias=True)
    return build(sketch.finish(), seed=1).eval()


@pytest.mark.slow
@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_every_network_can_be_rounded(make: Callable[[], Network], tmp_path: Path) -> None:
    handed = sampled(make())
    onnx_int8.write(handed, tmp_path / "model_int8.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["model_int8.onnx"]
    model = onnx.load(tmp_path / "model_int8.onnx")
    assert any(node.op_type == "QuantizeLinear" for node in model.graph.node)
    program = onnx_int8.program(tmp_path / "model_int8.onnx")
    for size in (1, 7):
        x = inputs(handed.network, size)
        with torch.inference_mode():
            found, expected = program(x), handed.network(x)
        assert found.shape == expected.shape
        assert bool(found.isfinite().all())


def test_rounded_outputs_are_near_and_not_the_same(tmp_path: Path) -> None:
    handed = sampled(wide_network())
    onnx_int8.write(handed, tmp_path / "model_int8.onnx")
    assert handed.sample is not None
    found = onnx_int8.program(tmp_path / "model_int8.onnx")(handed.sample.inputs)
    spread = float(handed.sample.outputs.std())
    worst = float((found - handed.sample.outputs).abs().max())
    assert 0.0 < worst < 0.2 * spread


def test_a_large_network_takes_fewer_bytes(tmp_path: Path) -> None:
    handed = sampled(wide_network())
    onnx_int8.write(handed, tmp_path / "model_int8.onnx")
    floats.write(handed, tmp_path / "model.onnx")
    small, large = ((tmp_path / name).stat().st_size for name in ("model_int8.onnx", "model.onnx"))
    assert small < large


def test_weights_have_a_scale_a_channel(tmp_path: Path) -> None:
    onnx_int8.write(sampled(wide_network()), tmp_path / "model_int8.onnx")
    model = onnx.load(tmp_path / "model_int8.onnx")
    scales = [len(t.dims) and t.dims[0] for t in model.graph.initializer if "scale" in t.name]
    assert 2000 in scales


def test_without_a_sample_nothing_can_be_calibrated(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"an int8 export takes training inputs"):
        onnx_int8.write(exported(plain_network(wide_network())), tmp_path / "model_int8.onnx")
