"""The calibration of an export: `model.py` is watched as the network that it was fitted to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from evo.export.exported import Sample, plain_network
from evo.export.formats import model_py, monitor_calibration, weights
from evo.monitoring.monitor import Calibration, Monitor
from genomes.networks.network import Network
from tests.evo.exports import SHAPES, exported, gated_network, inputs, random_network
from tests.genomes.random_networks import READ_TOKENS

NETWORKS = {
    **{family: (random_network, family) for family in SHAPES},
    **{
        f"{family} gated": (gated_network, family)
        for family in SHAPES
        if family not in READ_TOKENS
    },
}


@pytest.mark.parametrize(("make", "family"), NETWORKS.values(), ids=NETWORKS)
def test_places_of_model_py_give_what_those_of_the_network_give(
    make: Callable[[str, int], Network], family: str, tmp_path: Path
) -> None:
    plain = exported(plain_network(make(family, 3)))
    x, other = inputs(plain.network, 60), inputs(plain.network, 61)
    whole = replace(plain, sample=Sample(x, plain.network(x).detach(), other))
    for one in (model_py, monitor_calibration, weights):
        one.write(whole, tmp_path / one.FILE_NAME)
    usual = Calibration.load(tmp_path / monitor_calibration.FILE_NAME)
    source = model_py.program(tmp_path / model_py.FILE_NAME)
    assert isinstance(source, torch.nn.Module)
    found, expected = (Monitor(one, usual, 0.05)(x) for one in (source, whole.network))
    assert Monitor(source, usual, 0.05)(x[:1]).flags.shape == (1,)
    torch.testing.assert_close(found.outputs, expected.outputs)
    # Of few different inputs, scores tie, and rounding decides.
    assert float((found.p_values - expected.p_values).abs().max()) < 0.2
    assert len(found.p_values.unique()) > 5
