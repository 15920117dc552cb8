"""Tasks of values, labels and tables for a given network: its numbers are those of the task."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from evo.export.exported import plain_network
from fitness.baselines import given_network
from fitness.data.arrays import UnusableData
from fitness.data.given.ends import check_inputs
from fitness.data.given.options import ModelOptions
from fitness.data.given.reading import given_module
from fitness.data.task import Split, Task
from fitness.data.task_reference import TaskReference
from fitness.data.text.vocabulary import Vocabulary
from fitness.evaluation import Job
from fitness.evaluators.network import NetworkEvaluator
from fitness.metric import Metric
from fitness.target import Target
from fitness.targets.classes import Classes
from fitness.targets.next_token import NextToken
from fitness.training.numerics import Numerics
from genomes.genes.gene import Record
from genomes.networks.given import whole
from tests.fitness.data.given.own_models import make, regressor, three
from tests.fitness.data.tables.tiny import houses, text_of
from tests.fitness.data.tables.tiny import load as load_table
from tests.fitness.tiny import expressed
from tests.genomes.importing.given_models import TOKENS, WINDOW, LanguageModel

HERE = "tests.fitness.data.given.own_models:"


def loaded(name: str, model: str, **options: str) -> Task:
    return TaskReference(name, model=ModelOptions(model=HERE + model, **options)).load()  # type: ignore[arg-type]


def arrays(folder: Path, x: np.ndarray, y: np.ndarray) -> str:
    np.savez(folder / "data.npz", x=x, y=y)
    return f"npz:{folder / 'data.npz'}"


def test_a_regressor_of_a_table_gives_the_tasks_units() -> None:
    task, net = loaded("diabetes", "regressor"), regressor().eval()
    assert task.given is not None
    assert task.given.teaches
    x = torch.from_numpy(task.test.array)
    with torch.no_grad():
        expected = net(x)
        inside = whole(task.given)(x)
        handed = plain_network(whole(task.given), task.target)
        torch.testing.assert_close(handed(x), expected)
    np.testing.assert_allclose(task.target.readable(inside.numpy()), expected, rtol=1e-5)
    assert "rescale" not in {node.operation for node in handed.spec.nodes}
    r2 = Metric.load("r2")
    found = given_network(task, task.given).value(r2, task.test)
    assert found == pytest.approx(r2.value(expected.numpy(), task.test.y), abs=1e-6)
    assert found > 0.2


def test_a_copy_of_it_is_trained() -> None:
    model = ModelOptions(model=HERE + "regressor")
    bench = NetworkEvaluator(TaskReference("diabetes", model=model), Numerics())
    half = Record(family="given", widths=(0.5,), criterion="l2")
    genes = expressed(training__label_smoothing=0.0, training__learning_rate=0.01)
    genes = genes.replacing(architecture=half)
    done = bench.evaluate(Job("g", genes, Record(), "k", 5, 0, 2, 2))
    assert done.status == "ok"
    assert done.objectives["r2"] > 0.0


def test_values_of_images_in_float64_and_several_labels(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 1, 8, 8))
    for y, model, net in (
        (rng.normal(2000.0, 0.5, size=(60, 10)), "make", make()),
        (rng.integers(0, 2, size=(60, 3)), "three", three()),
    ):
        state = tmp_path / "w.safetensors"
        save_file(net.state_dict(), state)
        task = loaded(arrays(tmp_path, x, y), model, weights=str(state))
        assert task.given is not None
        inputs = torch.from_numpy(task.test.array)
        with torch.no_grad():
            expected = net.eval()(inputs.float())
            handed = plain_network(whole(task.given), task.target)(inputs)
            torch.testing.assert_close(handed.float(), expected)


def test_inputs_that_are_no_numbers_or_lack_some_are_refused(tmp_path: Path) -> None:
    rows = houses()
    with pytest.raises(
        UnusableData, match=r"has columns of categories \(city\).*Give the numbers"
    ):
        check_inputs(load_table(tmp_path, text_of(rows)), ModelOptions())
    numbers = [{name: row[name] for name in ("size", "age", "price")} for row in rows]
    with pytest.raises(UnusableData, match=r"lacks numbers in columns age, .* Fill them in"):
        check_inputs(load_table(tmp_path, text_of(numbers)), ModelOptions())


def test_outputs_of_another_shape_are_refused() -> None:
    with pytest.raises(UnusableData, match=r"gives outputs \(2,\) for 2 inputs, expected"):
        loaded("diabetes", "flat")


def of_tokens(target: Target, y: np.ndarray) -> Task:
    x = np.random.default_rng(0).integers(0, TOKENS, (12, WINDOW)).astype(np.uint8)
    split = Split(x, y)
    return Task("notes", "", target, split, split, split, tokens=TOKENS)


def test_tokens_are_continued_or_told_apart() -> None:
    letters = Vocabulary("character", tuple(bytes([97 + token]) for token in range(TOKENS)))
    following = np.random.default_rng(1).integers(0, TOKENS, (12, WINDOW))
    text, classes = of_tokens(NextToken(letters), following), np.arange(12) % 3
    for task, model in (
        (text, LanguageModel(tied=True)),
        (of_tokens(Classes(3), classes), LanguageModel(classes=3, causal=False)),
    ):
        given = given_module(model, task, ModelOptions())
        with torch.no_grad():
            found = whole(given)(torch.from_numpy(task.test.array))  # bytes, as tasks hold them
            expected = model.eval()(torch.from_numpy(task.test.array).long())
        torch.testing.assert_close(found, expected)
        bits = Metric.load(task.target.primary)
        baseline = given_network(task.with_network(given), given)
        assert math.isfinite(baseline.value(bits, task.test))
    with pytest.raises(UnusableData, match=r"sees the tokens that it is to predict.*is_causal"):
        given_module(LanguageModel(causal=False), text, ModelOptions())
    with pytest.raises(UnusableData, match=r"--model-input '0.5/1'.* tokens.*Leave it out"):
        given_module(LanguageModel(), text, ModelOptions(model_input="0.5/1"))
    with pytest.raises(UnusableData, match=r"shape \(3,\) .* needs \(11, 6\)"):
        given_module(LanguageModel(classes=3), text, ModelOptions())
