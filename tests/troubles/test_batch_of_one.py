"""A batch of one example: what stands for many must also stand for one.

A network whose normalisation had a single value left, as pruning makes them, raised in evaluation
for one example ("Expected more than 1 value per channel"), in `model.py` and in `evo evaluate`.
"""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors.torch import load_file

from evo.errors import BadInput
from evo.export.check import ExportDiffers, check_programs
from evo.export.export_format import Program, chosen_formats
from evo.export.exported import plain_network
from evo.export.folder import write_export
from evo.export.rebuilding import load_export
from evo.settings import config
from fitness.data.task import SearchDefaults, Split, Task
from fitness.training.latency import milliseconds
from fitness.training.numerics import Numerics
from genomes.graph.sketch import Sketch
from genomes.networks.network import Network, build
from tests.evo.exports import FACTS, exported, gated_network, inputs, random_network
from tests.fitness.tiny import evaluator, expressed, job, make_task

SIZES = (1, 2, 7)
NORMALISATIONS = ("none", "batch_norm", "layer_norm")
SHAPES = ((1, 1, 1), (1, 2, 1), (2, 1, 1), (1, 3, 3), (1,), (2,))


def narrow_network(shape: tuple[int, ...], channels: int, normalisation: str) -> Network:
    """Return two classes told apart through so many normalised channels."""
    sketch = Sketch(shape)
    if len(shape) == 3:
        x = sketch.add("first", "conv", "input", out_channels=channels, kernel=1, stride=1,
                       bias=True)  # fmt: skip
    else:
        x = sketch.add("first", "linear", "input", out_features=channels, bias=True)
    x = x if normalisation == "none" else sketch.add("norm", normalisation, x)
    x = sketch.add("act", "activation", x, function="tanh")
    x = sketch.add("flat", "flatten", x) if len(shape) == 3 else x
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    network = build(sketch.finish(), seed=1)
    with torch.no_grad():
        for name, tensor in network.tensors().items():
            if name.startswith("norm."):
                tensor.add_(0.3)
    return network.eval()


def one_channel_left(network: Network) -> Network:
    """Mask all channels but one of every site, so that shrinking leaves one a group."""
    masks = {site: torch.zeros_like(mask) for site, mask in network.channel_masks().items()}
    for mask in masks.values():
        mask[-1] = True
    network.set_channel_masks(masks)
    return network


def forms(folder: Path) -> dict[str, torch.nn.Module]:
    module = ModuleType("model")
    exec((folder / "model.py").read_text(), module.__dict__)
    written = module.Network().eval()
    written.load_state_dict(load_file(folder / "weights.safetensors"))
    program = torch.export.load(folder / "model.pt2").module()
    return {"model.py": written, "model.pt2": program, "evaluate": load_export(folder)}


def programs_in(folder: Path) -> dict[str, Program]:
    """Load the files of an export that can be run."""
    formats = [one for one in chosen_formats() if one.program]
    return {one.file_name: one.program(folder / one.file_name) for one in formats if one.program}


def check(network: Network, folder: Path) -> None:
    write_export(exported(plain_network(network), "digits", FACTS), folder)
    found = forms(folder)
    for size in SIZES:
        x = inputs(network, size)
        with torch.inference_mode():
            # One by one, by hand: no example may change what another gets.
            expected = torch.cat([network.double()(row.double()) for row in x.split(1)]).float()
            for name, form in found.items():
                torch.testing.assert_close(form(x), expected, rtol=1e-3, atol=1e-4, msg=name)
            network.float()


@pytest.mark.parametrize("normalisation", NORMALISATIONS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_export_takes_one_example(
    shape: tuple[int, ...], normalisation: str, tmp_path: Path
) -> None:
    for channels in (1, 2):
        check(narrow_network(shape, channels, normalisation), tmp_path / str(channels))


@pytest.mark.slow
@pytest.mark.parametrize("family", ["cnn", "cnn1d", "mlp", "modular", "neat"])
def test_every_family_takes_one_example_with_a_channel_a_group(
    family: str, tmp_path: Path
) -> None:
    for seed in range(3):
        check(one_channel_left(random_network(family, seed)), tmp_path / str(seed))
    check(gated_network(family, 1), tmp_path / "gated")


def test_a_single_value_normalised_over_its_layer_is_the_shift_alone() -> None:
    network = narrow_network((1,), 1, "layer_norm")
    with torch.inference_mode():
        hidden = network.get_submodule("norm")(torch.tensor([[5.0]]))
    assert hidden.tolist() == [[pytest.approx(0.3, abs=1e-3)]]  # its own mean is taken from it


def test_a_masked_network_takes_one_example_too() -> None:
    for family in ("cnn", "mlp"):
        for seed in range(8):
            network = one_channel_left(random_network(family, seed))
            many = inputs(network, 7)
            with torch.inference_mode():
                one_by_one = torch.cat([network(row) for row in many.split(1)])
                torch.testing.assert_close(one_by_one, network(many), rtol=1e-4, atol=1e-4)


def test_one_example_is_timed() -> None:
    network = narrow_network((1, 1, 1), 1, "layer_norm")
    assert milliseconds(network, torch.zeros(1, 1, 1, 1), Numerics()) > 0.0


def test_an_export_whose_forms_differ_is_not_handed_over(tmp_path: Path) -> None:
    network = plain_network(narrow_network((2,), 2, "layer_norm"))
    write_export(exported(network, "digits", FACTS), tmp_path / "out")
    handed = exported(network, "digits", FACTS)
    check_programs(handed, programs_in(tmp_path / "out"))
    source = "import torch.nn.functional as F\n" + (tmp_path / "out" / "model.py").read_text()
    (tmp_path / "out" / "model.py").write_text(source.replace("torch.tanh", "F.relu"))
    with pytest.raises(ExportDiffers, match=r"model.py gives other outputs"):
        check_programs(handed, programs_in(tmp_path / "out"))


def test_batches_of_one_are_not_trained_on() -> None:
    # Batch normalisation over one value has no statistics: every such training would fail.
    with pytest.raises(BadInput, match=r"batch_sizes.*received 1, expected at least 2"):
        config.build({"batch_sizes": [1, 16]}, {})
    with pytest.raises(ValueError, match=r"received batch sizes \(1, 16\), expected at least 2"):
        SearchDefaults(batch_sizes=(1, 16))


def one_to_validate() -> Task:
    task = make_task()
    one = Split(task.validation.x[:1], task.validation.y[:1])
    return replace(task, validation=one, test=one)


GATES = {
    "none": {},
    "contextual": {
        "epigenome__gate": "contextual",
        "epigenome__gate_threshold": 0.5,
        "epigenome__gate_blend": 0.5,
        "epigenome__gate_memory": 2,
        "epigenome__gate_pressure": 0.01,
    },
}


@pytest.mark.parametrize("gate", GATES)
def test_a_validation_split_may_hold_one_example(gate: str) -> None:
    bench = evaluator("tests.troubles.test_batch_of_one:one_to_validate")
    found = bench.evaluate(job(expressed(**GATES[gate]), to_epoch=2, adult_epochs=2))
    assert (found.status, found.reason) == ("ok", "")
    assert found.objectives["accuracy"] in (0.0, 1.0)
