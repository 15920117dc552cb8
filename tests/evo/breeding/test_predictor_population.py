import json
import random
from dataclasses import replace

import numpy as np
import pytest

from evo.breeding.predictor_population import PredictorPopulation
from evo.breeding.selection import least_failing, mothers_in_turn
from evo.breeding.skill_record import SkillRecord, taus
from evo.strategy import Individual
from tests.evo.toy import EARLY, FULL, evaluate, toy_world


def male(context, number, grown=True):
    genome = context.space.sample(f"m{number:03d}", "male", random.Random(number))
    juvenile = evaluate(genome, genome.id, 0, EARLY)
    adult = evaluate(genome, genome.id, EARLY, FULL) if grown else None
    return Individual(genome, {}, youth=(juvenile,), adult=adult)


@pytest.fixture
def context():
    return toy_world()


@pytest.fixture
def predictors(context):
    population = PredictorPopulation(context)
    predictor_genomes = [
        context.space.sample(f"f{i}", "female", random.Random(100 + i)) for i in range(5)
    ]
    population.join(predictor_genomes)
    return population


def test_only_predictions_made_before_the_result_count():
    skill_record = SkillRecord()
    skill_record.pending = {"a": [0.9], "b": [0.1]}
    skill_record.score("a", [0.8], 1.0)
    skill_record.score("unknown", [0.5], 1.0)
    assert len(skill_record.scored_predictions) == 1
    skill_record.score("b", [0.2], 1.0)
    # two truths in the right order, shrunk towards a history score of nothing
    assert skill_record.skill == pytest.approx(2 / 14)


def test_few_predictions_leave_the_score_on_the_history():
    skill_record = SkillRecord(history_skills=[0.7])
    assert skill_record.skill == 0.7
    skill_record.pending = {"a": [0.9], "b": [0.1]}
    skill_record.score("a", [0.1], 1.0)
    skill_record.score("b", [0.9], 1.0)
    assert skill_record.skill == pytest.approx((2 * -1.0 + 12 * 0.7) / 14)


def test_skill_is_told_by_objective():
    truth = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    predicted = np.column_stack([truth[:, 0], -truth[:, 1]])
    assert taus(predicted, truth, np.ones(3)) == [1.0, -1.0]
    skill_record = SkillRecord(history_skills=[0.4, 0.8])
    assert skill_record.skills.tolist() == [0.4, 0.8]
    assert skill_record.skill == pytest.approx(0.6)


def test_every_objective_has_an_ensemble_of_its_most_skilled_predictors(context, predictors):
    for n, female in enumerate(predictors.females):
        for skill_record in female.skill_records.values():
            skill_record.history_skills = [0.1 * n, 0.9 - 0.1 * n]
    predictions = [np.full((2, 2), 0.1 * n) for n in range(5)]
    prediction = predictors._combined(
        predictions, "juvenile", [male(context, n) for n in range(2)]
    )
    assert prediction.mean[0, 0] > 0.29  # by the last three
    assert prediction.mean[0, 1] < 0.11  # by the first three
    assert [member[0].tolist() for member in prediction.members[:2]] == [
        pytest.approx([0.4, 0.0]),
        pytest.approx([0.3, 0.1]),
    ]


def test_predictions_are_logged_for_all_and_becomes_what_is_expected(context, predictors):
    young = [male(context, n, grown=False) for n in range(4)]
    log = []
    losses = predictors.predict(young, "juvenile", log).mean
    assert losses.shape == (4, 2)
    assert {p.female for p in log} == {"f0", "f1", "f2", "f3", "f4", "ensemble"}
    ensemble = {p.male: p.predicted for p in log if p.female == "ensemble"}
    for individual, row in zip(young, losses, strict=True):
        assert individual.expected == ensemble[individual.genome.id]
        assert context.axes.losses([individual.expected])[0] == pytest.approx(row)


def test_known_objectives_are_put_in_and_have_no_error(context, predictors):
    young = [male(context, n, grown=False) for n in range(3)]
    for individual in young:
        individual.costs = {"active_parameters": 16.0}
    prediction = predictors.predict(young, "juvenile", [])
    losses = prediction.mean
    known = context.axes.axes[1].loss(16.0)
    np.testing.assert_allclose(losses[:, 1], known)
    for deviation in (prediction.mean_deviation, *prediction.member_deviations):
        assert (deviation[:, 1] == 0.0).all()
        assert (deviation[:, 0] > 0.0).all()


def test_learning_from_grown_males_makes_ensembles_skilful(context, predictors):
    past = [male(context, n) for n in range(60)]
    predictors.learn(past)
    young = [male(context, n) for n in range(60, 90)]
    predictors.predict(young, "juvenile", [])
    predictors.score(young, {individual.genome.id: 1.0 for individual in young})
    assert predictors.best_skill() > 0.5
    assert len(predictors.ensemble_records["juvenile"].scored_predictions) == 30


def test_candidates_are_learnt_from_the_rejected_too(context):
    def considered(rejected_accuracy):
        population = PredictorPopulation(context)
        woman = context.space.sample("f", "female", random.Random(3))
        genes = woman.chromosomes["predictor"].replacing(
            kind="forest", reads_genome=True, window=150, transform="none"
        )
        from dataclasses import replace

        chromosomes = woman.chromosomes.replacing(predictor=genes)
        population.join([replace(woman, chromosomes=chromosomes)])
        past = [male(context, n, grown=n % 2 == 0) for n in range(40)]
        for individual in past:
            individual.expected = {"accuracy": rejected_accuracy, "active_parameters": 64.0}
        population.learn(past)
        return population.predict_candidates(
            [male(context, n, grown=False) for n in range(100, 110)]
        ).mean

    assert considered(0.1)[:, 0].mean() > considered(0.9)[:, 0].mean()


def test_deviations_follow_the_errors_of_predictions_that_came_true(context, predictors):
    prediction, usual = predictors.ensemble_records["juvenile"], predictors.errors
    before = usual(prediction)
    assert before == pytest.approx([0.3, 0.3])  # nothing is known yet
    names = [axis.name for axis in context.axes.axes]
    assert names == ["accuracy", "active_parameters"]
    for n in range(40):
        prediction.pending = {str(n): [0.2, 50.0]}
        prediction.score(str(n), [0.9, 50.0], 1.0)
    after = usual(prediction)
    assert after[0] > 2.0 * before[0]
    assert after[1] == pytest.approx(0.3 * np.sqrt(12 / 52))


def test_a_member_about_whom_females_disagree_is_the_less_certain(context, predictors):
    young = [male(context, n, grown=False) for n in range(2)]
    spread = np.array([[0.0, 0.1], [0.2, 0.1]])
    found = predictors._deviations(np.array([0.1, 0.1]), young, spread)
    assert found[:, 1] == pytest.approx([0.1, 0.1])
    assert found[0, 0] == pytest.approx(0.1 * np.sqrt(0.5))
    assert (found[:, 0] ** 2).mean() == pytest.approx(0.01)  # as usual on the whole


def reading(context, number, epochs):
    woman = context.space.sample(f"f{number}", "female", random.Random(7))
    genes = woman.chromosomes["predictor"].replacing(
        kind="ridge", reads_curve=epochs > 0, epochs_read=max(1, epochs)
    )
    return replace(woman, chromosomes=woman.chromosomes.replacing(predictor=genes))


def test_survival_prefers_skill_among_those_who_cost_the_same(context):
    predictors = PredictorPopulation(context)
    predictors.join([reading(context, number, 1) for number in range(5)])
    for rank, female in enumerate(predictors.females):
        for skill_record in female.skill_records.values():
            skill_record.history_skills = [0.9 if rank < 2 else 0.1]
    predictors.keep(least_failing(context, predictors.rated(), 2, random.Random(0)))
    assert [female.genome.id for female in predictors.females] == ["f0", "f1"]


def test_of_equally_skilled_females_those_survive_that_read_less(context):
    predictors = PredictorPopulation(context)
    epochs = [EARLY, 1, EARLY, 0, EARLY]
    predictors.join([reading(context, number, n) for number, n in enumerate(epochs)])
    predictors.keep(least_failing(context, predictors.rated(), 2, random.Random(0)))
    assert [female.surrogate.share_read for female in predictors.females] == [0.5, 0.0]


def test_an_ensemble_of_one_is_the_best_female(context):
    settings = replace(context.settings, ensemble_members=1, choosing_members=1)
    lonely = PredictorPopulation(replace(context, settings=settings))
    lonely.join(
        [context.space.sample(f"f{i}", "female", random.Random(100 + i)) for i in range(5)]
    )
    for rank, female in enumerate(lonely.females):
        for skill_record in female.skill_records.values():
            skill_record.history_skills = [0.9 if rank == 3 else 0.1]
    lonely.learn([male(context, n) for n in range(20)])
    young = [male(context, n, grown=False) for n in range(20, 24)]
    prediction = lonely.predict(young, "juvenile", log := [])
    best = {p.male: p.predicted for p in log if p.female == "f3"}
    ensemble = {p.male: p.predicted for p in log if p.female == "ensemble"}
    assert len(prediction.members) == 1
    assert ensemble.keys() == best.keys()
    for name, predicted in ensemble.items():
        assert predicted == pytest.approx(best[name])


def test_mothers_take_turns_the_most_skilled_first(context, predictors):
    for female, skill in zip(predictors.females, (0.1, 0.5, 0.3, 0.2, 0.4), strict=True):
        for skill_record in female.skill_records.values():
            skill_record.history_skills = [skill]
    mothers = mothers_in_turn(context, predictors.females, 7, random.Random(0))
    turns = [female.genome.id for female in mothers]
    assert turns == ["f1", "f4", "f2", "f3", "f0", "f1", "f4"]


def test_a_restored_population_predicts_the_same(context, predictors):
    past, young = [male(context, n) for n in range(20)], [male(context, n) for n in range(20, 24)]
    predictors.learn(past)
    predictors.predict(young, "juvenile", [])
    predictors.score(young, {individual.genome.id: 1.0 for individual in young})
    state = json.loads(json.dumps(predictors.state()))
    again = PredictorPopulation(context)
    again.restore(state, [female.genome for female in predictors.females])
    for one in (predictors, again):
        one.learn(past + young)
    new = [male(context, n, grown=False) for n in range(30, 34)]
    for stage in predictors.stages:
        one = predictors.predict(new, stage, []).mean
        two = again.predict(new, stage, []).mean
        np.testing.assert_array_equal(one, two)
