"""Successive halving: who is among the best share of all juveniles so far grows up."""

import numpy as np

from evo.strategies.successive_halving import SuccessiveHalving, early
from tests.evo.toy import EARLY, FULL, Lab, toy_world


def test_the_share_of_the_promoted_approaches_the_setting():
    lab = Lab(SuccessiveHalving(toy_world(population=20, promoted_share=0.25))).run(1, 10)
    stages = [trial.stage for trial in lab.trials]
    assert stages.count("juvenile") == 200
    assert 50 <= stages.count("adult") <= 70


def test_the_promoted_rank_before_those_who_wait():
    lab = Lab(SuccessiveHalving(toy_world(population=20))).run(1, 6)
    strategy = lab.strategy
    rows = early([*strategy.promoted, *strategy.waiting])
    losses = strategy.context.axes.losses(rows)
    count = len(strategy.promoted)
    dominated = [(losses < row).all(axis=1).sum() for row in losses]
    assert np.mean(dominated[:count]) < 0.5 * np.mean(dominated[count:])


def test_a_juvenile_may_be_promoted_generations_later_and_so_keeps_his_checkpoint():
    lab = Lab(SuccessiveHalving(toy_world(population=8))).run(1, 30)
    adults = {}
    for number, report in enumerate(lab.accounts, 1):
        adults |= {genome.id: number for genome in report.born}
    waited = []
    position = 0
    for number, report in enumerate(lab.accounts, 1):
        grown = report.figures["adults"]
        trials = lab.trials[position : position + 8 + grown]
        position += 8 + grown
        late = [t.genome.id for t in trials if t.stage == "adult" and adults[t.genome.id] < number]
        if number > 1:
            assert set(late) <= set(lab.accounts[number - 2].waiting)
        waited += late
    assert waited


def test_with_one_fidelity_everybody_grows_up():
    lab = Lab(SuccessiveHalving(toy_world(juvenile_epochs=0))).run(1, 2)
    assert {(t.stage, t.from_epoch, t.to_epoch) for t in lab.trials} == {("adult", 0, FULL)}
    assert EARLY < FULL
