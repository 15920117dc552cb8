"""A user's network as a part of a task: made, weighed, imported; or refused with the reason."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from evo.settings.config import build, resolve
from fitness.data.arrays import UnusableData
from fitness.data.fit_normalization import interface_of
from fitness.data.given import reading
from fitness.data.given.options import ModelOptions
from fitness.data.task_reference import TaskReference
from genomes.architectures import given as family
from genomes.chromosomes.space import decode, network_space, starting_tensors, textbook
from genomes.genes.gene import Record
from genomes.graph.given.network import GivenNetwork
from genomes.graph.interface import Interface
from genomes.importing.importer import import_module
from genomes.networks.network import Network
from tests.fitness.data.given.own_models import make
from tests.genomes.importing.given_models import TOKENS, WINDOW, LanguageModel

HERE = "tests.fitness.data.given.own_models:"


def task(name: str = "digits", **options: object):  # type: ignore[no-untyped-def]
    return TaskReference(name, model=ModelOptions(**{"model": HERE + "make", **options})).load()  # type: ignore[arg-type]


def test_the_whole_network_gives_the_given_ones_answers() -> None:
    found = task()
    interface = interface_of(found)
    values = Record(family="given", widths=(1.0,) * 2, criterion="l1")
    expressed = Record(architecture=values)
    network = Network(decode(expressed, interface)).eval()
    start = starting_tensors(expressed, interface)
    assert start is not None
    state = {name: torch.from_numpy(tensor) for name, tensor in start.items()}
    network.load_state_dict(network.state_dict() | state)
    x = torch.from_numpy(found.validation.x[:32])
    with torch.no_grad():
        torch.testing.assert_close(network(x), make().eval()(x.float() / 255))


def test_a_child_takes_each_channel_from_its_parent_or_else_from_the_given_network() -> None:
    interface = interface_of(task())
    parent, child = (
        Record(family="given", widths=(share,) * 2, criterion="l1") for share in (0.5, 1.0)
    )
    trained = {name: 1.0 + values for name, values in family.start(parent, interface).items()}
    given = family.start(child, interface)
    carried = family.carried(child, parent, trained, interface)
    for name, values in trained.items():
        changed = carried[name] != given[name]
        assert changed.sum() == values.size
        assert np.array_equal(np.sort(carried[name][changed]), np.sort(values.ravel()))
    again = family.carried(parent, child, carried, interface)
    assert all(np.array_equal(again[name], values) for name, values in trained.items())


def test_it_decides_family_limits_and_fingerprint() -> None:
    found, plain = task(), TaskReference("digits").load()
    assert (found.family, plain.family) == ("given", "cnn")
    assert found.fingerprint() != plain.fingerprint()
    assert found.given is not None
    assert found.limits.max_parameters == found.given.spec.dense_parameters()
    assert found.given.reasons == {"head": "gives the answers"}


def test_weights_that_are_drawn_are_drawn_alike_in_every_process() -> None:
    found = []
    for seed in (1, 2):
        reading._read.cache_clear()
        torch.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)
        expected = torch.rand(1), np.random.rand(), random.random()
        torch.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)
        found.append(task(model=HERE + "drawn").fingerprint())
        assert expected == (torch.rand(1), np.random.rand(), random.random())
    assert found[0] == found[1]


def test_no_limit_of_bred_networks_holds_for_it() -> None:
    found = task(model=HERE + "large")
    bred = TaskReference("digits").load().defaults
    spec = found.given.spec
    assert spec.dense_parameters() > bred.max_parameters
    resolved = resolve(build({"model": HERE + "large"}), found)
    sizes = resolved.max_flops, resolved.max_activations, resolved.max_parameters
    assert sizes == (spec.flops(), spec.activations(), spec.dense_parameters())
    asked = resolve(build({"model": HERE + "large", "max_parameters": 9_000.0}), found)
    assert asked.max_parameters == 9_000


def test_patterns_keep_layers() -> None:
    for options in ({"keep": ("conv",)}, {"only": ("stem", "back")}):
        given = task(**options).given
        assert [site.name for site in given.spec.sites] == ["stem"]
        assert given.reasons["conv"] == "is kept as asked"


def test_weights_come_from_a_file(tmp_path: Path) -> None:
    other = make()
    torch.nn.init.constant_(other.head.bias, 3.0)
    torch.save(other.state_dict(), tmp_path / "w.pt")
    save_file(other.state_dict(), tmp_path / "w.safetensors")
    for name in ("w.pt", "w.safetensors"):
        given = task(weights=str(tmp_path / name)).given
        assert np.array_equal(given.tensors["head.bias"], np.full(10, 3.0, np.float32))


@pytest.mark.parametrize(
    ("kind", "mean", "std"),
    [("unit", 0.0, 255.0), ("0.5/0.25", 127.5, 63.75)],
)
def test_inputs_are_normalised_as_said(kind: str, mean: float, std: float) -> None:
    normalization = task(model_input=kind).given.spec.normalization
    assert (normalization.mean, normalization.std) == ((mean,), (std,))


def test_inputs_may_come_raw_or_as_evo_has_them() -> None:
    assert task(model_input="raw").given.spec.normalization is None
    standard = task(model_input="standard").given.spec.normalization
    assert standard == interface_of(TaskReference("digits").load()).normalization


def test_founders_are_the_network_and_the_classics() -> None:
    interface = interface_of(task())
    space = network_space(family="given", interface=interface)
    architecture = space.chromosomes["architecture"]
    classics = [values["widths"] for values in family.textbook(architecture)]
    assert classics[0] == (1.0, 1.0)
    assert (0.5, 0.5) in classics
    assert len(classics) == 1 + 2 * len(family.CLASSIC_SHARES)
    drawn = space.sample("m", "male", random.Random(0)).chromosomes
    first = textbook(0, drawn, space)
    assert first["architecture"]["widths"] == (1.0, 1.0)
    assert first["training"]["learning_rate"] == family.TRAINING["learning_rate"]
    assert first["training"]["optimizer"] == "sgd"
    pinned = space.pin({"architecture.widths": [0.5, 0.25]})
    assert textbook(0, drawn, pinned)["architecture"]["widths"] == drawn["architecture"]["widths"]


def test_founders_of_a_network_of_tokens_are_trained_by_adamw() -> None:
    imported = import_module(LanguageModel(), (WINDOW,), stages=1, tokens=TOKENS)
    arrays = {name: tensor.numpy() for name, tensor in imported.tensors.items()}
    given = GivenNetwork(imported.spec, arrays, {})
    interface = Interface((WINDOW,), TOKENS, given=given)
    for pins in ({}, {"architecture.widths": [0.5] * len(given.spec.sites)}):
        space = network_space(family="given", interface=interface).pin(pins)
        drawn = space.sample("m", "male", random.Random(0)).chromosomes
        training = textbook(0, drawn, space)["training"]
        assert (training["optimizer"], training["learning_rate"]) == ("adamw", 0.1)
    pinned = space.pin({"training.optimizer": "nadam"})
    drawn = pinned.sample("m", "male", random.Random(0)).chromosomes
    assert textbook(0, drawn, pinned)["training"]["optimizer"] == "nadam"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": HERE + "eleven"}, r"outputs of shape .11,. .* needs .10,"),
        ({"model": HERE + "rigid"}, "nothing of the model can be pruned"),
        ({"model": HERE + "number"}, "returned a int, expected a torch.nn.Module"),
        ({"model": HERE + "failing"}, "raised RuntimeError: no weights on this machine"),
        ({"model": HERE + "missing"}, "unknown function 'missing'"),
        ({"model": "nowhere:make"}, "there is no module 'nowhere'"),
        ({"model": "model.py"}, "name the module, not its file: model:"),
        ({"model": "model"}, "expected package.module:make_model"),
        ({"weights": "nowhere.pt"}, "which is no file"),
        ({"model_input": "0.5"}, "expected unit, raw, standard, or MEANS/DEVIATIONS"),
        ({"model_input": "0.5/0"}, "expected unit, raw, standard, or MEANS/DEVIATIONS"),
        ({"model_input": "0.1,0.2/1"}, "one or 1 numbers each"),
        ({"model": None, "keep": ("stem",)}, "received --keep, but no network"),
    ],
)
def test_what_does_not_fit_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(UnusableData, match=message):
        task(**options)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 not a zip"])
@pytest.mark.parametrize("name", ["w.pt", "w.safetensors"])
def test_damaged_weights_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnusableData, match="cannot read the weights"):
        task(weights=str(tmp_path / name))


def test_weights_of_another_network_or_none_are_refused(tmp_path: Path) -> None:
    torch.save({"other.weight": torch.zeros(1)}, tmp_path / "w.pt")
    with pytest.raises(UnusableData, match="do not fit the model"):
        task(weights=str(tmp_path / "w.pt"))
    torch.save([1, 2], tmp_path / "w.pt")
    with pytest.raises(UnusableData, match="hold a list"):
        task(weights=str(tmp_path / "w.pt"))
