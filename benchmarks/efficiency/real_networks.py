"""Trains the networks of `real.py` with evo's own evaluator, and remembers them for one run.

Equal networks are trained once, and in parts: whoever asks for more epochs gets a continuation.
A network's seed depends on its own genes alone, so no result depends on who asked, or when.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import evo
from benchmarks.tables import make_digits_networks
from fitness.evaluation import Epoch, Job
from fitness.evaluators.network import NetworkEvaluator
from fitness.prediction.features import known_costs
from fitness.silencing.planned_ratio import planned_active_ratio
from genomes.chromosomes.space import sizes
from genomes.genes.gene import Record
from genomes.genes.genome import digest
from genomes.graph.sizes import Sizes

Parameters = Mapping[str, Any]

SEED = 20_260_101
STAGES = 3


def expressed(parameters: Parameters, first_stride: int) -> Record:
    """Return the chromosomes of a network: up to three stages of one block, pooled, and a head.

    What neither names is as in the table of networks on digits.
    """
    plain = make_digits_networks.expressed({**parameters, "width2": 0})
    architecture, (stage,) = plain["architecture"], plain["architecture"]["stages"]
    stages = [
        stage.replacing(
            width=parameters[f"width{number}"],
            stride=first_stride if number == 1 else 1,
            **{name: parameters[name] for name in ("kernel", "activation", "pooling")},
        )
        for number in range(1, parameters["stages"] + 1)
    ]
    trained = "optimizer", "weight_decay", "schedule", "batch_size"
    regularised = "label_smoothing", "augmentation"
    return plain.replacing(
        architecture=architecture.replacing(stages=tuple(stages), dropout=parameters["dropout"]),
        training=plain["training"].replacing(
            **{name: parameters[name] for name in (*trained, *regularised)}
        ),
    )


def key_of(parameters: Parameters) -> str:
    """Name a network by what makes a difference: not by the widths of stages that it lacks."""
    idle = {f"width{number}" for number in range(parameters["stages"] + 1, STAGES + 1)}
    return digest({name: value for name, value in parameters.items() if name not in idle})


@dataclass(frozen=True)
class Trained:
    """A network as far as it was trained. Whoever diverged has no checkpoint."""

    curve: tuple[Epoch, ...] = ()
    checkpoint: bytes | None = None
    diverged: bool = False


@dataclass
class Networks:
    """The networks of one run on one task, and what was trained of them, by `key_of`.

    A full training has `epochs` epochs; the first convolution of each has `first_stride`.
    """

    evaluator: NetworkEvaluator
    epochs: int
    first_stride: int = 1
    trained: dict[str, Trained] = field(default_factory=dict)

    def expressed(self, parameters: Parameters) -> Record:
        """Return the chromosomes of a point."""
        return expressed(parameters, self.first_stride)

    def evaluate(
        self, parameters: dict[str, Any], epochs: int, seed: int = 0, checkpoint: Any = None
    ) -> evo.Outcome:
        """Train a network to so many epochs in total; neither seed nor checkpoint is needed.

        Whoever diverges is right about nothing. Raises RuntimeError if training fails otherwise.
        """
        genes, key = self.expressed(parameters), key_of(parameters)
        before = self.trained.get(key, Trained())
        flops = 0.0
        if len(before.curve) < epochs and not before.diverged:
            flops = self._train(key, genes, before, epochs)
        curve = self.trained[key].curve[:epochs]
        accuracies = [epoch.metric for epoch in curve] + [0.0] * (epochs - len(curve))
        objectives, features = {"accuracy": accuracies[-1]}, {}
        if len(curve) == epochs and math.isfinite(curve[-1].train_loss):
            last = curve[-1]
            features = {"train_loss": last.train_loss, "active_ratio": last.active_ratio}
            if epochs == self.epochs:  # before, pruning may have taken only a part of its plan
                dense = self.sizes(genes).parameters
                objectives["active_parameters"] = float(round(last.active_ratio * dense))
        return evo.Outcome(
            objectives=objectives,
            curve=accuracies,
            features=features,
            checkpoint={"epoch": epochs},
            flops=flops,
        )

    def _train(self, key: str, genes: Record, before: Trained, epochs: int) -> float:
        """Train on, remember the network, and return the FLOPs that it took."""
        evaluation = self.evaluator.evaluate(
            Job(
                genome=key,
                expressed=genes,
                birth=Record(),
                key=key,
                seed=int(np.random.SeedSequence([SEED, int(key, 16)]).generate_state(1)[0]),
                from_epoch=len(before.curve),
                to_epoch=epochs,
                adult_epochs=self.epochs,
                checkpoint=before.checkpoint,
            )
        )
        if evaluation.status not in ("ok", "diverged"):
            raise RuntimeError(f"{genes}: {evaluation.status}, {evaluation.reason}")
        diverged = evaluation.status == "diverged"
        curve = before.curve + evaluation.curve[: -1 if diverged else None]
        self.trained[key] = Trained(curve, evaluation.checkpoint, diverged)
        return evaluation.costs["training_flops"]

    def test_accuracy(self, parameters: Parameters) -> float:
        """Return the accuracy on test data of a network that was trained; 0 if it diverged."""
        genes = self.expressed(parameters)
        checkpoint = self.trained[key_of(parameters)].checkpoint
        return 0.0 if checkpoint is None else self.evaluator.measure(genes, checkpoint, "test")

    def sizes(self, genes: Record) -> Sizes:
        """Return the sizes of a network without pruning."""
        return sizes(genes, self.evaluator.interface)

    def costs(self, parameters: Parameters) -> dict[str, float]:
        """Return what is known before training, by the names that evo's predictors know.

        Which channels are pruned is learnt, how many is planned, and by magnitude and in whole
        channels the plan comes true: so the second objective is known too.
        """
        genes = self.expressed(parameters)
        found, spec = self.sizes(genes), self.evaluator.spec(genes)
        ratio = planned_active_ratio(spec, genes["pruning"], make_digits_networks.MARKS)
        known = known_costs(found.parameters, found.flops, found.activations, ratio)
        return {**known, "active_parameters": float(round(ratio * found.parameters))}
