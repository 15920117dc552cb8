"""Contracts that every registered strategy keeps, on a toy world."""

import json

import pytest

from evo.strategy import STRATEGIES, make_strategy
from fitness.evaluation import Evaluation
from genomes.genes.registry import UnknownName
from tests.evo.toy import AXES, EARLY, FULL, Lab, toy_world

NAMES = STRATEGIES.names()


def test_the_promised_strategies_are_registered():
    promised = {"gendered", "nsga2", "regularized", "local", "random", "successive-halving"}
    assert promised <= set(NAMES)


def test_an_unknown_strategy_lists_what_exists():
    with pytest.raises(UnknownName, match="Did you mean 'gendered'"):
        make_strategy("gendred", toy_world())


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_history_and_another_seed_another(name):
    one = Lab(make_strategy(name, toy_world(seed=3))).run(1, 4)
    two = Lab(make_strategy(name, toy_world(seed=3))).run(1, 4)
    other = Lab(make_strategy(name, toy_world(seed=4))).run(1, 4)
    assert one.history() == two.history()
    assert one.history() != other.history()


@pytest.mark.parametrize("name", NAMES)
def test_a_restored_strategy_goes_on_as_if_nothing_had_happened(name):
    whole = Lab(make_strategy(name, toy_world())).run(1, 6)
    first = Lab(make_strategy(name, toy_world())).run(1, 3)
    state = json.loads(json.dumps(first.strategy.state()))
    again = Lab(make_strategy(name, toy_world()))
    again.individuals = first.individuals
    again.strategy.restore(state, lambda identity: first.individuals[identity])
    assert first.history() + again.run(4, 6).history() == whole.history()


@pytest.mark.parametrize("name", NAMES)
def test_trials_are_well_formed_and_the_born_are_accounted_for(name):
    lab = Lab(make_strategy(name, toy_world())).run(1, 5)
    born = [genome.id for report in lab.accounts for genome in report.born]
    assert len(born) == len(set(born))
    assert {trial.genome.id for trial in lab.trials} <= set(born)
    assert len({(t.genome.id, t.stage) for t in lab.trials}) == len(lab.trials)
    reached = {}
    for trial in lab.trials:
        assert trial.genome.sex == "male"
        assert trial.from_epoch == reached.get(trial.genome.id, 0) < trial.to_epoch <= FULL
        reached[trial.genome.id] = trial.to_epoch


@pytest.mark.parametrize("name", NAMES)
def test_failures_are_infeasible_and_never_breed(name):
    def spoil(trial):
        if trial.genome.chromosomes.get("parameters")["operation"] == "good":
            key = trial.genome.id
            return Evaluation(key, key, key, trial.from_epoch, trial.to_epoch, "diverged", "NaN")
        return None

    lab = Lab(make_strategy(name, toy_world())).run(1, 5, spoil)
    failed = {t.genome.id for t in lab.trials if spoil(t)}
    parents = {parent for a in lab.accounts for g in a.born for parent in g.parents}
    assert failed
    assert not failed & parents


@pytest.mark.parametrize("name", [n for n in NAMES if n != "random"])
def test_it_searches_better_than_chance(name):
    def volume(lab):
        adults = [individual.adult for individual in lab.individuals.values() if individual.adult]
        return AXES.hypervolume(adult.objectives for adult in adults)

    def spent(lab):
        return sum(trial.to_epoch - trial.from_epoch for trial in lab.trials)

    gains = []
    for seed in range(4):
        lab = Lab(make_strategy(name, toy_world(seed, stages=(EARLY, 24)))).run(1, 25)
        chance = Lab(make_strategy("random", toy_world(seed + 100, stages=(EARLY, 24))))
        number = 0
        while spent(chance) < spent(lab):
            number += 1
            chance.run(number, number)
        gains.append(volume(lab) - volume(chance))
    assert sum(gains) / len(gains) > 0.01  # random search differs from itself by 0.007
