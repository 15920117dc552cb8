"""Tells whether a given network has learnt its task: only then are its answers worth teaching.

An untrained teacher teaches noise. Weights of a file may be of another task, and a function may
load trained ones itself, so the answers decide, not where the weights come from.
"""

from __future__ import annotations

import numpy as np
import torch

from fitness.data.task import Task
from genomes.graph.given.network import GivenNetwork
from genomes.networks.given import whole

EXAMPLES, AT_ONCE = 256, 32
SHARE = 0.9  # of the loss of the best constant answer, below which a network has learnt something


@torch.inference_mode()
def has_learnt(given: GivenNetwork, task: Task) -> bool:
    """Tell whether its loss on some training examples is clearly below a constant answer's."""
    network, train, loss = whole(given), task.train, 0.0
    chosen = np.unique(np.linspace(0, len(train) - 1, EXAMPLES).astype(np.int64))
    for part in np.array_split(chosen, -(-len(chosen) // AT_ONCE)):
        outputs = network(torch.from_numpy(np.ascontiguousarray(train.x[part])))
        encoded = torch.tensor(task.target.encoded(train.y[part]))
        loss += float(task.target.loss(outputs, encoded, reduction="sum"))
    least = task.target.constant_loss(train.y, train.y[chosen])
    return loss / len(chosen) < SHARE * least
