"""Foreign inputs: their scores, the area under the curve, the monitor of a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from evo.errors import BadInput
from evo.monitoring.monitor import Calibration
from evo.stress.foreign_inputs import auroc, by_logits, made_up, monitor_of, p_values
from fitness.stress.input_facts import facts_of
from tests.evo.exports import inputs, random_network


def test_auroc_of_separable_scores_is_one_and_of_equal_ones_a_half() -> None:
    low, high = np.array([0.1, 0.2, 0.3]), np.array([0.4, 0.5])
    assert auroc(low, high) == 1.0
    assert auroc(high, low) == 0.0
    assert auroc(np.ones(4), np.ones(3)) == 0.5
    assert auroc(np.array([1.0, 3.0]), np.array([2.0])) == 0.5
    assert np.isnan(auroc(np.array([np.nan]), np.array([2.0])))


def test_scores_are_higher_where_a_network_is_unsure() -> None:
    sure, unsure = np.array([[9.0, 0.0]]), np.array([[1.0, 1.0]])
    assert by_logits(unsure)["softmax"][0] == pytest.approx(-0.5)
    assert by_logits(sure)["softmax"][0] < by_logits(unsure)["softmax"][0]
    assert by_logits(unsure)["energy"][0] == pytest.approx(-1 - np.log(2))


def test_made_up_inputs_keep_range_and_values() -> None:
    x = np.random.default_rng(0).random((6, 2, 3, 4)).astype(np.float32)
    found = made_up(x, facts_of(x), seed=1)
    mixed = found["places shuffled"]
    assert np.array_equal(np.sort(mixed.reshape(6, 2, 12)), np.sort(x.reshape(6, 2, 12)))
    assert not np.array_equal(mixed, x)
    assert np.array_equal(np.argsort(mixed[:, 0].reshape(6, -1))[0].shape, (12,))
    assert x.min() <= found["noise"].min() <= found["noise"].max() <= x.max()
    rows = np.arange(12.0).reshape(6, 2)
    again = made_up(rows, facts_of(rows), seed=1)["rows mixed"]
    assert np.array_equal(np.sort(again, axis=0), rows)


def test_a_monitor_is_read_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    network = random_network("mlp", 1)
    assert monitor_of(tmp_path, network) is None
    usual = inputs(network, 200)
    path = tmp_path / "monitor.safetensors"
    Calibration.of(network, usual[:100], held_out=usual[100:]).save(path)
    monitor = monitor_of(tmp_path, network)
    assert monitor is not None
    far = p_values(monitor, 100.0 * usual[:50].numpy(), 20)
    assert far.max() < p_values(monitor, usual[100:150].numpy(), 500).mean()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match=r"monitor.safetensors is damaged"):
        monitor_of(tmp_path, network)
    path.write_bytes(whole)
    with pytest.raises(BadInput, match="of another network"):
        monitor_of(tmp_path, random_network("cnn", 1))
    assert torch.is_grad_enabled()


def test_a_small_file_cannot_ask_for_a_large_matrix(tmp_path: Path) -> None:
    network, most = random_network("mlp", 1), 1 << 40
    usual = inputs(network, 200)
    whole = Calibration.of(network, usual[:100], held_out=usual[100:])
    first, nothing = next(iter(whole.places.values())), torch.zeros(0)
    wide = replace(
        first,
        shift=nothing,
        fill=nothing,
        whitening=torch.zeros(0, most),
        centres=torch.zeros(0, most),
    )
    Calibration({"input": wide}, whole.scores).save(tmp_path / "monitor.safetensors")
    with pytest.raises(BadInput, match="more than 100,000,000 numbers"):
        monitor_of(tmp_path, network)
