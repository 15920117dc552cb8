"""The benchmark of robustness at its smallest: all families pass, and what is broken shows."""

from __future__ import annotations

import random

import pytest
import torch

from benchmarks import robustness
from genomes.chromosomes.space import bred_families, network_space
from genomes.graph.interface import Interface
from genomes.networks.network import Network


def test_all_families_pass_all_steps() -> None:
    lines = list(robustness.report(bred_families(), 3, 1))
    rows = [line.split() for line in lines if line.split(",")[0] in bred_families()]
    assert [row[0] for row in rows] == [f"{name}," for name in bred_families() for _ in "12"]
    assert all(row[2:7] == ["3", "3", "3", "3", "1"] for row in rows)
    assert "failures: 0 (goal: none): met" in lines
    assert lines[-1].startswith("12 modules: ")


@pytest.mark.parametrize(
    ("name", "step", "error"),
    [
        ("decode", "decode", "OSError: broken"),
        ("trained", "train", "OSError: broken"),
        ("shrink", "shrink", "Different: outputs differ"),
        ("sourced", "source", "Different: outputs differ"),
        ("programmed", "program", "OSError: broken"),
    ],
)
def test_what_fails_is_told_with_its_step(
    name: str, step: str, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = getattr(robustness, name)

    def broken(*arguments: object) -> object:
        if error.startswith("OSError"):
            raise OSError("broken")
        found = usual(*arguments)
        if isinstance(found, Network):
            with torch.no_grad():
                found.get_parameter("logits.bias").add_(1.0)
            return found
        return found + 1.0

    monkeypatch.setattr(robustness, name, broken)
    lines = list(robustness.report(["mlp"], 2, 1))
    assert "failures: " in lines[-1]
    assert lines[-1].endswith("MISSED")
    told = [line for line in lines if line.startswith("mlp, fresh, ")]
    assert told[0].startswith(f"mlp, fresh, {step}: genome 0: {error}")


def test_what_is_bred_differs_and_stays_in_its_space() -> None:
    space = network_space(family="modular", interface=Interface((1, 8, 8), 10))
    fresh = robustness.genomes(space, 4, 0, random.Random(1))
    bred = robustness.genomes(space, 4, 5, random.Random(1))
    assert set(fresh[0]) == {"architecture", "epigenome", "pruning", "training"}
    for genome, child in zip(fresh, bred, strict=True):
        assert genome != child
        for name, value in child.items():
            assert space.chromosomes[name].check(value) == value


def test_full_graphs_have_all_modules() -> None:
    found = robustness.full_graphs(2, random.Random(0))
    assert [len(genome["architecture"]["modules"]) for genome in found] == [12, 12]


def test_vectors_are_for_families_that_take_them() -> None:
    assert (13,) in robustness.shapes_of("mlp")
    assert robustness.shapes_of("modular") == [(1, 8, 8), (3, 16, 16), (1, 28, 28), (2, 100)]
