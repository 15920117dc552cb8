import json
import random
from dataclasses import replace

import numpy as np
import pytest

from evo.breeding.predictor_population import LIFE_STAGES, Sisterhood
from evo.breeding.skill_record import Judgement, taus
from evo.strategy import Life
from tests.evo.toy import EARLY, FULL, evaluate, toy_world


def male(world, number, grown=True):
    genome = world.space.sample(f"m{number:03d}", "male", random.Random(number))
    juvenile = evaluate(genome, genome.id, 0, EARLY)
    adult = evaluate(genome, genome.id, EARLY, FULL) if grown else None
    return Life(genome, {}, juvenile=juvenile, adult=adult)


@pytest.fixture
def world():
    return toy_world()


@pytest.fixture
def sisterhood(world):
    sisters = Sisterhood(world)
    women = [world.space.sample(f"f{i}", "female", random.Random(100 + i)) for i in range(5)]
    sisters.join(women)
    return sisters


def test_judgement_counts_only_what_was_foretold_before():
    judgement = Judgement()
    judgement.pending = {"a": [0.9], "b": [0.1]}
    judgement.hear("a", [0.8], 1.0)
    judgement.hear("unknown", [0.5], 1.0)
    assert len(judgement.verdicts) == 1
    judgement.hear("b", [0.2], 1.0)
    # two truths in the right order, shrunk towards an archive score of nothing
    assert judgement.skill == pytest.approx(2 / 14)


def test_the_young_are_judged_by_the_archive():
    judgement = Judgement(archive_skills=[0.7])
    assert judgement.skill == 0.7
    judgement.pending = {"a": [0.9], "b": [0.1]}
    judgement.hear("a", [0.1], 1.0)
    judgement.hear("b", [0.9], 1.0)
    assert judgement.skill == pytest.approx((2 * -1.0 + 12 * 0.7) / 14)


def test_skill_is_told_by_objective():
    truth = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    foretold = np.column_stack([truth[:, 0], -truth[:, 1]])
    assert taus(foretold, truth, np.ones(3)) == [1.0, -1.0]
    judgement = Judgement(archive_skills=[0.4, 0.8])
    assert judgement.skills.tolist() == [0.4, 0.8]
    assert judgement.skill == pytest.approx(0.6)


def test_every_objective_has_a_jury_of_those_who_foretell_it_best(world, sisterhood):
    for n, female in enumerate(sisterhood.females):
        for judgement in female.judged.values():
            judgement.archive_skills = [0.1 * n, 0.9 - 0.1 * n]
    opinions = [np.full((2, 2), 0.1 * n) for n in range(5)]
    opinion = sisterhood._heard(opinions, "juvenile", [male(world, n) for n in range(2)])
    assert opinion.jury[0, 0] > 0.29  # by the last three
    assert opinion.jury[0, 1] < 0.11  # by the first three
    assert [judge[0].tolist() for judge in opinion.judges[:2]] == [
        pytest.approx([0.4, 0.0]),
        pytest.approx([0.3, 0.1]),
    ]


def test_foretelling_is_logged_for_all_and_becomes_what_is_expected(world, sisterhood):
    young = [male(world, n, grown=False) for n in range(4)]
    log = []
    losses = sisterhood.foretell(young, "juvenile", log).jury
    assert losses.shape == (4, 2)
    assert {p.female for p in log} == {"f0", "f1", "f2", "f3", "f4", "jury"}
    jury = {p.male: p.foretold for p in log if p.female == "jury"}
    for life, row in zip(young, losses, strict=True):
        assert life.expected == jury[life.genome.id]
        assert world.axes.losses([life.expected])[0] == pytest.approx(row)


def test_known_objectives_are_put_in_and_have_no_error(world, sisterhood):
    young = [male(world, n, grown=False) for n in range(3)]
    for life in young:
        life.costs = {"active_parameters": 16.0}
    opinion = sisterhood.foretell(young, "juvenile", [])
    losses = opinion.jury
    known = world.axes.axes[1].loss(16.0)
    np.testing.assert_allclose(losses[:, 1], known)
    for deviation in (opinion.jury_deviation, *opinion.deviations):
        assert (deviation[:, 1] == 0.0).all()
        assert (deviation[:, 0] > 0.0).all()


def test_learning_from_grown_males_makes_juries_skilful(world, sisterhood):
    past = [male(world, n) for n in range(60)]
    sisterhood.learn(past)
    young = [male(world, n) for n in range(60, 90)]
    sisterhood.foretell(young, "juvenile", [])
    sisterhood.judge(young, {life.genome.id: 1.0 for life in young})
    assert sisterhood.best_skill() > 0.5
    assert len(sisterhood.opinions["juvenile"].verdicts) == 30


def test_the_unborn_are_learnt_from_the_rejected_too(world):
    def considered(rejected_accuracy):
        sisters = Sisterhood(world)
        woman = world.space.sample("f", "female", random.Random(3))
        genes = woman.chromosomes["predictor"].replacing(
            kind="forest", watch_genome=True, window=150, transform="none"
        )
        from dataclasses import replace

        chromosomes = woman.chromosomes.replacing(predictor=genes)
        sisters.join([replace(woman, chromosomes=chromosomes)])
        past = [male(world, n, grown=n % 2 == 0) for n in range(40)]
        for life in past:
            life.expected = {"accuracy": rejected_accuracy, "active_parameters": 64.0}
        sisters.learn(past)
        return sisters.consider([male(world, n, grown=False) for n in range(100, 110)]).jury

    assert considered(0.1)[:, 0].mean() > considered(0.9)[:, 0].mean()


def test_deviations_follow_the_errors_of_predictions_that_came_true(world, sisterhood):
    opinion, usual = sisterhood.opinions["juvenile"], sisterhood.errors
    before = usual(opinion)
    assert before == pytest.approx([0.3, 0.3])  # nothing is known yet
    names = [axis.name for axis in world.axes.axes]
    assert names == ["accuracy", "active_parameters"]
    for n in range(40):
        opinion.pending = {str(n): [0.2, 50.0]}
        opinion.hear(str(n), [0.9, 50.0], 1.0)
    after = usual(opinion)
    assert after[0] > 2.0 * before[0]
    assert after[1] == pytest.approx(0.3 * np.sqrt(12 / 52))


def test_a_member_about_whom_females_disagree_is_the_less_certain(world, sisterhood):
    young = [male(world, n, grown=False) for n in range(2)]
    spread = np.array([[0.0, 0.1], [0.2, 0.1]])
    found = sisterhood._deviations(np.array([0.1, 0.1]), young, spread)
    assert found[:, 1] == pytest.approx([0.1, 0.1])
    assert found[0, 0] == pytest.approx(0.1 * np.sqrt(0.5))
    assert (found[:, 0] ** 2).mean() == pytest.approx(0.01)  # as usual on the whole


def watching(world, number, epochs):
    woman = world.space.sample(f"f{number}", "female", random.Random(7))
    genes = woman.chromosomes["predictor"].replacing(
        kind="ridge", watch_curve=epochs > 0, epochs_watched=max(1, epochs)
    )
    return replace(woman, chromosomes=woman.chromosomes.replacing(predictor=genes))


def test_survival_prefers_skill_among_those_who_cost_the_same(world):
    sisterhood = Sisterhood(world)
    sisterhood.join([watching(world, number, 1) for number in range(5)])
    for rank, female in enumerate(sisterhood.females):
        for judgement in female.judged.values():
            judgement.archive_skills = [0.9 if rank < 2 else 0.1]
    sisterhood.survive(2)
    assert [female.genome.id for female in sisterhood.females] == ["f0", "f1"]


def test_of_equally_skilled_females_those_survive_who_watch_less(world):
    sisterhood = Sisterhood(world)
    epochs = [EARLY, 1, EARLY, 0, EARLY]
    sisterhood.join([watching(world, number, n) for number, n in enumerate(epochs)])
    sisterhood.survive(2)
    assert [female.seer.epochs_watched for female in sisterhood.females] == [1, 0]


def test_a_jury_of_one_is_the_opinion_of_the_best(world):
    settings = replace(world.settings, jurors=1, judges=1)
    lonely = Sisterhood(replace(world, settings=settings))
    lonely.join([world.space.sample(f"f{i}", "female", random.Random(100 + i)) for i in range(5)])
    for rank, female in enumerate(lonely.females):
        for judgement in female.judged.values():
            judgement.archive_skills = [0.9 if rank == 3 else 0.1]
    lonely.learn([male(world, n) for n in range(20)])
    young = [male(world, n, grown=False) for n in range(20, 24)]
    opinion = lonely.foretell(young, "juvenile", log := [])
    best = {p.male: p.foretold for p in log if p.female == "f3"}
    jury = {p.male: p.foretold for p in log if p.female == "jury"}
    assert len(opinion.judges) == 1
    assert jury.keys() == best.keys()
    for name, foretold in jury.items():
        assert foretold == pytest.approx(best[name])


def test_mothers_take_turns_the_most_skilled_first(sisterhood):
    for female, skill in zip(sisterhood.females, (0.1, 0.5, 0.3, 0.2, 0.4), strict=True):
        for judgement in female.judged.values():
            judgement.archive_skills = [skill]
    turns = [female.genome.id for female in sisterhood.mothers(7)]
    assert turns == ["f1", "f4", "f2", "f3", "f0", "f1", "f4"]


def test_a_restored_sisterhood_foretells_the_same(world, sisterhood):
    past, young = [male(world, n) for n in range(20)], [male(world, n) for n in range(20, 24)]
    sisterhood.learn(past)
    sisterhood.foretell(young, "juvenile", [])
    sisterhood.judge(young, {life.genome.id: 1.0 for life in young})
    state = json.loads(json.dumps(sisterhood.state()))
    again = Sisterhood(world)
    again.restore(state, [female.genome for female in sisterhood.females])
    for one in (sisterhood, again):
        one.learn(past + young)
    new = [male(world, n, grown=False) for n in range(30, 34)]
    for stage in LIFE_STAGES:
        one = sisterhood.foretell(new, stage, []).jury
        two = again.foretell(new, stage, []).jury
        np.testing.assert_array_equal(one, two)
