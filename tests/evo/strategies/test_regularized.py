"""Aging evolution: the oldest die, a child differs from its one parent in one gene."""

from itertools import islice

from evo.strategies.regularized import Regularized
from tests.evo.toy import Lab, toy_world


def genes(genome):
    return genome.chromosomes["parameters"]


def test_the_population_is_the_latest_of_all_who_grew_up():
    lab = Lab(Regularized(toy_world())).run(1, 5)
    latest = [trial.genome.id for trial in lab.trials][-8:]
    assert [individual.genome.id for individual in lab.strategy.queue] == latest


def test_a_child_differs_from_its_parent_in_one_gene():
    lab = Lab(Regularized(toy_world())).run(1, 6)
    children = [t.genome for t in lab.trials if t.genome.parents]
    assert len(children) == 40
    for child in children:
        (parent,) = child.parents
        before, after = genes(lab.individuals[parent].genome), genes(child)
        assert sum(before[name] != after[name] for name in before) == 1


def test_the_best_of_a_sample_is_who_dominates_it():
    lab = Lab(Regularized(toy_world(population=4))).run(1, 1)
    strategy = lab.strategy
    losses = strategy.context.axes.losses(individual.objectives for individual in strategy.queue)
    rng = strategy.context.rng("draws")
    parents = strategy.box.select_parents(strategy.queue, rng)
    chosen = {parent.genome.id for parent in islice(parents, 60)}
    for i, individual in enumerate(strategy.queue):
        worse = [(losses[i] > other).all() for other in losses]
        if sum(worse) == 3:  # whoever else is in the sample is better
            assert individual.genome.id not in chosen
