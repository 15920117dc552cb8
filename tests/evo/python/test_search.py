"""`evo.search` on small functions of a user's own."""

from __future__ import annotations

import math
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import evo
from evo.pareto.open_axes import AxisPlan, OpenAxes
from evo.record.recorder import RunRecord
from evo.record.run_folder import RunFolder
from evo.running.overview import overview
from evo.strategy import STRATEGIES
from tests.evo.function_space import EARLY, FULL, OBJECTIVES, REFERENCE, SPACE, Function, accuracy

SMALL = {"females": 3, "daughters": 1, "brood": 3}


def run(function: Any = None, **changes: Any) -> evo.Result:
    arguments: dict[str, Any] = {
        "objectives": OBJECTIVES,
        "epochs": (EARLY, FULL),
        "generations": 3,
        "population": 8,
        "settings": SMALL,
        "reference": REFERENCE,
    }
    space = changes.pop("space", SPACE)
    return evo.search(space, function or Function(), **{**arguments, **changes})


def same(one: evo.Result, two: evo.Result) -> bool:
    pd.testing.assert_frame_equal(one.history, two.history)
    pd.testing.assert_frame_equal(one.front, two.front)
    return one.hypervolume == two.hypervolume and one.reference == two.reference


def test_the_example_of_the_issue() -> None:
    space = {
        "width": evo.Integer(4, 64, log=True),
        "operation": evo.Choice(["a", "b"]),
        "rate": evo.Real(1e-4, 1e-1, log=True),
    }

    def evaluate(
        parameters: dict[str, Any], epochs: int, seed: int, checkpoint: Any = None
    ) -> evo.Outcome:
        best = 0.9 - 0.1 * abs(math.log10(parameters["rate"]) + 2)
        curve = [best * (1 - 0.8**e) for e in range(1, epochs + 1)]
        return evo.Outcome(
            objectives={"accuracy": curve[-1], "parameters": parameters["width"] ** 2},
            curve=curve,
            features={"gradient": best},
            checkpoint={"epoch": epochs},
        )

    result = evo.search(
        space, evaluate, objectives={"accuracy": "max", "parameters": "min"},
        epochs=(12, 200), budget_epochs=4_000, population=20, seed=0, strategy="gendered",
    )  # fmt: skip
    assert list(result.front.columns) == ["width", "operation", "rate", "accuracy", "parameters"]
    assert result.history["epochs_spent"].is_monotonic_increasing
    assert 3_800 < result.history["epochs_spent"].iloc[-1] <= 4_000
    assert result.hypervolume > 0
    assert result.reason == "budget"
    assert result.folder is None
    adults = result.history[result.history["stage"] == "adult"]
    first = adults[adults["generation"] == 1]
    fixed = OpenAxes((AxisPlan("accuracy", "max"), AxisPlan("parameters", "min")))
    fixed.settle(first.to_dict("records"), final=True)
    assert result.reference == {axis.name: axis.reference for axis in fixed.axes}


@pytest.mark.parametrize("strategy", STRATEGIES.names())
@pytest.mark.parametrize("epochs", [(EARLY, FULL), FULL])
def test_every_strategy_repeats_itself_and_spends_what_it_says(
    strategy: str, epochs: int | tuple[int, int]
) -> None:
    function = Function()
    result = run(function, strategy=strategy, epochs=epochs)
    assert same(result, run(strategy=strategy, epochs=epochs))
    assert not same_history(result, run(strategy=strategy, epochs=epochs, seed=1))
    assert len(function.calls) == len(result.history)
    spent = 0
    for (parameters, until, _, checkpoint), (_, row) in zip(
        function.calls, result.history.iterrows(), strict=True
    ):
        spent += until - (checkpoint["epoch"] if checkpoint else 0)
        assert row["epochs_spent"] == spent
        assert {name: row[name] for name in SPACE} == parameters
    if epochs == FULL:
        assert set(result.history["stage"]) == {"adult"}
    assert result.history["hypervolume"].iloc[-1] == pytest.approx(result.hypervolume)


def same_history(one: evo.Result, two: evo.Result) -> bool:
    return one.history[list(SPACE)].equals(two.history[list(SPACE)])


def test_an_adult_goes_on_from_the_checkpoint_and_seed_of_his_youth() -> None:
    function = Function()
    run(function)
    young = {tuple(p.values()): seed for p, epochs, seed, _ in function.calls if epochs == EARLY}
    adults = [call for call in function.calls if call[1] == FULL]
    assert 0 < len(adults) < len(young)
    for parameters, _, seed, checkpoint in adults:
        assert checkpoint["epoch"] == EARLY
        assert young[tuple(parameters.values())] == seed < 2**31


def test_the_front_is_what_no_other_adult_beats_and_has_the_stated_volume() -> None:
    result = run(epochs=4, generations=2)
    adults = result.history[["accuracy", "parameters"]].to_numpy()
    front = result.front[["accuracy", "parameters"]].to_numpy()
    better = [
        any((a[0] >= p[0]) and (a[1] <= p[1]) and tuple(a) != tuple(p) for a in adults)
        for p in front
    ]
    assert not any(better)
    volume, floor = 0.0, REFERENCE["accuracy"]
    for metric, parameters in sorted(map(tuple, front)):
        if metric > floor and parameters < REFERENCE["parameters"]:
            volume += (metric - floor) * math.log10(REFERENCE["parameters"] / parameters)
            floor = metric
    assert result.hypervolume == pytest.approx(volume)


def test_a_single_objective() -> None:
    result = run(
        lambda p, epochs, seed, checkpoint: evo.Outcome({"loss": 1 - accuracy(p)}),
        objectives={"loss": "min"},
        reference={"loss": 1.0},
        epochs=1,
        generations=8,
    )
    assert len(result.front) == 1
    assert result.front["loss"].iloc[0] == result.history["loss"].min() < 0.3
    assert result.hypervolume == pytest.approx(1 - result.history["loss"].min())


def test_a_metric_that_falls_promotes_the_lower_curves() -> None:
    def evaluate(parameters: Any, epochs: int, seed: int, checkpoint: Any) -> evo.Outcome:
        loss = 1.0 + parameters["x"] + 0.5**epochs
        curve = [1.0 + parameters["x"] + 0.5**e for e in range(epochs)]
        return evo.Outcome({"loss": loss}, curve=curve)

    lower = []
    for seed in (1, 2):  # of one alone the audit may hide it, which promotes anybody
        result = run(
            evaluate, space={"x": evo.Real(0.0, 1.0)}, objectives={"loss": "min"}, reference=None,
            generations=6, seed=seed,
        )  # fmt: skip
        young = result.history[result.history["stage"] == "juvenile"]["x"]
        adults = result.history[result.history["stage"] == "adult"]["x"]
        lower.append(young.mean() - adults.mean())
        assert result.generations["early_skill"].iloc[-1] > 0.5
    assert sum(lower) > 0.1


def test_failures_are_told_and_the_search_goes_on() -> None:
    def evaluate(parameters: Any, epochs: int, seed: int, checkpoint: Any) -> evo.Outcome:
        if parameters["operation"] == "bad":
            raise RuntimeError("no such operation")
        value = math.nan if parameters["operation"] == "middling" else accuracy(parameters)
        return evo.Outcome({"accuracy": value, "parameters": 2.0})

    result = run(evaluate, epochs=3, generations=4)
    by_status = result.history.groupby("status")
    assert set(by_status.groups) == {"ok", "failed", "diverged"}
    failed = by_status.get_group("failed")
    assert failed["reason"].str.startswith("RuntimeError: no such operation (test_search").all()
    assert by_status.get_group("diverged")["reason"].str.contains("accuracy is nan").all()
    assert set(result.front["operation"]) == {"good"}
    assert result.history["epochs_spent"].iloc[-1] == 3 * len(result.history)


def test_ctrl_c_stops_the_search() -> None:
    def evaluate(*_: Any) -> evo.Outcome:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(evaluate)


@pytest.mark.parametrize("strategy", STRATEGIES.names())
def test_a_small_space_is_exhausted(strategy: str) -> None:
    function = Function()
    result = run(
        lambda p, *rest: function({"rate": 0.01, "operation": "good", **p}, *rest),
        space={"width": evo.Integer(1, 6)},
        strategy=strategy,
        epochs=1,
        generations=None,
        budget_epochs=10**9,
    )
    assert result.reason == "exhausted"
    assert len(result.history) <= 6
    assert result.history["width"].is_unique


def test_what_is_known_before_training_is_never_predicted() -> None:
    result = run(
        lambda p, *_: evo.Outcome({"accuracy": accuracy(p)}),
        costs=lambda p: {"parameters": 1.0 + p["width"] ** 2, "hint": p["rate"]},
        generations=4,
    )
    assert (result.history["parameters"] == 1 + result.history["width"] ** 2).all()
    assert "hint" not in result.history
    truth = result.history.drop_duplicates("genome").set_index("genome")["parameters"]
    predicted = result.predictions[result.predictions["female"] == "ensemble"]
    assert predicted["predicted_parameters"].to_numpy() == pytest.approx(
        truth[predicted["male"]].to_numpy()
    )


@pytest.mark.parametrize("strategy", STRATEGIES.names())
def test_only_feasible_points_are_tried(strategy: str) -> None:
    result = run(
        strategy=strategy,
        feasible=lambda p: p["width"] * p["rate"] < 0.5 and p["operation"] != "middling",
        generations=4,
    )
    assert (result.history["width"] * result.history["rate"] < 0.5).all()
    assert set(result.history["operation"]) == {"good", "bad"}


def test_a_space_without_feasible_points_is_told() -> None:
    with pytest.raises(evo.BadInput, match="feasible is false for each of 1000 points drawn"):
        run(feasible=lambda p: False)


@pytest.mark.parametrize("strategy", STRATEGIES.names())
def test_conditional_genes_lists_and_nested_spaces_reach_the_function(strategy: str) -> None:
    space = {
        "layers": evo.ListOf(evo.Integer(1, 8), 1, 3),
        "training": {
            "optimizer": evo.Choice(["sgd", "adam"]),
            "momentum": evo.Conditional(evo.Real(0.0, 0.99), when={"optimizer": "sgd"}),
        },
        "kernel": evo.Choice([(3, 3), (5, 5)]),
    }
    seen: list[dict[str, Any]] = []

    def evaluate(parameters: dict[str, Any], *_: Any) -> evo.Outcome:
        seen.append(parameters)
        training = parameters["training"]
        assert (training["momentum"] is None) == (training["optimizer"] == "adam")
        assert isinstance(parameters["layers"], list)
        assert parameters["kernel"] in ((3, 3), (5, 5))
        score = (training["momentum"] or 0.5) + parameters["kernel"][0]
        return evo.Outcome({"score": score, "size": sum(parameters["layers"])})

    result = run(
        evaluate, space=space, objectives={"score": "max", "size": "min"}, reference=None,
        strategy=strategy, generations=5,
    )  # fmt: skip
    assert {p["training"]["optimizer"] for p in seen} == {"sgd", "adam"}
    assert (result.history["status"] == "ok").all()
    assert {"layers", "training.optimizer", "training.momentum"} <= set(result.front.columns)


def test_a_search_in_a_folder_leaves_a_record_and_is_read_back(tmp_path: Path) -> None:
    result = run(results=tmp_path, name="mine")
    assert same(result, run())
    assert result.folder == tmp_path / "mine"
    left = {path.name for path in result.folder.iterdir()}
    assert {"config.toml", "run.sqlite", "pareto.csv", "figures"} <= left
    assert (result.folder / "figures" / "front.png").is_file()
    tables = evo.load("mine", tmp_path)
    assert set(tables.front["genome"]) == set(result.front.index)
    seen = overview(RunFolder(result.folder))
    assert (seen.state, seen.generations_done, seen.generations) == ("finished", 3, 3)
    assert seen.task == "function Function"
    assert (seen.main, seen.best_metric) == ("accuracy", result.front["accuracy"].max())
    function = Function()
    assert same(run(function, results=tmp_path, name="mine"), result)
    assert not function.calls


class Stop(BaseException):
    """Ends a process in the middle of a search."""


@pytest.mark.parametrize("strategy", STRATEGIES.names())
@pytest.mark.parametrize("calls", [3, 26])
def test_a_search_that_was_cut_short_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, strategy: str, calls: int
) -> None:
    class Cut(Function):
        def __call__(self, *arguments: Any) -> evo.Outcome:
            if len(self.calls) == calls:
                raise Stop
            return super().__call__(*arguments)

    arguments: dict[str, Any] = {"strategy": strategy, "generations": 4, "reference": None}
    with pytest.raises(Stop):
        run(Cut(), results=tmp_path, name="cut", **arguments)
    assert same(run(results=tmp_path, name="cut", **arguments), run(**arguments))


def test_a_finished_search_goes_on_with_more_budget(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"generations": None, "results": tmp_path, "name": "more"}
    run(budget_epochs=100, **arguments)
    longer = run(budget_epochs=250, **arguments)
    assert same(longer, run(budget_epochs=250, generations=None))


def test_another_search_under_the_same_name_is_refused(tmp_path: Path) -> None:
    run(results=tmp_path, name="mine", generations=1)
    with pytest.raises(evo.BadInput, match=r"other arguments: seed was 0, now 1"):
        run(results=tmp_path, name="mine", generations=1, seed=1)
    assert run(results=tmp_path, generations=1).folder == tmp_path / "search-001"


def test_a_search_of_an_earlier_version_with_other_genes_is_refused(tmp_path: Path) -> None:
    run(results=tmp_path, name="mine", generations=1)
    with closing(sqlite3.connect(tmp_path / "mine" / "run.sqlite")) as connection, connection:
        lost = "UPDATE genomes SET json = json_remove(json, '$.chromosomes.predictor.window')"
        connection.execute(lost)
    with pytest.raises(
        evo.BadInput, match=r"its genomes lack gene predictor\.window\. It was made"
    ):
        run(results=tmp_path, name="mine", generations=2)
    other = {"width": evo.Integer(1, 9)}  # not the version's fault
    with pytest.raises(evo.BadInput, match=r"other arguments: .*space was"):
        run(results=tmp_path, name="mine", generations=2, space=other)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"objectives": {}}, "no objectives"),
        (
            {"objectives": {"accuracy": "up"}, "reference": None},
            "received 'up', expected 'max' or 'min'",
        ),
        ({"reference": {"acuracy": 0.1}}, "Did you mean 'accuracy'"),
        ({"reference": {"parameters": -1.0}}, "values above zero"),
        ({"reference": {"accuracy": 0.9}, "ideal": {"accuracy": 0.1}}, "ideal 0.1 has to be"),
        (
            {"epochs": (8, 2)},
            "expected a positive whole number .* or rising ones, as .early, full",
        ),
        ({"epochs": 0}, "received epochs=0"),
        ({"epochs": (1, 2, 4), "strategy": "nsga2"}, r"nsga2 decides nothing after .*1, 2, 4"),
        ({"generations": None}, "neither budget_epochs nor generations"),
        ({"budget_epochs": 0}, "received budget_epochs=0"),
        ({"seed": -1}, "received seed=-1"),
        ({"population": 2}, "received population=2, expected at least 4: parents"),
        ({"strategy": "gendred"}, "Did you mean 'gendered'"),
        ({"settings": {"brod": 3}}, "Did you mean 'brood'"),
        (
            {"settings": {"choosing_members": 0}},
            r"settings={'choosing_members': 0}, expected at least 1",
        ),
        ({"pins": {"predictor.knd": "ridge"}}, "pins: unknown gene .* Did you mean"),
        ({"pins": {"predictor.kind": "oracle"}}, "pins: cannot pin predictor.kind"),
        ({"space": {}}, "empty space"),
        ({"space": {"x": 3}}, "parameter x: received 3, expected a gene"),
        ({"space": {"x": evo.Choice([print, 1])}}, "parameter x: received the option <built-in"),
        ({"space": {"accuracy": evo.Real(0.0, 1.0)}}, "has the name of an objective"),
        ({"space": {"stage": evo.Real(0.0, 1.0)}}, "has the name of an column|column of the"),
        ({"runner": "sirial"}, "runner='sirial', expected one of 'ray' or 'serial'"),
        ({"workers": 3}, "received runner 'serial' with workers=3"),
        ({"address": "auto"}, "received runner 'serial' with workers=None, address=auto"),
        ({"runner": "ray", "workers": 0}, "received workers=0, expected at least 1"),
        (
            {"runner": "ray", "cpus_per_worker": 0},
            "cpus_per_worker=0, expected more than 0",
        ),
        ({"runner": "ray", "gpus_per_worker": 1.5}, "gpus_per_worker=1.5, expected a share"),
        (
            {"runner": "ray", "job_timeout": 0},
            "job_timeout=0, expected None, or seconds",
        ),
        ({"job_timeout": 5}, "job_timeout=5 with runner='serial'.* cannot be stopped"),
        ({"name": "mine"}, "without results="),
    ],
)
def test_arguments_that_do_not_fit_are_told(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(evo.BadInput, match=message):
        run(**changes)


@pytest.mark.slow
def test_an_address_where_nobody_answers_writes_nothing(tmp_path: Path) -> None:
    remote = {"runner": "ray", "address": "127.0.0.1:1", "results": tmp_path, "name": "mine"}
    with pytest.raises(ConnectionError, match=r"nobody answers at 127\.0\.0\.1:1"):
        run(**remote)
    assert not list(tmp_path.iterdir())
    first = run(results=tmp_path, name="mine")
    before = (tmp_path / "mine/config.toml").read_bytes()
    with pytest.raises(ConnectionError, match="nobody answers"):
        run(**remote, generations=4)
    assert (tmp_path / "mine/config.toml").read_bytes() == before
    assert same(first, run(**remote))  # finished: no worker is needed
    assert same(run(generations=4), run(results=tmp_path, name="mine", generations=4))


def test_pins_fix_genes_of_predictors_and_of_the_space(tmp_path: Path) -> None:
    pins = {"predictor.kind": ["ridge", "nearest"], "parameters.width": 8}
    result = run(pins=pins, results=tmp_path, name="pinned")
    assert set(result.history["width"]) == {8}
    genes = evo.load(tmp_path / "pinned").genes
    assert set(genes["predictor.kind"]) == {"ridge", "nearest"}
    with pytest.raises(evo.BadInput, match="pins was"):
        run(results=tmp_path, name="pinned", generations=4)


@pytest.mark.slow
def test_closures_travel_to_ray_workers_and_give_the_same_history() -> None:
    scale = 0.5

    def evaluate(parameters: Any, epochs: int, seed: int, checkpoint: Any) -> evo.Outcome:
        value = scale * accuracy(parameters) * (1 - 0.5**epochs)
        return evo.Outcome({"accuracy": value, "parameters": 1.0 + parameters["width"]})

    remote = run(evaluate, generations=2, runner="ray", workers=2)
    assert same(run(evaluate, generations=2), remote)


@pytest.mark.slow
def test_a_call_that_hangs_is_stopped_and_the_record_tells_of_workers(tmp_path: Path) -> None:
    def evaluate(parameters: Any, epochs: int, seed: int, checkpoint: Any) -> evo.Outcome:
        if seed == stuck:
            time.sleep(600)
        value = accuracy(parameters) * (1 - 0.5**epochs)
        return evo.Outcome({"accuracy": value, "parameters": 1.0 + parameters["width"]})

    function, stuck = Function(), -1
    run(function, generations=1)
    stuck = function.calls[0][2]
    where = {"runner": "ray", "workers": 1, "cpus_per_worker": 0.5, "job_timeout": 5.0}
    result = run(evaluate, generations=1, results=tmp_path, name="mine", **where)
    assert (result.history["status"] == "timed_out").sum() == 1
    with closing(RunRecord.open(tmp_path / "mine", read_only=True)) as record:
        texts = [event.text for event in record.store.events()]
        assert "timed_out" in record.store.meta()["not_reproducible"]
    assert sum(text.startswith("joined: worker ") for text in texts) == 2
    assert any(text.startswith("stopped: worker ") for text in texts)
