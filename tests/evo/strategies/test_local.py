"""Pareto local search: neighbours of the best points, patience, restarts."""

from evo.strategies.local import PATIENCE, LocalSearch
from tests.evo.toy import Lab, toy_world


def test_the_best_are_not_dominated_and_children_are_their_neighbours():
    lab = Lab(LocalSearch(toy_world())).run(1, 8)
    strategy = lab.strategy
    losses = strategy.context.axes.losses(individual.objectives for individual in strategy.best)
    for row in losses:
        assert not ((losses <= row).all(axis=1) & (losses < row).any(axis=1)).any()
    for trial in lab.trials:
        for parent in trial.genome.parents:
            before = lab.individuals[parent].genome.chromosomes["parameters"]
            after = trial.genome.chromosomes["parameters"]
            assert sum(before[name] != after[name] for name in before) == 1


def test_nothing_is_tried_twice_while_there_is_anything_new():
    lab = Lab(LocalSearch(toy_world())).run(1, 10)
    hashes = [trial.genome.short_hash() for trial in lab.trials]
    assert len(set(hashes)) == len(hashes)


def test_a_search_that_is_stuck_starts_anew():
    lab = Lab(LocalSearch(toy_world())).run(1, 3)
    strategy = lab.strategy
    before = {individual.genome.id for individual in strategy.best}
    strategy.fruitless = {identity: PATIENCE for identity in strategy.fruitless}
    lab.run(4, 4)
    assert lab.accounts[-1].figures["restarts"] >= 1
    assert not before & {individual.genome.id for individual in strategy.best}
    drawn = [t.genome for t in lab.trials if t.genome.id.startswith("m004")][:4]
    assert all(not genome.parents for genome in drawn)
