"""The gendered strategy on a ladder of stages: a decision after each of them but the last."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from evo.strategies.gendered import FOUNDERS_PROMOTED, Gendered, expected
from tests.evo.toy import AXES, FULL, Lab, evaluate, toy_world

STAGES = (1, 2, 4, FULL)
DECISIONS = ("juvenile", "juvenile-2", "juvenile-3")
SPANS = dict(zip((*DECISIONS, "adult"), pairwise((0, *STAGES)), strict=True))


def world(**settings):
    return toy_world(stages=STAGES, sons=24, population=16, **settings)


@pytest.fixture(scope="module")
def lab():
    return Lab(Gendered(world(audit_share=0.4))).run(1, 6)


@pytest.fixture(scope="module")
def lonely():
    return Lab(Gendered(world(audit_share=0.0))).run(1, 6)


def reached(lab, report):
    sons = {genome.id for genome in report.born if genome.sex == "male"}
    return {stage: {t.genome.id for t in lab.trials if t.stage == stage} & sons for stage in SPANS}


def test_training_goes_on_from_stage_to_stage_and_nothing_is_repeated(lab):
    assert {(t.stage, t.from_epoch, t.to_epoch) for t in lab.trials} == {
        (stage, *span) for stage, span in SPANS.items()
    }
    assert max(Counter((t.genome.id, t.stage) for t in lab.trials).values()) == 1
    for report in lab.accounts:
        here = reached(lab, report)
        for earlier, later in pairwise(SPANS):
            assert here[later] <= here[earlier]


def test_each_decision_keeps_the_same_share_so_that_the_promoted_share_is_left(lonely):
    founders, *generations = lonely.accounts
    counts = {stage: len(males) for stage, males in reached(lonely, founders).items()}
    assert FOUNDERS_PROMOTED == 0.5  # 16, each decision keeps .79 of those that come
    assert list(counts.values()) == [16, 13, 10, 8]
    for report in generations:
        assert [len(males) for males in reached(lonely, report).values()] == [24, 15, 9, 6]


def test_the_audited_go_on_to_the_end_and_nobody_decides_about_them_again(lab):
    audited = 0
    for report in lab.accounts:
        here = reached(lab, report)
        predicted = {
            stage: {p.male for p in report.predictions if p.stage == stage} for stage in DECISIONS
        }
        assert predicted["juvenile"] == here["juvenile"]
        # Those trained further without a decision about them are the audited of earlier ones.
        for stage in DECISIONS[1:]:
            assert predicted[stage] <= here[stage]
        unasked = here["juvenile-3"] - predicted["juvenile-3"]
        assert here["juvenile-2"] - predicted["juvenile-2"] <= unasked <= here["adult"]
        assert report.figures["audited"] >= len(unasked)
        audited += len(unasked)
    assert audited > 10


def test_what_is_expected_of_a_rejected_male_is_of_his_last_decision(lab):
    told = {}
    for report in lab.accounts:
        for p in report.predictions:
            if p.female == "ensemble":
                told[p.male] = p.predicted  # the later decision comes later
    known = [male for male in lab.strategy.history if not male.grown]
    assert len(known) > 50
    for male in known:
        assert male.expected == told[male.genome.id]


def test_a_model_learns_from_curves_as_they_were_at_its_decision(lab):
    population, adults = lab.strategy.predictors, [m for m in lab.strategy.history if m.grown]
    for stage, epochs in zip(DECISIONS, STAGES, strict=False):
        history = population._encoder.history(adults, stage)
        lengths = {tuple(e.epoch for e in row.curve) for row in history.feature_rows}
        assert lengths == {tuple(range(1, epochs + 1))}
    assert population.stages == ("candidate", *DECISIONS)
    for female in population.females:
        assert set(female.skill_records) == set(population.stages)


def test_every_decision_has_scored_predictions_of_the_ensemble(lab):
    records = lab.strategy.predictors.ensemble_records
    counts = [len(records[stage].scored_predictions) for stage in DECISIONS]
    assert counts[0] > counts[1] > counts[2] > 20  # the audited of earlier decisions are missing
    weights = {row["weight"] for row in records["juvenile"].scored_predictions}
    assert weights == {1.0, 1.0 / 0.4}


def test_epochs_saved_are_those_that_the_rejected_would_have_taken(lab):
    spent = sum(trial.to_epoch - trial.from_epoch for trial in lab.trials)
    born = sum(trial.stage == "juvenile" for trial in lab.trials)
    assert sum(report.figures["epochs_saved"] for report in lab.accounts) == born * FULL - spent


def test_a_restored_strategy_goes_on_as_if_it_had_never_stopped():
    whole = Lab(Gendered(world())).run(1, 5)
    first = Lab(Gendered(world())).run(1, 3)
    second = Lab(Gendered(world()))
    second.individuals = first.individuals
    second.strategy.restore(first.strategy.state(), lambda identity: first.individuals[identity])
    second.run(4, 5)
    assert whole.history() == first.history() + second.history()


def test_what_is_expected_of_a_generation_is_what_it_asks_for(lonely):
    settings = lonely.strategy.context.settings
    found = expected(settings, 2)
    assert (found.juveniles, found.further, found.promoted, found.audited) == (24, (15, 9), 6, 0)
    assert found.epochs(STAGES) == [24, 15, 18, 24]


def test_a_failure_on_the_way_ends_a_life_and_counts_as_the_reference():
    def spoil(trial):
        if trial.stage != "juvenile-2":
            return None
        found = evaluate(trial.genome, trial.genome.id, trial.from_epoch, trial.to_epoch)
        return replace(found, status="diverged", objectives={})

    lab = Lab(Gendered(world())).run(1, 1, spoil)
    assert {trial.stage for trial in lab.trials} == {"juvenile", "juvenile-2"}
    assert lab.accounts[0].figures["adults"] == 0
    failed = [male for male in lab.strategy.history if len(male.youth) == 2]
    worst = {axis.name: axis.reference for axis in AXES.axes}
    assert len(failed) == 13
    assert all(male.expected == worst for male in failed)
