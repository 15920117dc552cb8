import json
import random
from dataclasses import replace

import numpy as np
import pytest

from evo.breeding.predictor_population import SKILL_RESOLUTION, PredictorPopulation
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


def names(predictors):
    return [member.genome.id for member in predictors.members]


def test_the_ensemble_weighs_all_members_by_what_they_have_been_worth(context, predictors):
    predictors.learn([male(context, n) for n in range(20)])
    count = len(predictors.members)
    young = [male(context, n, grown=False) for n in range(3)]
    rows = np.linspace(0.0, 0.2, 3)[:, None]  # members say something of the order
    predictions = [np.full((3, 2), 0.1 * n) + rows for n in range(count)]
    mean = predictors._combined(predictions, "juvenile", young, random.Random(0)).mean
    assert mean[0] == pytest.approx(np.full(2, 0.1 * (count - 1) / 2))
    lost = {name: np.array([0.5, 0.1 * n]) for n, name in enumerate(names(predictors))}
    for _ in range(10):
        predictors.weights["juvenile"].learn(lost)
    after = predictors._combined(predictions, "juvenile", young, random.Random(0)).mean
    assert after[0, 0] == pytest.approx(mean[0, 0])  # all lost the same
    assert after[0, 1] < mean[0, 1] - 0.05  # the first lost least


def test_who_says_the_same_of_everybody_is_not_heard(context, predictors):
    young = [male(context, n, grown=False) for n in range(3)]
    predictions = [np.full((3, 2), 9.0) for _ in predictors.members]
    predictions[1] = np.array([[0.1, 9.0], [0.2, 9.0], [0.3, 9.0]])
    mean = predictors._combined(predictions, "juvenile", young, random.Random(0)).mean
    assert mean == pytest.approx(predictions[1])


def test_while_nobody_has_learnt_the_controls_alone_are_heard(context, predictors):
    young = [male(context, n, grown=False) for n in range(6)]
    mean = predictors.predict(young, "juvenile", [], random.Random(0)).mean
    last = [male.juvenile.curve[-1].metric for male in young]
    assert np.argsort(mean[:, 0]).tolist() == np.argsort(-np.array(last)).tolist()


def test_who_has_not_learnt_is_not_asked_where_others_have(context, predictors):
    predictors.learn([male(context, n) for n in range(20)])
    predictors.join([context.space.sample("new", "female", random.Random(1))])
    asked = dict(zip(names(predictors), predictors._asked("juvenile"), strict=True))
    assert not asked.pop("new")
    assert all(asked.values())


def test_mixtures_are_drawn_around_the_mean(context, predictors):
    rng = np.random.default_rng(0)
    young = [male(context, n, grown=False) for n in range(3)]
    predictions = [rng.uniform(size=(3, 2)) for _ in predictors.members]
    found = predictors._combined(predictions, "juvenile", young, random.Random(1))
    assert len(found.members) == context.settings.choosing_members
    stacked = np.stack(predictions)
    for mixture in found.members:
        assert (mixture >= stacked.min(axis=0)).all()
        assert (mixture <= stacked.max(axis=0)).all()
    assert np.ptp([mixture[0, 0] for mixture in found.members]) > 0.01
    again = predictors._combined(predictions, "juvenile", young, random.Random(1))
    np.testing.assert_array_equal(again.members, found.members)


def test_a_single_mixture_is_the_mean_and_the_heaviest_member_can_be_alone(context):
    settings = replace(context.settings, ensemble_members=1, choosing_members=1)
    lonely = PredictorPopulation(replace(context, settings=settings))
    lonely.join([context.space.sample("f0", "female", random.Random(100))])
    lonely.learn([male(context, n) for n in range(20)])
    lonely.weights["juvenile"].learn({
        name: np.array([0.1, 0.9]) if name == "f0" else np.array([0.5, 0.5])
        for name in names(lonely)
    })  # fmt: skip
    young = [male(context, n, grown=False) for n in range(4)]
    rng = np.random.default_rng(0)
    predictions = [rng.uniform(size=(4, 2)) for _ in lonely.members]
    found = lonely._combined(predictions, "juvenile", young, random.Random(1))
    assert found.mean[:, 0] == pytest.approx(predictions[-1][:, 0])
    assert found.mean[:, 1] == pytest.approx(predictions[0][:, 1])
    assert len(found.members) == 1
    np.testing.assert_array_equal(found.members[0], found.mean)


def test_controls_are_members_who_neither_breed_nor_die(context, predictors):
    assert names(predictors)[:3] == ["control-plan", "control-parents", "control-early"]
    assert not {m.genome.id for m in predictors.rated()} & set(names(predictors)[:3])
    predictors.keep([])
    assert names(predictors) == ["control-plan", "control-parents", "control-early"]


def test_the_record_is_told_how_the_controls_predicted(context, predictors):
    assert predictors.control_skills(0) == {"plan_skill": None, "parents_skill": None}
    record = predictors.controls[1].skill_records["juvenile"]
    for n, predicted in enumerate((0.2, 0.4, 0.3)):
        record.pending = {str(n): [predicted, 50.0]}
        record.score(str(n), [0.1 * n, 50.0], 1.0)
    assert predictors.control_skills(0)["parents_skill"] == pytest.approx(1 / 3)
    assert predictors.control_skills(1)["parents_skill"] is None  # it said the same of all


def test_without_a_youth_there_is_no_early_control(context):
    settings = replace(context.settings, stages=(FULL,))
    assert names(PredictorPopulation(replace(context, settings=settings))) == [
        "control-plan",
        "control-parents",
    ]


def test_predictions_are_logged_for_all_and_becomes_what_is_expected(context, predictors):
    young = [male(context, n, grown=False) for n in range(4)]
    log = []
    losses = predictors.predict(young, "juvenile", log, random.Random(0)).mean
    assert losses.shape == (4, 2)
    assert {p.female for p in log} == {*names(predictors), "ensemble"}
    ensemble = {p.male: p.predicted for p in log if p.female == "ensemble"}
    for individual, row in zip(young, losses, strict=True):
        assert individual.expected == ensemble[individual.genome.id]
        assert context.axes.losses([individual.expected])[0] == pytest.approx(row)


def test_known_objectives_are_put_in_and_have_no_error(context, predictors):
    young = [male(context, n, grown=False) for n in range(3)]
    for individual in young:
        individual.costs = {"active_parameters": 16.0}
    prediction = predictors.predict(young, "juvenile", [], random.Random(0))
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
    predictors.predict(young, "juvenile", [], random.Random(0))
    predictors.score(young, {individual.genome.id: 1.0 for individual in young})
    predictors.rated()
    assert predictors.best_skill() > 0.5
    assert len(predictors.ensemble_records["juvenile"].scored_predictions) == 30


def test_what_is_expected_of_the_rejected_teaches_nobody(context, predictors):
    """Only results and curves do: predictions would teach predictors their own mistakes."""

    def considered(rejected_accuracy):
        past = [male(context, n, grown=n % 2 == 0) for n in range(40)]
        for individual in past:
            individual.expected = {"accuracy": rejected_accuracy, "active_parameters": 64.0}
        predictors.learn(past)
        unborn = [male(context, n, grown=False) for n in range(100, 110)]
        return predictors.predict_candidates(unborn, random.Random(0)).mean

    np.testing.assert_array_equal(considered(0.1), considered(0.9))


def test_males_that_failed_teach_to_avoid_their_like(context, predictors):
    """Failures stand in the history at the reference, even where there is no curve."""
    settings = replace(context.settings, stages=(FULL,))

    def predicted(failing):
        population = PredictorPopulation(replace(context, settings=settings))
        population.join([f.genome for f in predictors.females])
        past = [male(context, n) for n in range(40)]
        for n, individual in enumerate(past):
            individual.youth = ()
            if failing and n % 2:
                individual.adult = replace(individual.adult, status="failed", objectives={})
                individual.expected = {a.name: a.reference for a in context.axes.axes}
        population.learn(past)
        return population.predict_candidates(past[1::2], random.Random(0)).mean[:, 0].mean()

    assert predicted(failing=True) > predicted(failing=False) + 0.1


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


def test_watching_curves_costs_a_female_nothing(context):
    """Everybody is trained up to the first decision, whoever looks."""
    predictors = PredictorPopulation(context)
    predictors.join([reading(context, 0, EARLY), reading(context, 1, 0)])
    watching, blind = predictors.rated()
    assert watching.surrogate.share_read == 1.0
    assert blind.surrogate.share_read == 0.0
    assert watching.fitness.values == blind.fitness.values


def test_of_sisters_the_one_joins_who_would_have_predicted_the_history_best(context, predictors):
    """Truths follow from genomes alone: who reads them beats who does not."""
    past = [male(context, n) for n in range(40)]
    drawn = reading(context, 8, 0)
    genes = drawn.chromosomes["predictor"].replacing(
        reads_costs=True, reads_pedigree=False, reads_shown=False, ignored=(), half_life=0,
        ridge_penalty=1.0, pairwise=False,
    )  # fmt: skip
    blind, seeing = (
        replace(
            drawn, id=name, chromosomes=drawn.chromosomes.replacing(
                predictor=genes.replacing(reads_genome=reads)
            ),
        )
        for name, reads in (("f8", False), ("f9", True))
    )  # fmt: skip
    predictors.learn(past)
    assert predictors.join_best([[blind, seeing], [seeing, blind]], past) == [seeing, seeing]
    assert predictors.females[-1].genome == seeing
    assert predictors.females[-1].skill_records["juvenile"].history_skills is not None


def test_before_much_is_known_the_first_of_sisters_joins(context, predictors):
    sisters = [reading(context, number, 1) for number in (8, 9)]
    assert predictors.join_best([sisters], [male(context, 0)]) == sisters[:1]


def test_of_those_whose_skills_few_results_tell_apart_the_one_who_reads_less_is_better(context):
    predictors = PredictorPopulation(context)
    predictors.join([reading(context, 0, EARLY), reading(context, 1, 0)])
    predictors.learn([male(context, n) for n in range(20)])
    more, less = predictors.females
    assert more.surrogate.complexity() > less.surrogate.complexity()

    def fittest(lead):
        for female, skill in ((more, 0.5 + lead), (less, 0.5)):
            for skill_record in female.skill_records.values():
                skill_record.history_skills = [skill]
        return least_failing(context, predictors.rated(), 1, random.Random(0))[0]

    assert fittest(0.9 * SKILL_RESOLUTION) is less
    assert less.fitness.values[0] == more.fitness.values[0] == 0.0
    fittest(1.1 * SKILL_RESOLUTION)
    assert less.fitness.values[0] > more.fitness.values[0] == 0.0


def test_skill_counts_where_the_plan_leaves_something_to_know(context, predictors):
    """To know an objective that the plan tells as well is no merit."""
    plan = predictors.controls[0].skill_records
    for record in plan.values():
        record.history_errors = [0.2, 0.0]
    one, two = predictors.females[:2]
    for record in one.skill_records.values():
        record.history_skills = [0.6, 0.0]
    for record in two.skill_records.values():
        record.history_skills = [0.3, 1.0]
    predictors.rated()
    assert one.skill > two.skill


def test_mothers_take_turns_the_most_skilled_first(context, predictors):
    for female, skill in zip(predictors.females, (0.1, 0.5, 0.3, 0.2, 0.4), strict=True):
        for skill_record in female.skill_records.values():
            skill_record.history_skills = [skill]
    predictors.rated()
    mothers = mothers_in_turn(context, predictors.females, 7, random.Random(0))
    turns = [female.genome.id for female in mothers]
    assert turns == ["f1", "f4", "f2", "f3", "f0", "f1", "f4"]


def test_a_restored_population_predicts_the_same(context, predictors):
    past, young = [male(context, n) for n in range(20)], [male(context, n) for n in range(20, 24)]
    predictors.learn(past)
    predictors.predict(young, "juvenile", [], random.Random(0))
    predictors.score(young, {individual.genome.id: 1.0 for individual in young})
    state = json.loads(json.dumps(predictors.state()))
    again = PredictorPopulation(context)
    again.restore(state, [female.genome for female in predictors.females])
    for one in (predictors, again):
        one.learn(past + young)
    new = [male(context, n, grown=False) for n in range(30, 34)]
    for stage in predictors.stages:
        one = predictors.predict(new, stage, [], random.Random(0)).mean
        two = again.predict(new, stage, [], random.Random(0)).mean
        np.testing.assert_array_equal(one, two)
