"""The account, the statistics and the plain rival of benchmarks/search_efficiency.py."""

import itertools
import math
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

import evo
from benchmarks.efficiency.cells import EDGES, FILE
from benchmarks.efficiency.cells import cells as make_cells
from benchmarks.efficiency.compare import reached
from benchmarks.efficiency.figure import LOOKS, _panel, draw, plt
from benchmarks.efficiency.meter import PROPOSALS, BudgetSpent, Meter
from benchmarks.efficiency.methods import ABLATIONS, METHODS
from benchmarks.efficiency.problem import HypervolumeShare, Problem
from benchmarks.efficiency.report import Comparison, goals, table
from benchmarks.efficiency.ridge import greedy, pairwise, predict
from benchmarks.efficiency.study import Cache, Run, carry_out, measure, value_at
from evo.pareto.dominance import Axes, Axis
from evo.pareto.statistics import a12

OPTIONS = {"a": [0, 1, 2, 3, 4], "b": [0, 1, 2, 3, 4], "c": [0, 1, 2, 3, 4], "d": [0, 1, 2, 3, 4]}


def accuracy(point):
    """Return a sum of single genes and one pair; best at a=4, b=0, c=2, d=4."""
    pair = 0.1 if point["a"] == 4 and point["d"] == 4 else 0.0
    return 0.5 + 0.03 * point["a"] - 0.04 * point["b"] - 0.05 * abs(point["c"] - 2) + pair


def size(point):
    return 10.0 ** (1 + 0.3 * point["a"] + 0.2 * point["c"] + 0.1 * point["d"])


def evaluate(parameters, epochs, seed, checkpoint):
    value = accuracy(parameters) * (1 - 0.5**epochs)
    return evo.Outcome({"accuracy": value}, checkpoint={"epoch": epochs})


def toy(epochs=(4,), budget=240):
    points = [dict(zip(OPTIONS, p, strict=True)) for p in itertools.product(*OPTIONS.values())]
    rows = [
        {"accuracy": accuracy(p) * (1 - 0.5 ** epochs[-1]), "parameters": size(p)} for p in points
    ]
    accuracies, sizes = ([row[name] for row in rows] for name in ("accuracy", "parameters"))
    axes = Axes((
        Axis("accuracy", "max", min(accuracies), max(accuracies)),
        Axis("parameters", "min", max(sizes), min(sizes), "log"),
    ))  # fmt: skip
    return Problem(
        name="toy",
        title="toy",
        space={name: evo.Choice(options) for name, options in OPTIONS.items()},
        evaluate=evaluate,
        axes=axes,
        epochs=epochs,
        budget=budget,
        score=HypervolumeShare.of(axes, rows),
        costs=lambda point: {"parameters": size(point)},
        feasible=lambda point: point["b"] < 4,
    )


POINT = {"a": 1, "b": 0, "c": 0, "d": 0}


# -- the meter ------------------------------------------------------------------------------------


def test_equal_points_are_paid_once_and_going_on_costs_what_is_new():
    meter = Meter(toy(epochs=(2, 8)))
    meter.evaluate(POINT, 2)
    assert meter.spent == 2
    meter.evaluate(dict(reversed(POINT.items())), 2)
    assert meter.spent == 2
    meter.evaluate(POINT, 8)
    meter.evaluate(POINT, 8)
    assert meter.spent == 8
    assert [(call.epochs, call.spent) for call in meter.calls] == [(2, 2), (8, 8)]
    assert meter.calls[1].objectives["parameters"] == pytest.approx(size(POINT))


def test_what_cannot_be_paid_is_not_trained_and_ends_the_method():
    meter = Meter(toy(budget=7))
    meter.evaluate(POINT, 4)
    with pytest.raises(BudgetSpent):
        meter.evaluate({**POINT, "a": 2}, 4)
    assert meter.spent == 4
    assert len(meter.calls) == 1


def test_a_method_that_repeats_itself_is_ended():
    meter = Meter(toy(budget=8))
    for _ in range(PROPOSALS * 2):
        meter.losses(POINT)
    with pytest.raises(BudgetSpent):
        meter.losses(POINT)
    assert meter.spent == 4
    assert meter.proposals == PROPOSALS * 2 + 1


def test_an_infeasible_point_is_free_and_as_bad_as_the_reference():
    meter = Meter(toy())
    assert meter.losses({**POINT, "b": 4}) == [1.0, 1.0]
    assert (meter.spent, meter.proposals, meter.calls) == (0, 1, [])


def test_losses_are_smaller_for_what_is_better():
    meter = Meter(toy())
    worse, better = meter.losses(POINT), meter.losses({**POINT, "c": 2})
    assert better[0] < worse[0] < 1.0
    assert worse[1] < better[1] < 1.0


def test_the_account_of_evo_is_the_account_of_the_meter():
    for epochs in ((4,), (2, 8)):
        for method in ("gendered", "random"):
            run = measure(toy(epochs=epochs, budget=160), method, seed=0)  # asserts it
            assert 150 <= run.spent <= 160


# -- statistics -----------------------------------------------------------------------------------


def test_steps_hold_until_the_next_change():
    steps = [(3, 0.5), (10, 0.75)]
    assert [value_at(steps, spent) for spent in (2, 3, 9, 10, 99)] == [0.0, 0.5, 0.5, 0.75, 0.75]


def run_of(method, seed, steps, budget=240):
    return Run("toy", method, seed, budget, budget, 60, 60, 0.5, steps, None)


def test_the_median_is_compared_over_runs():
    ours = [run_of("gendered", s, ((10 + s, 0.5), (60, 0.9))) for s in range(3)]
    theirs = [run_of("ridge", s, ((100, 0.5),)) for s in range(3)]
    assert reached(ours, 0.5) == 11
    assert reached(theirs, 0.6) == math.inf
    # Of the 20 ways to share out six runs, two are as clear: all of ours best, or all of theirs.
    assert Comparison.of(ours, theirs) == Comparison(1.0, pytest.approx(2 / 20), 11 / 240)


def test_a_table_has_a_line_for_every_method_and_leaves_out_what_was_not_spent():
    ours = [run_of("gendered", s, ((10, 0.5), (60, 0.9))) for s in range(3)]
    slow = [run_of("optuna-gp", s, ((10, 0.6),), budget=120) for s in range(2)]
    lines = table(toy(), {"gendered": ours, "optuna-gp": slow}).splitlines()
    assert lines[2].split()[:3] == ["gendered", "3", "0.9000"]
    assert lines[3].split()[:8] == ["optuna-gp", "2", *["0.6000", "0.600–0.600"] * 2, "–", "1.00"]


def test_goals_are_missed_where_one_peer_is_better():
    ours = [run_of("gendered", s, ((10, 0.5),)) for s in range(3)]
    worse = [run_of("optuna-tpe", s, ((10, 0.4),)) for s in range(3)]
    better = [run_of("optuna-nsga2", s, ((10, 0.6),)) for s in range(3)]
    runs = {"gendered": ours, "optuna-tpe": worse}
    assert goals([toy()], {"toy": runs}).strip().endswith("met")
    runs["optuna-nsga2"] = better
    assert "never (optuna-nsga2 on toy" in goals([toy()], {"toy": runs})
    assert goals([toy()], {"toy": runs}).strip().endswith("MISSED")


def test_a_cache_gives_back_what_was_added_and_the_latest_counts(tmp_path):
    cache = Cache(tmp_path / "cache")
    assert cache.read() == {}
    cache.add(run_of("ridge", 1, ((10, 0.5),)))
    cache.add(run_of("ridge", 1, ((10, 0.5), (20, 0.75))))
    with cache.path.open("a") as file:
        file.write('{"problem": "toy", "meth')  # the study was killed here
    runs = Cache(tmp_path / "cache").read()
    assert runs == {("toy", "ridge", 1): run_of("ridge", 1, ((10, 0.5), (20, 0.75)))}


def test_nothing_is_run_where_nothing_is_asked(tmp_path):
    assert list(carry_out([], tmp_path, processes=1)) == []


# -- the plain rival ------------------------------------------------------------------------------


def test_ridge_regression_recovers_a_pair():
    x = np.array(list(itertools.product([0.0, 1.0], repeat=3)))
    y = (x[:, 0] * x[:, 1] - 0.5 * x[:, 2])[:, None]
    features = pairwise(x)
    assert features.shape == (8, 1 + 3 + 3)
    assert np.abs(predict(features, y, features, penalty=1e-6) - y).max() < 1e-3


def test_the_greedy_choice_spreads_along_the_front():
    known = np.array([[0.5, 0.5]])
    predicted = np.array([[0.1, 0.6], [0.11, 0.6], [0.6, 0.1], [0.9, 0.9]])
    assert greedy(known, predicted, 2) == [0, 2]
    assert greedy(np.array([[0.5]]), np.array([[0.6], [0.2], [0.3]]), 2) == [1, 2]


def test_the_ridge_beats_random_search():
    problem = toy(budget=60 * 4)
    ridge, drawn = (
        [measure(problem, method, seed).scores[-1][1] for seed in range(5)]
        for method in ("ridge", "random")
    )
    assert a12(ridge, drawn) >= 0.9
    assert np.median(ridge) > 0.95


def test_runs_do_not_depend_on_what_ran_before():
    problem = toy(budget=30 * 4)
    with suppress(BudgetSpent):
        Meter(problem).losses(POINT)
    assert measure(problem, "ridge", 1).scores == measure(problem, "ridge", 1).scores


def test_the_rival_is_compared_by_when_the_medians_come_close_to_the_better_end():
    ours = [run_of("gendered", s, ((10, 0.5), (100, 0.8))) for s in range(3)]
    theirs = [run_of("ridge", s, ((20, 0.7995), (200, 0.8))) for s in range(3)]
    said = goals([toy()], {"toy": {"gendered": ours, "ridge": theirs}})
    assert "0.8000, after 25 to 5 trainings' worth of epochs: MISSED" in said


def test_every_method_has_a_look():
    assert list(LOOKS) == [name for name in METHODS if name not in ABLATIONS]
    assert len(set(LOOKS.values())) == len(LOOKS)


def test_a_figure_is_drawn(tmp_path):
    ours = [run_of("gendered", s, ((10, 0.5), (60, 0.9))) for s in range(3)]
    slow = [run_of("optuna-gp", s, ((10, 0.6),), budget=120) for s in range(2)]
    draw([toy()], {"toy": {"gendered": ours, "optuna-gp": slow}}, tmp_path / "toy.png")
    assert (tmp_path / "toy.png").stat().st_size > 10_000


@pytest.mark.parametrize(("best_known", "top"), [(True, 1.0), (False, 0.75)])
def test_a_panel_ends_at_the_best_there_is_or_else_at_the_best_found(best_known, top):
    runs = [run_of("gendered", s, ((10, 0.5), (60, 0.75))) for s in range(3)]
    figure, panel = plt.subplots()
    _panel(panel, replace(toy(), best_known=best_known), {"gendered": runs})
    plt.close(figure)
    assert panel.get_ylim()[1] == pytest.approx(top)


@pytest.mark.parametrize("name", ["gendered", "successive-halving", "nsga2"])
def test_a_ladder_is_for_every_strategy_what_it_can_make_of_it(name):
    meter = Meter(toy(epochs=(1, 2, 4, 8), budget=200))
    with suppress(BudgetSpent):
        METHODS[name].search(meter, 0)
    ends = {call.epochs for call in meter.calls}
    assert ends == ({8} if name == "nsga2" else {1, 2, 4, 8})
    assert meter.spent <= 200


def test_stages_of_a_problem_rise():
    with pytest.raises(ValueError, match=r"received stages \(4, 4\), expected rising"):
        toy(epochs=(4, 4))


def test_cells_are_looked_up_by_their_operations(tmp_path):
    cells = np.array(list(itertools.product(range(5), repeat=6)), dtype=np.int8)
    parameters = 70_000 + 1000 * cells.sum(axis=1).astype(np.int64)
    full = 0.9 + 0.001 * cells[:, 0]
    low = np.where(cells[:, 1] == 0, 0.1, 0.6)
    np.savez(tmp_path / FILE, cells=cells, parameters=parameters, full=full, low=low)
    blind, told = (make_cells(name, tmp_path) for name in ("cells", "cells-told"))
    point = dict(zip(EDGES, ("conv3x3", "none", "skip", "none", "none", "average"), strict=True))
    early = told.evaluate(point, 12, 0, None)
    assert early.objectives == {"error": pytest.approx(0.2)}  # what is worse counts as this
    assert early.curve == [pytest.approx(0.9)] * 12
    assert told.costs(point) == {"parameters": 70_000 + 1000 * (3 + 1 + 4)}
    late = blind.evaluate(point, 200, 0, None)
    assert blind.costs is None
    assert late.objectives == {"error": pytest.approx(0.097), "parameters": 78_000.0}
    everything = [
        {"error": float(1 - f), "parameters": float(p)}
        for f, p in zip(full, parameters, strict=True)
    ]
    assert told.score(everything) == pytest.approx(1.0)
