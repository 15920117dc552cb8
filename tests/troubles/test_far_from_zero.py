"""Numbers that float32 cannot carry: tiny, gigantic, or far from zero with little variation.

Vectors scaled by 1e-20 counted as constant (36 % in place of 98 %); times in seconds since 1970
lost their digits before they were centred (86 % in place of 98 %). Statistics are taken from the
raw numbers in float64, and inputs are centred before they become float32, also after the export.
"""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from evo.export.evaluate import measured
from evo.export.exported import plain_network
from evo.export.folder import write_export
from evo.export.rebuilding import load_export
from fitness.data.fit_normalization import fit, interface_of
from fitness.data.inputs.columns import Columns
from fitness.data.resident import resident
from fitness.data.task import Split, Task
from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.prediction.inputs import Standardiser
from fitness.targets.classes import Classes
from fitness.training.numerics import Numerics
from fitness.training.sample_batch import measure_proxies
from genomes.chromosomes.space import network_space
from genomes.graph.interface import Interface
from genomes.graph.normalization import Normalization, needs_float64
from genomes.graph.sketch import Sketch
from genomes.networks.network import build
from tests.evo.exports import FACTS, exported
from tests.fitness.tiny import job

MOVED: dict[str, tuple[float, float]] = {  # factor, offset
    "as it is": (1.0, 0.0),
    "tiny": (1e-20, 0.0),
    "below float32": (1e-60, 0.0),
    "gigantic": (1e30, 0.0),
    "beyond float32": (1e60, 0.0),
    "whose squares leave float64": (1e200, 0.0),
    "seconds since 1970": (100.0, 1.7e9),
    "milliseconds since 1970": (1000.0, 1.7e12),
    "coordinates": (0.01, 5.3e6),
}


def points(count: int, seed: int, factor: float = 1.0, offset: float = 0.0) -> Split:
    """Three classes of vectors, apart by two deviations in two of the four numbers."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 3
    x = rng.normal(size=(count, 4))
    x[:, 0] += 5.0 * (y == 1)
    x[:, 1] += 5.0 * (y == 2)
    return Split(x * factor + offset, y)


@cache
def moved(name: str) -> Task:
    sizes = {"train": (300, 1), "validation": (120, 2), "test": (120, 3)}
    return Task(
        name, "", Classes(3), **{k: points(*size, *MOVED[name]) for k, size in sizes.items()}
    )


def network_for(task: Task) -> Any:
    """Train a linear layer on the normalised inputs, by the very path of a run's data."""
    sketch = Sketch(task.input_shape)
    x = sketch.opening(fit(task))
    sketch.add("logits", "linear", x, out_features=3, bias=True)
    network = build(sketch.finish(), seed=1)
    examples = resident(task.train, task.target, "cpu")
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1)
    for _ in range(60):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(examples.x), examples.y)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return network.eval()


@pytest.mark.parametrize("name", MOVED)
def test_accuracy_is_that_of_the_unmoved_data(name: str) -> None:
    usual, found = (
        measured(network_for(task), task.target, task.test, ["accuracy"])["accuracy"]
        for task in (moved("as it is"), moved(name))
    )
    assert usual >= 0.95
    assert abs(found - usual) <= 1 / 120 + 1e-9


@pytest.mark.parametrize("name", MOVED)
def test_the_exported_network_takes_the_raw_numbers(name: str, tmp_path: Path) -> None:
    task = moved(name)
    network = network_for(task)
    write_export(exported(plain_network(network), "npz:x.npz", FACTS), tmp_path / "out")
    x = torch.from_numpy(task.test.x)
    with torch.inference_mode():
        expected = network(x)
        module = ModuleType("model")
        exec((tmp_path / "out/model.py").read_text(), module.__dict__)
        model = module.Network().eval()
        model.load_state_dict(load_file(tmp_path / "out/weights.safetensors"))
        traced = torch.export.load(tmp_path / "out/model.pt2").module()
        for form in (model, model.float(), traced, load_export(tmp_path / "out")):
            assert torch.allclose(form(x), expected, atol=1e-4)
    said = "float64" in (tmp_path / "out/README.md").read_text()
    assert said == (task.train.x.dtype == np.float64)
    assert ("Input: (N, 4), float64" in (tmp_path / "out/model.py").read_text()) == said


def test_only_what_float32_cannot_carry_is_kept_in_float64_and_told() -> None:
    kinds = {name: str(moved(name).train.x.dtype) for name in MOVED}
    assert {name for name, kind in kinds.items() if kind == "float32"} == {
        "as it is", "tiny",
    }  # fmt: skip
    assert moved("as it is").notes == ()
    assert "float32 cannot carry inputs 0, 1, 2, 3" in moved("coordinates").notes[0]


def test_one_such_column_is_named_alone() -> None:
    x = np.random.default_rng(0).normal(size=(50, 3))
    x[:, 2] += 1e9
    split = Split(x, np.arange(50) % 2)
    task = Task("t", "", Classes(2), split, split, split)
    assert task.notes == (
        "float32 cannot carry inputs 2 (counted from 0): they are kept and normalised in float64",
    )


def test_what_is_lost_already_is_told() -> None:
    x = np.random.default_rng(0).normal(size=(50, 2)) * 100
    x[:, 1] += 1.7e9
    split = Split(x.astype(np.float32), np.arange(50) % 2)
    (note,) = Task("t", "", Classes(2), split, split, split).notes
    assert "inputs 1 (counted from 0): float32 rounds away what tells the examples apart" in note
    assert "give them as float64, or subtract" in note


@pytest.mark.parametrize("name", ["seconds since 1970", "below float32"])
def test_a_network_of_the_search_trains_on_them_as_on_the_unmoved(name: str) -> None:
    usual, found = accuracy(moved("as it is")), accuracy(moved(name))
    assert usual > 0.95
    assert found == pytest.approx(usual, abs=0.02)


def accuracy(task: Task) -> float:
    """Train a network that was drawn at random, as a worker does."""
    evaluator = NetworkEvaluator(TaskReference("unused"), Numerics())
    evaluator.unshare(
        {"task": task, "fingerprint": task.fingerprint(), "interface": interface_of(task)}
    )
    space = network_space(
        family="mlp", interface=Interface(task.input_shape, 3), batch_sizes=(16,)
    ).pin(
        {"training.optimizer": "adamw", "pruning.final_sparsity": 0.0, "architecture.dropout": 0.0,
         "training.learning_rate": 0.01, "training.credit": "backpropagation",
         "epigenome.initial_methylation": 0.0}
    )  # fmt: skip
    genes = space.sample("m", "male", random.Random(3)).expressed()
    evaluation = evaluator.evaluate(job(genes, to_epoch=6))
    assert evaluation.status == "ok", evaluation.reason
    return evaluation.objectives["accuracy"]


def test_proxies_see_the_precise_inputs() -> None:
    shifted, plain = moved("seconds since 1970"), moved("as it is")
    found = [
        measure_proxies(("initial-gradient-norm",), network_at_birth(task), batch(task))
        for task in (shifted, plain)
    ]
    assert found[0]["initial_gradient_norm"] == pytest.approx(
        found[1]["initial_gradient_norm"], rel=1e-3
    )


def network_at_birth(task: Task) -> Any:
    sketch = Sketch(task.input_shape)
    sketch.add("logits", "linear", sketch.opening(fit(task)), out_features=3, bias=True)
    return build(sketch.finish(), seed=1)


def batch(task: Task) -> Any:
    return resident(Split(task.train.x[:64], task.train.y[:64]), task.target, "cpu")


# -- statistics ----------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.floats(-290, 290),
    st.floats(0, 9),
    st.integers(0, 2**32 - 1),
)
def test_statistics_scale_with_the_data(exponent: float, offset: float, seed: int) -> None:
    """Mean and deviation of numbers moved by any factor, and up to 1e9 deviations, are exact."""
    factor = 10.0**exponent
    x = np.random.default_rng(seed).normal(size=(40, 2))
    away = (10.0**offset) * factor
    found = Columns.of(x * factor + away)
    assert found.deviation == pytest.approx(x.std(axis=0) * factor, rel=1e-5)
    assert not found.constant.any()


@pytest.mark.parametrize("value", [0.0, 1e-30, 0.1, 7.0, 1e9, 1e300])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_what_does_not_vary_is_constant_at_any_size(value: float, kind: Any) -> None:
    if value > 3e38 and kind == np.float32:
        pytest.skip("not a number of this type")
    x = np.full((30, 1), value, dtype=kind)
    assert Columns.of(x).constant.all()
    x[::2] = np.nextafter(x[::2], kind(np.inf)) if value > 1e-29 else x[::2]
    assert Columns.of(x).constant.all()  # one rounding is no variation


def test_a_constant_far_from_zero_needs_no_float64() -> None:
    x = np.random.default_rng(0).normal(size=(40, 2))
    x[:, 1] = 1.7e9
    split = Split(x, np.arange(40) % 2)
    task = Task("t", "", Classes(2), split, split, split)
    assert task.train.x.dtype == np.float32
    found = fit(task)
    assert not needs_float64(found.mean, found.std)


def test_a_mean_is_rounded_where_it_does_not_matter() -> None:
    task = moved("seconds since 1970")
    found, exact = fit(task), task.train.x.mean(axis=0)
    assert np.abs(np.array(found.mean) - exact).max() < 1e-4 * 100
    assert Normalization(found.mean, found.std) == found


@pytest.mark.parametrize("factor", [1e-200, 1e-20, 1.0, 1e90])
def test_what_predictors_learn_from_is_standardised_at_any_scale(factor: float) -> None:
    x = np.random.default_rng(0).normal(size=(30, 3))
    x[:, 2] = 0.25  # constant
    found = Standardiser(x * factor)(x * factor)
    assert found == pytest.approx(Standardiser(x)(x), abs=1e-6)
    assert found[:, :2].std(axis=0) == pytest.approx([1.0, 1.0], rel=1e-6)
    assert (found[:, 2] == 0.0).all()
