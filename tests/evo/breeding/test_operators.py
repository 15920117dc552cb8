"""Every operator of every strategy can be exchanged, by DEAP's own among others."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from deap import tools
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evo.breeding.conception import mate, mutate, sample
from evo.breeding.operators import KINDS, Toolbox, seeded, toolbox
from evo.breeding.selection import fittest
from evo.errors import OperatorFailed
from evo.pareto.dominance import Axes, Axis, crowding, levels
from evo.strategies import gendered, nsga2
from evo.strategy import STRATEGIES, Individual, SearchContext, make_strategy, operators_of
from fitness.evaluation import Evaluation
from genomes.genes.gene import Record
from genomes.genes.genome import Genome
from genomes.genes.registry import UnknownName
from tests.evo.toy import Lab, toy_world

USED = [(name, operator) for name in STRATEGIES.names() for operator in operators_of(name)]
PLAIN = Axes((Axis("speed", "max", reference=-10.0, ideal=10.0), Axis("size", "min", 10.0, -10.0)))


def first(individuals: Sequence[Any], k: int) -> list[Any]:
    return list(individuals[:k])


def again_and_again(individuals: Sequence[Any], k: int) -> list[Any]:
    return [random.choice(individuals) for _ in range(k)]


def sampled(context: SearchContext, sex: Any, rng: random.Random) -> Record:
    return sample(context, "anybody", sex, rng).chromosomes


PLAIN_OPERATORS: dict[str, Callable[..., Any]] = {
    "sample": sampled,
    "mate": mate,
    "mutate": mutate,
    "select_parents": again_and_again,
    "select_mothers": again_and_again,
} | dict.fromkeys(("select_births", "promote", "rank", "survive", "survive_females"), first)


def world(**operators: Any) -> SearchContext:
    return replace(toy_world(), operators=operators)


def history(name: str, generations: int = 5, **operators: Any) -> Any:
    return Lab(make_strategy(name, world(**operators))).run(1, generations).history()


def adult(identity: str, speed: float, size: float, axes: Axes = PLAIN) -> Individual:
    objectives = {"speed": speed, "size": size}
    evaluation = Evaluation("job", identity, "key", 0, 8, "ok", objectives=objectives)
    genome = Genome(identity, "male", Record())
    return Individual(genome, {}, adult=evaluation, fitness=axes.fitness())


def adults(values: Any) -> list[Individual]:
    return [adult(f"m{i:03d}", *map(float, row)) for i, row in enumerate(values)]


def exchanged(name: str, function: Any, own: Any = nsga2.OPERATORS) -> Toolbox:
    context = replace(world(**{name: function}), axes=PLAIN)
    return toolbox(context, own)


# -- what is used, and what may take its place ---------------------------------------------------


def test_strategies_use_no_operator_that_could_not_be_exchanged() -> None:
    assert {operator for _, operator in USED} == set(KINDS) == set(PLAIN_OPERATORS)


@pytest.mark.parametrize(("strategy", "operator"), USED)
def test_each_operator_is_called_in_the_place_of_the_strategys_own(
    strategy: str, operator: str
) -> None:
    calls = []

    def noted(*arguments: Any) -> Any:
        calls.append(len(arguments))
        return PLAIN_OPERATORS[operator](*arguments)

    lab = Lab(make_strategy(strategy, world(**{operator: noted}))).run(1, 4)
    assert set(calls) == {len(KINDS[operator].takes)}
    assert len(lab.trials) > 16


@pytest.mark.parametrize(
    ("strategy", "operator", "function"),
    [
        ("nsga2", "survive", tools.selNSGA2),
        ("nsga2", "survive", tools.selSPEA2),
        ("nsga2", "select_parents", tools.selTournamentDCD),
        ("gendered", "survive", tools.selNSGA2),
        ("gendered", "survive", tools.selSPEA2),
        ("gendered", "select_parents", tools.selTournamentDCD),
        ("gendered", "survive_females", tools.selWorst),
        ("gendered", "select_mothers", tools.selRandom),
        ("regularized", "survive", tools.selNSGA2),
        ("regularized", "select_parents", tools.selTournamentDCD),
        ("neat", "rank", tools.selNSGA2),
        ("neat", "select_parents", tools.selRandom),
    ],
)
def test_deaps_own_operators_take_the_place_and_the_history_depends_on_the_seed_alone(
    strategy: str, operator: str, function: Any
) -> None:
    random.seed(1)
    np.random.seed(1)
    one = history(strategy, **{operator: function})
    following = random.random(), np.random.rand()
    random.seed(2)
    np.random.seed(2)
    assert history(strategy, **{operator: function}) == one
    assert one != history(strategy)
    random.seed(1)
    np.random.seed(1)
    assert (random.random(), np.random.rand()) == following, "the global state was not restored"


@pytest.mark.parametrize(("strategy", "operator"), USED)
def test_a_restored_strategy_goes_on_with_the_exchanged_operator(
    strategy: str, operator: str
) -> None:
    context = world(**{operator: PLAIN_OPERATORS[operator]})
    whole = Lab(make_strategy(strategy, context)).run(1, 6)
    begun = Lab(make_strategy(strategy, context)).run(1, 3)
    state = json.loads(json.dumps(begun.strategy.state()))
    resumed = Lab(make_strategy(strategy, context))
    resumed.individuals = begun.individuals
    resumed.strategy.restore(state, lambda identity: begun.individuals[identity])
    assert begun.history() + resumed.run(4, 6).history() == whole.history()


def test_all_operators_of_a_strategy_can_be_exchanged_at_once() -> None:
    own = {name: PLAIN_OPERATORS[name] for name in gendered.OPERATORS}
    assert len(history("gendered", **own)) > 16


def test_an_operator_that_a_strategy_does_not_use_is_refused() -> None:
    with pytest.raises(UnknownName, match=r"unknown operator 'surive'. Did you mean 'survive'\?"):
        make_strategy("nsga2", world(surive=first))
    with pytest.raises(UnknownName, match=r"'survive'.*Available: sample"):
        make_strategy("random", world(survive=first))


# -- selection by moocore and by DEAP ------------------------------------------------------------

values = st.integers(0, 999)
distinct = st.lists(
    st.tuples(values, values), min_size=4, max_size=24, unique_by=(lambda p: p[0], lambda p: p[1])
)


def cut_ties(rows: Any, k: int) -> bool:
    """Tell whether the last places go to some of those who are equally crowded."""
    for members in levels(rows):
        if len(members) > k:
            distances = np.sort(crowding(rows[members]))[::-1]
            return k > 0 and bool(np.isclose(distances[k - 1], distances[k]))
        k -= len(members)
    return False


@settings(max_examples=300, deadline=None)
@given(distinct, st.floats(0.05, 0.95))
def test_our_survivors_are_those_of_deap_on_fronts_without_ties(
    rows: list[tuple[int, int]], share: float
) -> None:
    k = max(1, round(share * len(rows)))
    signed = np.array(rows) * np.array([-1.0, 1.0])
    assume(not cut_ties(signed, k))
    individuals = adults(rows)
    axes = Axes((Axis("speed", "max", -1.0, 999.0), Axis("size", "min", 1000.0, 0.0)))
    context = replace(toy_world(), axes=axes)
    ours = fittest(context, individuals, k, random.Random(0))
    theirs = tools.selNSGA2(individuals, k)
    assert {male.genome.id for male in ours} == {male.genome.id for male in theirs}


def test_tournaments_compare_crowding_as_deap_measures_it() -> None:
    individuals = adults([(1, 1), (2, 2), (3, 3), (9, 9), (1, 8), (2, 9)])
    seen: list[float] = []

    def select(given: list[Individual], k: int) -> list[Individual]:
        seen.extend(male.fitness.crowding_dist for male in given)
        return given[:k]

    next(exchanged("select_parents", select).select_parents(individuals, random.Random(0)))
    tools.selNSGA2(individuals, 3)
    measured = np.array([male.fitness.crowding_dist for male in individuals])
    assert np.array(seen) == pytest.approx(2.0 * measured)  # theirs is the mean of two objectives
    assert np.isfinite(measured).sum() == 2


def test_parents_are_drawn_four_at_a_time_and_each_of_them_is_used() -> None:
    individuals = adults([(i, i) for i in range(8)])
    asked: list[int] = []

    def select(given: list[Individual], k: int) -> list[Individual]:
        asked.append(k)
        return given[len(asked) : len(asked) + k]

    parents = exchanged("select_parents", select).select_parents(individuals, random.Random(0))
    drawn = [next(parents).genome.id for _ in range(6)]
    assert drawn == ["m001", "m002", "m003", "m004", "m002", "m003"]
    assert asked == [4, 4]


def test_where_all_live_on_nothing_is_selected() -> None:
    individuals = adults([(1, 1), (2, 2)])

    def never(given: list[Individual], k: int) -> list[Individual]:
        raise AssertionError

    for k in (2, 3):
        assert exchanged("survive", never).survive(individuals, k, random.Random(0)) == individuals
    assert exchanged("survive", never).survive(individuals, 0, random.Random(0)) == []


# -- operators that misbehave --------------------------------------------------------------------


def too_few(individuals: list[Any], k: int) -> list[Any]:
    return individuals[: k - 1]


def stranger(individuals: list[Any], k: int) -> list[Any]:
    return [*individuals[: k - 1], adult("nobody", 1.0, 1.0)]


def copies(individuals: list[Any], k: int) -> list[Any]:
    return [replace(male) for male in individuals[:k]]


def twice(individuals: list[Any], k: int) -> list[Any]:
    return [individuals[0]] * k


def numbers(individuals: list[Any], k: int) -> list[Any]:
    return list(range(k))


def nothing(individuals: list[Any], k: int) -> None:
    return None


def broken(individuals: list[Any], k: int) -> list[Any]:
    raise ZeroDivisionError("no fitness")


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (too_few, "returned 2 of the 5 individuals that it was given, expected k=3"),
        (stranger, "returned nobody, which it was not given"),
        (copies, "returned m000, which it was not given"),
        (twice, "returned m000 more than once, expected different ones"),
        (numbers, "returned 0, which it was not given"),
        (nothing, "returned None, expected a list of individuals"),
        (broken, r"raised ZeroDivisionError: no fitness \(test_operators.py, line \d+\); it was "
         "called with 5 individuals, 3"),
    ],
)  # fmt: skip
def test_a_selection_that_misbehaves_is_named(function: Any, why: str) -> None:
    box = exchanged("survive", function)
    individuals = adults([(i, i) for i in range(5)])
    name = rf"operator survive \(tests.evo.breeding.test_operators.{function.__name__}\) "
    with pytest.raises(OperatorFailed, match=name + why):
        box.survive(individuals, 3, random.Random(0))


def test_a_lazy_selection_is_carried_out_with_the_numbers_it_is_seeded_with() -> None:
    individuals = adults([(i, i) for i in range(9)])

    def lazy(given: list[Any], k: int) -> Any:
        return (given[random.randrange(3) + 3 * i] for i in range(k))

    def chosen() -> list[str]:
        box = exchanged("survive", lazy)
        return [male.genome.id for male in box.survive(individuals, 3, random.Random(4))]

    assert chosen() == chosen()


def unfinished(context: SearchContext, *arguments: Any) -> dict[str, Any]:
    return {"parameters": {"width": 4}}


def unchanged_pair(context: SearchContext, *arguments: Any) -> Any:
    return arguments[0], arguments[1]


def far_off(context: SearchContext, chromosomes: Any, sex: Any, rng: Any) -> dict[str, Any]:
    return {**chromosomes, "parameters": chromosomes["parameters"].replacing(width=1000)}


@pytest.mark.parametrize(
    ("operator", "function", "why"),
    [
        ("sample", unfinished, "received fields parameters; expected parameters, predictor"),
        ("mate", unchanged_pair, "expected named values"),
        ("mutate", far_off, "parameters: width: received 1000"),
    ],
)
def test_chromosomes_that_do_not_fit_the_space_are_refused(
    operator: str, function: Any, why: str
) -> None:
    with pytest.raises(OperatorFailed, match=rf"operator {operator} \(.*{why}"):
        history("nsga2", **{operator: function})


def test_what_an_operator_draws_depends_on_the_stream_alone() -> None:
    def drawn(seed: int) -> tuple[float, float]:
        with seeded(random.Random(seed)):
            return random.random(), float(np.random.rand())

    before = random.getstate(), np.random.get_state()[1].tolist()
    assert drawn(1) == drawn(1) != drawn(2)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


def test_the_state_is_restored_where_an_operator_raises() -> None:
    before = random.getstate(), np.random.get_state()[1].tolist()
    with pytest.raises(OperatorFailed):
        exchanged("survive", broken).survive(adults([(1, 1), (2, 2)]), 1, random.Random(0))
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
