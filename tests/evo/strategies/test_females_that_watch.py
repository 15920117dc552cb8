"""Two worlds of one table each: females that watch curves live on where curves tell of the end,
and die out where curves are noise."""

import math
import random
from dataclasses import replace

from evo.strategies.gendered import Gendered
from fitness.evaluation import Epoch, Evaluation
from tests.evo.toy import FULL, Lab, toy_world, true_accuracy

GENERATIONS, SETTLED = 33, 24  # of each run, and after how many the shares are counted
PINS = {"predictor.kind": ["ridge", "nearest"], "predictor.pairwise": False}  # quick ones


class Table(Lab):
    """Half of how a male ends is luck; his curve tells of it from the start, or tells nothing."""

    def __init__(self, strategy, tells):
        super().__init__(strategy)
        self.tells = tells

    def answer(self, trial, spoil):
        return super().answer(trial, lambda trial: self.look_up(trial))

    def look_up(self, trial):
        genome = trial.genome
        row = random.Random(genome.short_hash())
        luck, noise = row.random(), row.random()
        final = 0.5 * true_accuracy(genome) + 0.45 * luck if self.tells else true_accuracy(genome)
        early = final if self.tells else noise
        metrics = [early * (1 - 0.5**epoch) for epoch in range(1, FULL)] + [final]
        curve = tuple(
            Epoch(e + 1, 1 - metrics[e], 1 - metrics[e], metrics[e], 1.0, 1.0)
            for e in range(trial.from_epoch, trial.to_epoch)
        )
        width = float(genome.chromosomes["parameters"]["width"])
        return Evaluation(
            f"{genome.id}-{trial.to_epoch}", genome.id, genome.id, trial.from_epoch,
            trial.to_epoch, "ok", curve=curve,
            objectives={"accuracy": metrics[trial.to_epoch - 1], "active_parameters": width**2},
            costs={"training_flops": width**2 * len(curve)},
        )  # fmt: skip


def shares_that_watch(tells, seed=0):
    """Return the share of females who watch, of those who have lived to see a result."""
    context = toy_world(seed=seed, females=6, daughters=2, audit_share=0.3, brood=1)
    lab = Table(Gendered(replace(context, space=context.space.pin(PINS))), tells)
    shares = []
    for number in range(1, GENERATIONS + 1):
        lab.run(number, number)
        tried = [
            female.genome.chromosomes["predictor"]["reads_curve"]
            for female in lab.strategy.predictors.females
            if female.skill_records["juvenile"].scored_predictions
        ]
        shares.append(sum(tried) / len(tried) if tried else math.nan)
    return shares


def test_females_that_watch_live_on_where_curves_tell_of_the_end():
    assert min(shares_that_watch(tells=True)[SETTLED:]) >= 0.5


def test_females_that_watch_die_out_where_curves_are_noise():
    shares = shares_that_watch(tells=False)
    assert max(shares[:5]) >= 0.5  # there were some
    assert max(shares[SETTLED:]) <= 0.2
