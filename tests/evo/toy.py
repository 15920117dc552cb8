"""A toy world for the tests: a small space, and a formula with learning curves as evaluation."""

import math
import random

from evo.pareto.dominance import Axes, Axis
from evo.strategy import ADULT, Individual, SearchContext, Settings
from fitness.evaluation import Epoch, Evaluation
from fitness.stages import epochs_of_youth
from genomes.chromosomes import predictor
from genomes.genes.gene import Choice, Integer, Real, Struct
from genomes.genes.genome import Space

EARLY, FULL = 2, 8
AXES = Axes((
    Axis("accuracy", "max", reference=0.1, ideal=1.0),
    Axis("active_parameters", "min", reference=4096, ideal=1, scale="log"),
))  # fmt: skip


def toy_world(seed=0, stages=(EARLY, FULL), **settings):
    space = Space({
        "parameters": Struct({
            "width": Integer(1, 64, log=True),
            "rate": Real(1e-4, 1.0, log=True),
            "operation": Choice(("good", "middling", "bad")),
        }),
        "predictor": predictor.genes(epochs_of_youth(stages) or EARLY),
    })  # fmt: skip
    defaults = dict(
        population=8, females=4, sons=8, daughters=2, brood=4, promoted_share=0.25,
        audit_share=0.1, stages=stages,
    )  # fmt: skip
    return SearchContext(
        space, AXES, Settings(**{**defaults, **settings}), seed, lambda genome: {}
    )


def true_accuracy(genome):
    values = genome.chromosomes["parameters"]
    capacity = 1.0 - 0.6 / math.sqrt(values["width"])
    tuned = math.exp(-(math.log10(values["rate"] / 0.01) ** 2) / 2)
    operation = {"good": 1.0, "middling": 0.8, "bad": 0.5}[values["operation"]]
    return 0.1 + 0.85 * capacity * tuned * operation


def evaluate(genome, key, from_epoch, to_epoch):
    """Answer with a saturating curve with noise that depends on the genome alone."""
    final = true_accuracy(genome)
    noise = random.Random(genome.short_hash())
    metrics = [final * (1 - 0.5**e) + noise.gauss(0, 0.02) for e in range(1, to_epoch + 1)]
    curve = tuple(
        Epoch(e + 1, 1 - metrics[e], 1 - metrics[e], metrics[e], 1.0, 1.0)
        for e in range(from_epoch, to_epoch)
    )
    width = genome.chromosomes["parameters"]["width"]
    return Evaluation(
        f"{key}-{to_epoch:04d}", genome.id, key, from_epoch, to_epoch, "ok", curve=curve,
        objectives={"accuracy": metrics[-1], "active_parameters": float(width**2)},
        costs={"training_flops": float(width**2 * (to_epoch - from_epoch)), "seconds": 0.0,
               "epochs": float(to_epoch - from_epoch), "peak_bytes": 0.0},
    )  # fmt: skip


class Lab:
    """Runs a strategy generation by generation without engine, files or workers."""

    def __init__(self, strategy):
        self.strategy = strategy
        self.individuals = {}
        self.trials = []
        self.accounts = []

    def run(self, first, last, spoil=lambda trial: None):
        for number in range(first, last + 1):
            course = self.strategy.generation(number)
            trials = next(course)
            while True:
                self.trials += trials
                answers = [self.answer(trial, spoil) for trial in trials]
                try:
                    trials = course.send(answers)
                except StopIteration as end:
                    self.accounts.append(end.value)
                    break
            for genome in self.accounts[-1].born:
                self.individuals.setdefault(genome.id, Individual(genome, {}))
        return self

    def answer(self, trial, spoil):
        genome = trial.genome
        found = spoil(trial) or evaluate(genome, genome.id, trial.from_epoch, trial.to_epoch)
        individual = self.individuals.setdefault(genome.id, Individual(genome, {}))
        if trial.stage == ADULT:
            individual.adult = found
        else:
            individual.youth = (*individual.youth, found)
        return found

    def history(self):
        return [(t.genome.id, t.stage, t.genome.short_hash()) for t in self.trials]
