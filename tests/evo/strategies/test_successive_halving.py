"""Successive halving: who is among the best share of all juveniles so far grows up."""

from itertools import pairwise

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
    (rung,) = strategy.rungs
    rows = early([*rung.promoted, *rung.waiting], 0)
    losses = strategy.context.axes.losses(rows)
    count = len(rung.promoted)
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
    lab = Lab(SuccessiveHalving(toy_world(stages=(FULL,)))).run(1, 2)
    assert {(t.stage, t.from_epoch, t.to_epoch) for t in lab.trials} == {("adult", 0, FULL)}
    assert EARLY < FULL


LADDER = (1, 2, 4, FULL)
STEPS = ["juvenile", "juvenile-2", "juvenile-3", "adult"]


def test_every_rung_of_a_ladder_lets_the_same_share_pass():
    world = toy_world(population=27, promoted_share=1 / 27, stages=LADDER)
    lab = Lab(SuccessiveHalving(world)).run(1, 12)
    asked = [trial.stage for trial in lab.trials]
    counts = [asked.count(stage) for stage in STEPS]
    assert counts[0] == 12 * 27
    for came, passed in pairwise(counts):
        assert came / 3 <= passed <= 1.5 * came / 3 + 1  # late bloomers were passed before
    spans = {(t.stage, t.from_epoch, t.to_epoch) for t in lab.trials}
    assert spans == set(zip(STEPS, (0, *LADDER[:-1]), LADDER, strict=True))


def test_at_a_rung_those_are_compared_that_came_to_it_by_what_they_were_there():
    lab = Lab(SuccessiveHalving(toy_world(population=20, stages=LADDER))).run(1, 6)
    for decision, rung in enumerate(lab.strategy.rungs):
        everyone = [*rung.promoted, *rung.waiting]
        assert all(len(male.youth) > decision for male in everyone)
        assert all(len(male.youth) == decision + 1 for male in rung.waiting)
        for row, male in zip(early(everyone, decision), everyone, strict=True):
            assert row["accuracy"] == male.youth[decision].curve[-1].metric
    waiting = {male.genome.id for rung in lab.strategy.rungs for male in rung.waiting}
    assert set(lab.accounts[-1].waiting) == waiting


def test_a_restored_ladder_goes_on_as_if_it_had_never_stopped():
    world = toy_world(population=12, stages=LADDER)
    whole = Lab(SuccessiveHalving(world)).run(1, 6)
    first = Lab(SuccessiveHalving(world)).run(1, 4)
    second = Lab(SuccessiveHalving(world))
    second.individuals = first.individuals
    second.strategy.restore(first.strategy.state(), lambda identity: first.individuals[identity])
    second.run(5, 6)
    assert whole.history() == first.history() + second.history()


def test_a_state_of_a_version_that_knew_one_rung_is_taken_up():
    lab = Lab(SuccessiveHalving(toy_world(population=8))).run(1, 3)
    (rung,) = lab.strategy.state()["rungs"]
    again = SuccessiveHalving(toy_world(population=8))
    again.restore(rung, lambda identity: lab.individuals[identity])
    assert again.state() == lab.strategy.state()
