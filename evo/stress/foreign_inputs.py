"""Inputs that are not of the task: can they be told from those that are?

Scores of a network that tells classes apart: the maximum of its probabilities (Hendrycks and
Gimpel 2017, "A Baseline for Detecting Misclassified and Out-of-Distribution Examples") and the
energy of its logits (Liu et al. 2020, "Energy-based Out-of-distribution Detection"). And the
p-values of the monitor that an export carries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError

from evo.errors import BadInput
from evo.files.bounded import MOST_WEIGHTS, check_plain
from evo.files.paths import shown
from evo.monitoring.monitor import Calibration, Monitor
from fitness.stress.input_facts import Array, InputFacts
from genomes.networks.network import Network

BATCH = 500
MOST_NUMBERS = 100_000_000  # of a matrix of a monitor; empty ones of any size fit a small file
CALIBRATION = "monitor.safetensors"
# What reading a calibration of unknown origin, and running it, may raise.
MALFORMED = (
    SafetensorError, OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError
)  # fmt: skip

Scores = Callable[[Array], Mapping[str, Array]]  # of inputs (N, ...), by name, higher if foreign


def made_up(x: Array, facts: InputFacts, seed: int) -> dict[str, Array]:
    """Return inputs like x (N, ...) in shape and range that mean nothing, by what they are."""
    rng = np.random.default_rng([seed, 1])
    if facts.kind != "rows":
        noise = facts.low + facts.range * rng.random(x.shape)
        flat = x.reshape(*x.shape[:2], -1)
        order = rng.permuted(np.tile(np.arange(flat.shape[2]), (len(x), 1)), axis=1)
        mixed = np.take_along_axis(flat, order[:, None], axis=2).reshape(x.shape)
        return {"noise": noise.astype(x.dtype), "places shuffled": mixed}
    codes = [rng.integers(count + 1, size=len(x)) for count in facts.codes]
    numbers = facts.low + facts.range * rng.random((len(x), facts.numbers))
    noise = np.column_stack([numbers, *codes]).astype(x.dtype)
    return {"noise": noise, "rows mixed": rng.permuted(x, axis=0)}


def by_logits(outputs: Array) -> dict[str, Array]:
    """Return the scores of logits (N, classes)."""
    from scipy.special import logsumexp, softmax

    logits = outputs.astype(np.float64)
    return {"softmax": -softmax(logits, axis=1).max(axis=1), "energy": -logsumexp(logits, axis=1)}


def auroc(usual: Array, strange: Array) -> float:
    """Return the chance that a foreign input scores higher than a usual one; ties count half."""
    from sklearn.metrics import roc_auc_score

    truth = np.repeat([0, 1], [len(usual), len(strange)])
    scores = np.concatenate([usual, strange])
    return float(roc_auc_score(truth, scores)) if np.isfinite(scores).all() else float("nan")


def monitor_of(folder: Path, network: Network) -> Monitor | None:
    """Return the monitor of an export, if it has one; raises `BadInput` for a damaged one."""
    path = folder / CALIBRATION
    if not path.is_file():
        return None
    try:
        check_plain(path, MOST_WEIGHTS)
        calibration = _bounded(Calibration.load(path))
        monitor = Monitor(network, calibration, 1.0 / (len(calibration.scores) + 1))
        with torch.inference_mode():
            monitor(torch.zeros(1, *network.spec.input_shape))
    except MALFORMED as error:
        raise BadInput(
            f"{shown(path)} is damaged, or of another network: {error}; remove it to go without"
        ) from None
    return monitor


def _bounded(calibration: Calibration) -> Calibration:
    """Return a calibration whose places, put beside each other, take bounded memory."""
    shapes = [(*one.whitening.shape, len(one.centres)) for one in calibration.places.values()]
    statistics, values, centres = map(sum, zip(*shapes, strict=True))
    if values * max(statistics, centres, len(shapes)) > MOST_NUMBERS:
        raise ValueError(f"its matrices have more than {MOST_NUMBERS:,} numbers")
    return calibration


def p_values(monitor: Monitor, x: Array, most: int) -> Array:
    """Return how usual a monitor takes inputs (N, ...) to be: (N,), at most so many at once."""
    with torch.inference_mode():
        parts = torch.split(torch.tensor(x), min(BATCH, most))
        return torch.cat([monitor(part).p_values for part in parts]).numpy()
