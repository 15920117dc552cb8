"""Latency: what is timed, under which conditions, and that nobody pays who did not ask."""

from __future__ import annotations

import math
import os
import pickle

import pytest
import torch

from fitness.evaluators.network import NetworkEvaluator
from fitness.training import latency
from fitness.training.latency import Timing, alone, batch_of, milliseconds, timed_together
from fitness.training.numerics import Numerics
from genomes.graph.sketch import Sketch
from genomes.networks.network import Network, build
from genomes.networks.shrinking import shrink
from tests.fitness.tiny import evaluator, expressed, job


def wide(features: int) -> Network:
    sketch = Sketch((features,))
    x = sketch.add("hidden", "linear", "input", out_features=features, bias=True)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    return build(sketch.finish())


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "SECONDS", 0.01)


def test_more_work_takes_longer() -> None:
    small, large = wide(8), wide(1500)
    alike = Numerics()
    assert milliseconds(small, torch.zeros(1, 8), alike) > 0.0
    one = milliseconds(large, torch.zeros(1, 1500), alike)
    assert one > milliseconds(small, torch.zeros(1, 8), alike)
    assert milliseconds(large, torch.zeros(256, 1500), alike) > one


def test_the_median_of_the_repeats_in_four_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    times = [[9.0], [0.123456], [0.1]]
    monkeypatch.setattr(latency, "_rounds", lambda passes: iter(times))
    assert milliseconds(wide(4), torch.zeros(1, 4), Numerics()) == 0.1235


def test_thirty_repeats_at_least_unless_they_take_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]

    def once(seconds: float) -> float:
        now[0] += seconds
        return 1000.0 * seconds

    monkeypatch.setattr(latency.time, "perf_counter", lambda: now[0])
    assert len(list(latency._rounds([lambda: once(0.01)]))) == 30
    assert len(list(latency._rounds([lambda: once(0.0001)]))) > 60  # until enough has passed
    assert len(list(latency._rounds([lambda: once(0.6)]))) == 2
    assert len(list(latency._rounds([lambda: once(0.6), lambda: once(0.5)]))) == 2


def test_passes_are_timed_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    found = timed_together({name: lambda name=name: called.append(name) for name in ("a", "b")})
    assert called[:10] == ["a"] * 5 + ["b"] * 5  # to warm up
    assert called[10:14] == ["a", "b", "a", "b"]
    assert found.keys() == {"a", "b"}
    times = [[float(k)] for k in range(1, 101)]
    monkeypatch.setattr(latency, "_rounds", lambda passes: iter(times))
    assert timed_together({"a": lambda: None}) == {"a": Timing(50.5, 96.0)}


def test_one_thread_on_one_core_and_all_as_before_afterwards() -> None:
    threads = torch.get_num_threads()
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    with alone():
        assert torch.get_num_threads() == 1
        assert not cores or len(os.sched_getaffinity(0)) == 1
    assert torch.get_num_threads() == threads
    assert not cores or os.sched_getaffinity(0) == cores


def test_examples_are_repeated_where_there_are_too_few() -> None:
    x = torch.arange(6).view(3, 2)
    assert batch_of(x, 2).tolist() == [[0, 1], [2, 3]]
    assert batch_of(x, 5)[3:].tolist() == [[0, 1], [2, 3]]


def test_it_is_measured_of_the_shrunk_network_and_only_if_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []

    def told(network: Network, x: torch.Tensor, numerics: Numerics) -> float:
        seen.append((network.spec, x))
        return 0.5

    monkeypatch.setattr("fitness.evaluators.network.milliseconds", told)
    plain = evaluator()
    bench = NetworkEvaluator(plain.reference, plain.numerics, latency_batch=3)
    assert pickle.loads(pickle.dumps(bench)) == bench
    without, found = plain.evaluate(job(expressed())), bench.evaluate(job(expressed()))
    assert found.objectives == {**without.objectives, "latency": 0.5}
    assert found.curve == without.curve
    assert found.checkpoint == without.checkpoint
    assert found.checkpoint is not None
    ((spec, x),) = seen
    assert spec == shrink(bench.network(expressed(), found.checkpoint)).spec
    assert torch.equal(x, bench.data.validation.x[:3])


def test_a_failed_training_has_no_latency() -> None:
    plain = evaluator()
    bench = NetworkEvaluator(plain.reference, plain.numerics, latency_batch=1)
    found = bench.evaluate(job(expressed(training__learning_rate=math.inf)))
    assert found.status != "ok"
    assert not found.objectives
