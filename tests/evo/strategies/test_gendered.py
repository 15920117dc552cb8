import random

import pytest

from evo.strategies.gendered import Gendered
from tests.evo.toy import EARLY, FULL, Lab, toy_world


@pytest.fixture(scope="module")
def lab():
    return Lab(Gendered(toy_world(audit_share=0.3))).run(1, 8)


def test_everybody_born_is_trained_young_and_only_the_chosen_and_audited_grow_up(lab):
    for report in lab.accounts:
        sons = {genome.id for genome in report.born if genome.sex == "male"}
        young = {t.genome.id for t in lab.trials if t.stage == "juvenile"} & sons
        grown = {t.genome.id for t in lab.trials if t.stage == "adult"} & sons
        assert young == sons
        assert grown < young
        assert len(grown) == report.figures["adults"]


def test_predictions_cover_every_female_and_juvenile_and_were_made_before_the_truth(lab):
    predictor_genomes = set()
    for report in lab.accounts:
        sons = {genome.id for genome in report.born if genome.sex == "male"}
        by_female = {}
        for prediction in report.predictions:
            by_female.setdefault(prediction.female, set()).add(prediction.male)
        assert all(males == sons for males in by_female.values())
        assert {"ensemble", "early"} < set(by_female)
        predictor_genomes |= set(by_female)
        # nobody predicts in the generation of her own birth
        daughters = {g.id for g in report.born if g.sex == "female" and g.parents}
        assert not daughters & set(by_female)


def test_a_son_mixes_his_fathers_expressed_and_his_mothers_carried_genes(lab):
    mothers = {g.id: g for a in lab.accounts for g in a.born if g.sex == "female"}
    sons = [g for a in lab.accounts for g in a.born if g.sex == "male" and g.parents]
    assert sons
    for son in sons:
        mother, father = son.parents
        assert mother in mothers
        assert lab.individuals[father].adult is not None
        assert lab.individuals[father].genome.sex == "male"
    operations = [
        s.chromosomes["parameters"]["operation"]
        == lab.individuals[s.parents[1]].genome.chromosomes["parameters"]["operation"]
        for s in sons
    ]
    assert sum(operations) / len(sons) > 0.5  # the expressed parent's genes dominate


def test_predicted_early_selection_saves_most_epochs(lab):
    saved = sum(report.figures["epochs_saved"] for report in lab.accounts)
    spent = sum(trial.to_epoch - trial.from_epoch for trial in lab.trials)
    stages = [trial.stage for trial in lab.trials]
    rejected = stages.count("juvenile") - stages.count("adult")
    assert saved == rejected * (FULL - EARLY)
    assert saved > 0.5 * spent


def test_the_global_random_state_is_untouched():
    random.seed(7)
    before = random.getstate()
    Lab(Gendered(toy_world())).run(1, 3)
    assert random.getstate() == before


def test_populations_keep_their_sizes(lab):
    strategy = lab.strategy
    assert len(strategy.males) == 8
    assert len(strategy.predictors.females) == 4


def test_every_rule_of_promotion_decides_otherwise():
    def chosen(promotion):
        lab = Lab(Gendered(toy_world(promotion=promotion))).run(1, 6)
        return [t.genome.id for t in lab.trials if t.stage == "adult"]

    rules = ("in-turn", "ensemble", "early-efficiency")
    assert len({tuple(chosen(rule)) for rule in rules}) == len(rules)
