"""Trains one rival with one seed, and measures it: quality, cost, and the time of a token."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.language.bleu import Passage, bleu, vocabulary_of
from benchmarks.language.rivals import STANDARD, genes
from fitness.evaluation import Job
from fitness.evaluators.network import NetworkEvaluator
from genomes.genes.gene import Record
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network, build
from genomes.networks.shrinking import shrink
from genomes.networks.stepping.stepper import Stepper

BYTES = 4  # of a number
AT_ONCE, ROUNDS = 16, 12  # tokens in a row, and how often each network takes its turn


@dataclass(frozen=True)
class Row:
    """What was measured of a rival and a seed; ratios are to the standard one."""

    rival: str
    seed: int
    parameters: int
    active_ratio: float
    training_flops: float
    flops: float
    perplexity: float
    bits_per_byte: float
    time_ratio: float
    state_bytes: int
    bleu: float | None = None

    def to_json(self) -> dict[str, object]:
        """Return plain data that `Row(**data)` reads back."""
        return asdict(self)


def measured(
    evaluator: NetworkEvaluator,
    rival: str,
    seed: int,
    epochs: int,
    passages: Sequence[Passage] = (),
) -> Row:
    """Train and measure one network, BLEU on passages if there are any.

    Raises RuntimeError, with the reason, if it fails.
    """
    chosen = genes(rival, evaluator.interface)
    job = Job("m", chosen, Record(), f"{rival}/{seed}", seed, 0, epochs, epochs)
    found = evaluator.evaluate(job)
    if found.status != "ok" or found.checkpoint is None:
        raise RuntimeError(f"{rival}, seed {seed}: {found.status}, {found.reason}")
    network = shrink(evaluator.network(chosen, found.checkpoint))
    plain = evaluator.spec(genes(STANDARD, evaluator.interface))
    tokens = evaluator.task.validation.x[0].astype(int).tolist()
    return Row(
        rival=rival,
        seed=seed,
        parameters=evaluator.spec(chosen).dense_parameters(),
        active_ratio=found.objectives["active_ratio"] * _chosen_share(network.spec),
        training_flops=found.costs["training_flops"],
        flops=found.objectives["expected_flops"],
        perplexity=found.objectives["perplexity"],
        bits_per_byte=found.objectives["bits_per_byte"],
        time_ratio=_time_ratio(network, build(plain, seed=0).eval(), tokens),
        state_bytes=BYTES * network.spec.state(),
        bleu=bleu(network, vocabulary_of(evaluator.task), passages) if passages else None,
    )


def _chosen_share(spec: NetworkSpec) -> float:
    """Return the share of parameters that a position needs, where it chooses among experts."""
    unread = 0.0
    for node in spec.nodes:
        if node.operation == "experts":
            router = node.attributes["experts"] * spec.source(node)[0]
            sizes = spec.tensors[node.name].values()
            whole = sum(_product(size) for size in sizes) - router
            unread += whole * (1.0 - node.attributes["chosen"] / node.attributes["experts"])
    return 1.0 - unread / spec.dense_parameters()


def _product(size: Sequence[int]) -> int:
    found = 1
    for side in size:
        found *= side
    return found


def _time_ratio(network: Network, plain: Network, tokens: Sequence[int]) -> float:
    """Return the time of a token, batch 1, by that of the standard network: a median over turns.

    The clock is the processor's, for others may be at work beside.
    """
    steppers = Stepper(network), Stepper(plain)
    ratios = []
    for turn in range(ROUNDS):
        start = AT_ONCE * turn % len(tokens)
        if start == 0:
            for stepper in steppers:
                stepper.restart()
        ours, theirs = (_seconds(one, tokens[start : start + AT_ONCE]) for one in steppers)
        ratios.append(ours / theirs)
    return statistics.median(ratios)


def _seconds(stepper: Stepper, tokens: Sequence[int]) -> float:
    started = time.process_time()
    for token in tokens:
        stepper.feed(token)
    return time.process_time() - started
