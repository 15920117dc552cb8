"""The committed table of networks on digits: whole, looked up rightly, made again."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import kendalltau  # type: ignore[import-untyped]

import evo
from benchmarks.tables import make_digits_networks as maker
from benchmarks.tables.digits_networks import (
    NETWORKS,
    OBJECTIVES,
    PATH,
    REFERENCE,
    SHAPE,
    DigitsNetworks,
    index_of,
    parameters_of,
)
from genomes.genes.user_space import parameter_struct, thawed

VALIDATION, TEST = 288, 360
SOME = {
    "width1": 6,
    "width2": 12,
    "block": "residual",
    "head": "flatten",
    "normalisation": "batch",
    "learning_rate": 0.05,
    "final_sparsity": 0.6,
    "pruning_start": 0.5,
}


@pytest.fixture(scope="module")
def table() -> DigitsNetworks:
    return DigitsNetworks()


@pytest.fixture(scope="module")
def columns() -> maker.Columns:
    with np.load(PATH, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def drawn(seed: int, count: int) -> list[int]:
    return random.Random(seed).sample(range(NETWORKS), count)


# -- the file ------------------------------------------------------------------------------------


def test_the_table_has_the_declared_shape(columns: maker.Columns) -> None:
    assert NETWORKS == 2160
    for name, (kind, shape) in maker.COLUMNS.items():
        assert columns[name].shape == (NETWORKS, *shape)
        assert columns[name].dtype == kind
    assert PATH.stat().st_size < 500_000


def test_the_table_has_no_gaps(columns: maker.Columns) -> None:
    assert columns["trained"].all()
    assert columns["right"].max() <= VALIDATION
    assert columns["test_right"].max() <= TEST
    assert np.isfinite(columns["train_loss"]).all()
    for counts in (columns["active"][:, -1], columns["shrunk"]):
        assert (counts >= 1).all()
        assert (counts <= columns["dense"]).all()
    assert (np.diff(columns["active"].astype(int), axis=1) <= 0).all()  # pruning is for good
    assert len(np.unique(columns["seed"])) == NETWORKS


def test_the_pruning_schedule_determines_the_active_parameters(columns: maker.Columns) -> None:
    planned = columns["planned_active_ratio"] * columns["dense"]
    assert planned == pytest.approx(columns["active"][:, -1])
    pruned = np.array([parameters_of(i)["final_sparsity"] > 0 for i in range(NETWORKS)])
    assert (columns["active"][~pruned] == columns["dense"][~pruned, None]).all()
    assert (columns["active"][pruned, -1] < columns["dense"][pruned]).all()


def test_early_accuracy_tells_something_but_not_all(table: DigitsNetworks) -> None:
    curves = table.curves()
    assert 0.4 < kendalltau(curves[:, 3], curves[:, -1]).statistic < 0.8
    assert len(table.front()) > 8


def test_the_genes_are_the_digits_of_the_row(columns: maker.Columns) -> None:
    assert columns["genes"].dtype == np.uint8
    assert np.ravel_multi_index(tuple(columns["genes"].T), SHAPE).tolist() == list(range(NETWORKS))


def test_sizes_are_those_of_the_networks(columns: maker.Columns) -> None:
    for index in drawn(3, 30):
        spec = maker.evaluator().spec(maker.expressed(parameters_of(index)))
        assert columns["dense"][index] == spec.dense_parameters()
        assert columns["flops"][index] == spec.flops()


def test_a_file_with_gaps_is_refused(tmp_path: Path, columns: maker.Columns) -> None:
    trained = columns["trained"].copy()
    trained[7] = False
    maker.save(tmp_path / "part.npz", {**only_trained(columns), "trained": trained})
    with pytest.raises(ValueError, match="has gaps"):
        DigitsNetworks(tmp_path / "part.npz")


# -- parameters ----------------------------------------------------------------------------------


def test_every_row_has_its_own_parameters() -> None:
    assert [index_of(parameters_of(index)) for index in range(NETWORKS)] == list(range(NETWORKS))


def test_a_row_worked_out_by_hand() -> None:
    digits = (1, 1, 2, 1, 0, 1, 4)
    index = 0
    for digit, options in zip(digits, (4, 3, 3, 2, 2, 3, 5), strict=True):
        index = index * options + digit
    assert index_of(SOME) == index
    assert parameters_of(index) == SOME


def test_what_the_space_draws_is_in_the_table(table: DigitsNetworks) -> None:
    struct, rng = parameter_struct(table.space()), random.Random(1)
    found = set()
    for _ in range(500):
        parameters = thawed(struct, struct.sample(rng))
        assert parameters_of(index_of(parameters)) == parameters
        found.add(parameters["final_sparsity"])
    assert found == {0.0, 0.3, 0.6}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width1": 5}, "received width1=5"),
        ({"pruning_start": None}, r"received pruning=\(0.6, None\)"),
        ({"final_sparsity": 0.0}, r"received pruning=\(0.0, 0.5\)"),
        ({"depth": 1}, "received parameters"),
    ],
)
def test_other_parameters_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        index_of({**SOME, **changes})


# -- what a search asks for ----------------------------------------------------------------------


def test_an_outcome_is_the_row_so_far(table: DigitsNetworks, columns: maker.Columns) -> None:
    row = index_of(SOME)
    right, active = columns["right"][row], columns["active"][row]
    outcome = table.evaluate(dict(SOME), 4, seed=9)
    assert outcome.objectives == {
        "accuracy": right[3] / VALIDATION,
        "active_parameters": float(active[3]),
    }
    assert list(outcome.curve) == [count / VALIDATION for count in right[:4]]
    assert outcome.features == {
        "train_loss": float(columns["train_loss"][row, 3]),
        "active_ratio": active[3] / columns["dense"][row],
    }
    assert outcome.checkpoint == {"epoch": 4}


def test_parts_of_a_training_cost_what_the_whole_costs(table: DigitsNetworks) -> None:
    early = table.evaluate(dict(SOME), 4)
    rest = table.evaluate(dict(SOME), table.epochs, checkpoint=early.checkpoint)
    whole = table.evaluate(dict(SOME), table.epochs)
    assert rest.objectives == whole.objectives
    assert early.flops + rest.flops == pytest.approx(whole.flops)
    steps, batch = 1149 // 32, 32
    assert whole.flops == 3 * table.everything().flops[index_of(SOME)] * steps * batch * 24


@pytest.mark.parametrize("epochs", [0, 25])
def test_epochs_that_were_never_trained(table: DigitsNetworks, epochs: int) -> None:
    with pytest.raises(ValueError, match=f"received epochs={epochs}"):
        table.evaluate(dict(SOME), epochs)


def test_costs_are_known_before_training(table: DigitsNetworks) -> None:
    costs = table.costs(dict(SOME))
    row = table.everything().iloc[index_of(SOME)]
    assert costs["log_dense_parameters"] == math.log10(row.dense_parameters)
    assert costs["log_flops"] == math.log10(row.flops)
    dense = table.costs({**SOME, "final_sparsity": 0.0, "pruning_start": None})
    assert costs["planned_active_ratio"] < dense["planned_active_ratio"] == 1.0


def test_the_front_is_what_nothing_dominates(table: DigitsNetworks) -> None:
    everything = table.everything()
    points = list(zip(everything.active_parameters, everything.accuracy, strict=True))
    best = {
        index
        for index, (size, accuracy) in enumerate(points)
        if not any(s <= size and a >= accuracy and (s, a) != (size, accuracy) for s, a in points)
    }
    assert set(table.front().index) == best
    assert table.front().active_parameters.is_monotonic_increasing


def test_the_best_hypervolume_is_the_area_under_the_front(table: DigitsNetworks) -> None:
    front = table.front()
    members = sorted(zip(front.active_parameters, front.accuracy, strict=True))
    ends = [size for size, _ in members[1:]] + [REFERENCE["active_parameters"]]
    area = sum(
        max(0.0, accuracy - REFERENCE["accuracy"]) * math.log10(end / size)
        for (size, accuracy), end in zip(members, ends, strict=True)
    )
    assert table.best_hypervolume() == pytest.approx(area)


def test_a_search_of_the_table(table: DigitsNetworks) -> None:
    result = evo.search(
        table.space(),
        table.evaluate,
        costs=table.costs,
        objectives=OBJECTIVES,
        reference=REFERENCE,
        epochs=(4, table.epochs),
        strategy="random",
        budget_epochs=600,
    )
    assert 0.5 * table.best_hypervolume() < result.hypervolume <= table.best_hypervolume() + 1e-9
    assert not (result.history.status == "failed").any()


# -- making it -----------------------------------------------------------------------------------


def only_trained(columns: maker.Columns) -> maker.Columns:
    return {name: columns[name].copy() for name in maker.COLUMNS}


def test_a_part_of_another_table_is_not_continued(
    tmp_path: Path, columns: maker.Columns, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = tmp_path / "part.npz"
    maker.save(part, only_trained(columns))
    assert maker.load(part)["trained"].all()
    provenance = maker.provenance()
    monkeypatch.setattr(maker, "provenance", lambda: {**provenance, "seed": 1})
    with pytest.raises(ValueError, match="part of another table"):
        maker.load(part)


@pytest.mark.slow
def test_networks_trained_again_are_those_of_the_table(
    tmp_path: Path, columns: maker.Columns
) -> None:
    """Other processors round otherwise, which a high learning rate soon amplifies."""
    order = drawn(5, NETWORKS)
    gentle = [index for index in order if is_gentle(parameters_of(index))][:2]
    others = [index for index in order if not is_gentle(parameters_of(index))][:2]
    part, gaps = tmp_path / "part.npz", only_trained(columns)
    for column in gaps.values():
        column[gentle + others] = 0
    maker.save(part, gaps)
    again = maker.make(part, processes=1)
    assert again["trained"].all()
    for name in ("dense", "flops", "activations", "active", "shrunk", "training_flops", "seed"):
        assert (again[name] == columns[name]).all()
    assert off(again["right"][gentle, -1], columns["right"][gentle, -1]) <= 2
    assert off(again["test_right"][gentle], columns["test_right"][gentle]) <= 4
    assert off(again["right"][others, 0], columns["right"][others, 0]) <= 8


def is_gentle(parameters: dict[str, Any]) -> bool:
    return bool(parameters["learning_rate"] == 0.01 and parameters["normalisation"] == "batch")


def off(one: npt.NDArray[Any], two: npt.NDArray[Any]) -> int:
    return int(np.abs(one.astype(int) - two.astype(int)).max())
