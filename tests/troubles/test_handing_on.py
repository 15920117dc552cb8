"""`model.py` has to go where people take it: through torch.export, ONNX and tracing.

Networks with gates did not: a graph must not depend on the values of one batch, as it did on which
channels that batch had opened, and on a count that torch could not know in advance.
"""

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from evo.export.exported import plain_network
from evo.export.model_source import model_source
from genomes.graph.sketch import Sketch
from genomes.networks.network import Network, build
from tests.evo.bred_networks import bred_network
from tests.evo.export.test_model_source import imported
from tests.evo.exports import gated_network, inputs, random_network

FAMILIES = ("cnn", "cnn1d", "mlp", "modular", "neat")


def inhibiting_network() -> Network:
    """Neighbours damp each other, channels and pixels, by both kinds."""
    sketch = Sketch((3, 5, 4))
    x = "input"
    for over in ("channels", "positions"):
        for kind, ratio in (("divisive", None), ("difference-of-gaussians", 1.5)):
            x = sketch.add(
                f"{over}_{kind[:3]}", "inhibit", x, kind=kind, over=over, width=0.8, strength=2.0,
                ratio=ratio, places=(0, 2, 3) if over == "channels" else (),
            )  # fmt: skip
    x = sketch.add("average", "global_average_pool", x)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    return build(sketch.finish(), seed=2).eval()


NETWORKS = {
    **{family: lambda family=family: random_network(family, 1) for family in FAMILIES},
    **{f"{family} gated": lambda family=family: gated_network(family, 2) for family in FAMILIES},
    "bred activations": bred_network,
    "inhibition": inhibiting_network,
}
DIFFERENT = {name: NETWORKS[name] for name in NETWORKS if f"{name} gated" not in NETWORKS}


def written(network: Network) -> nn.Module:
    """Return what `model.py` makes, with the network's weights."""
    module: nn.Module = imported(model_source(network.spec, "")).Network().eval()
    module.load_state_dict(network.tensors(), strict=True)
    return module


def check(found: torch.Tensor, network: Network, x: torch.Tensor) -> None:
    with torch.inference_mode():
        torch.testing.assert_close(found, network(x), rtol=1e-3, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("make", DIFFERENT.values(), ids=DIFFERENT)
def test_the_source_becomes_an_onnx_program_for_any_batch(
    make: Callable[[], Network], tmp_path: Path
) -> None:
    import onnxruntime

    network = plain_network(make())
    example, batch = inputs(network, 3), torch.export.Dim("batch", min=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter about itself
        program = torch.onnx.export(
            written(network), (example,), dynamo=True, dynamic_shapes=({0: batch},), verbose=False
        )
    assert program is not None
    program.save(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    (name,) = (one.name for one in session.get_inputs())
    for size in (1, 2, 7):
        x = inputs(network, size)
        check(torch.from_numpy(session.run(None, {name: x.numpy()})[0]), network, x)


@pytest.mark.slow
@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_the_source_can_be_exported_and_traced(make: Callable[[], Network]) -> None:
    network = plain_network(make())
    source, example = written(network), inputs(network, 3)
    batch = torch.export.Dim("batch", min=1)
    program = torch.export.export(source, (example,), dynamic_shapes=({0: batch},)).module()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        traced = torch.jit.trace(source, example)
    for size in (1, 2, 7):
        x = inputs(network, size)
        with torch.inference_mode():
            check(program(x), network, x)
            check(traced(x), network, x)


def test_what_is_traced_does_not_keep_the_channels_of_its_example() -> None:
    network = plain_network(gated_network("mlp", 1))
    example = inputs(network, 1)
    traced = torch.jit.trace(written(network), example)
    x = inputs(network, 7)  # they open other channels
    with torch.inference_mode():
        opened = {tuple(row.tolist()) for row in network.get_submodule("gate0")(x)}
        check(traced(x), network, x)
    assert len(opened) > 1
