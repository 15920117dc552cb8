"""The metric of networks under each attack, by how far it may move a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from evo.export.evaluate import answered
from evo.stress.attacks import ATTACKS, SHARES, Attack, Ball, loss_of
from evo.stress.stress_data import StressData
from evo.stress.subjects import Subject
from fitness.stress.input_facts import Array, InputFacts

BATCH = 250  # inputs that are attacked at a time
NO_ATTACK = "none"  # the row of inputs as they are


@dataclass(frozen=True)
class Distance:
    """How far a value may be moved: an array that fits one input, and its share of the range."""

    share: float
    epsilon: Array

    @classmethod
    def all_of(cls, epsilons: Sequence[float], facts: InputFacts) -> list[Distance]:
        """Return those given in the input's units, else the usual shares of the range."""
        reach = np.asarray(facts.range, dtype=np.float64)
        if not epsilons:
            return [cls(share, share * reach) for share in SHARES]
        widest = float(reach.max())
        return [cls(value / widest, np.full(reach.shape, value)) for value in epsilons]


def attack_table(
    subjects: Sequence[Subject], data: StressData, epsilons: Sequence[float], seed: int
) -> pd.DataFrame:
    """Return the metric of each network as it is and under each attack at each epsilon.

    `epsilon` is in the input's units, the largest of all channels.
    """
    x = torch.tensor(data.x)
    y = torch.tensor(data.target.encoded(data.split.y))
    still = Distance(0.0, np.zeros(1))
    rows = []
    for subject in subjects:
        rows.append(_row(subject, data, NO_ATTACK, still, data.x))
        for far in Distance.all_of(epsilons, data.facts):
            for name, attack in ATTACKS.items():
                ball = Ball.of(data.facts, torch.tensor(far.epsilon).to(x.dtype))
                found = torch.cat(list(_attacked(subject, data, attack, ball, (x, y), seed)))
                rows.append(_row(subject, data, name, far, found.numpy()))
    return pd.DataFrame(rows)


def _attacked(
    subject: Subject,
    data: StressData,
    attack: Attack,
    ball: Ball,
    examples: tuple[Tensor, Tensor],
    seed: int,
) -> Iterator[Tensor]:
    loss, draw = loss_of(subject.network, data.target), torch.Generator().manual_seed(seed)
    size = min(BATCH, subject.at_once)
    parts = (torch.split(part, size) for part in examples)
    for x, y in zip(*parts, strict=True):
        yield attack(loss, x, y, ball, draw)


def _row(
    subject: Subject, data: StressData, attack: str, far: Distance, x: Array
) -> dict[str, str | float]:
    split = data.with_inputs(x)
    answers = answered(subject.network, data.target, split, subject.at_once)
    return {
        "network": subject.name,
        "attack": attack,
        "share_of_range": far.share,
        "epsilon": float(far.epsilon.max()),
        data.metric.name: data.value(answers.kept),
    }
