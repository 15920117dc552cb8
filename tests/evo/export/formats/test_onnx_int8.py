"""The int8 program: calibrated on training inputs, near the network, smaller if large."""

from pathlib import Path

import onnx
import pytest

from evo.export.exported import plain_network
from evo.export.formats import onnx as floats
from evo.export.formats import onnx_int8
from genomes.graph.sketch import Sketch
from genomes.networks.network import Network, build
from tests.evo.export.formats.test_onnx import sampled
from tests.evo.exports import exported


def wide_network() -> Network:
    sketch = Sketch((6,))
    x = sketch.add("hidden", "linear", "input", out_features=2000, bias=True)
    x = sketch.add("hidden_activation", "activation", x, function="relu")
    sketch.add("logits", "linear", x, out_features=3, bias=True)
    return build(sketch.finish(), seed=1).eval()


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
