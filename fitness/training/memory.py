"""What memory a training takes on its device, estimated from the spec before anything is built.

A runner packs jobs by it, and a run's `max_bytes` limits what is bred: both need a number that
depends on the genes alone, which a measurement does not. Free of torch. `tests/fitness/
test_memory.py` compares it with what torch allocates on the CPU.
"""

from __future__ import annotations

from math import prod

from fitness.data.streaming.inputs import MOST_AT_ONCE, Streamed
from fitness.data.task import Task
from genomes.graph.sizes import Sizes

FLOAT = 4  # bytes; autocast to bfloat16 keeps float32 copies about, so it saves little for sure
OPTIMIZER_STATES = {"sgd": 1, "adamw": 2, "nadam": 2}  # numbers kept for each parameter
MOST_STATES = 2  # of an optimizer not listed
COPIES = 4  # of the parameters: weights, gradients, weight masks, and the checkpoint in the making
GATHERINGS = 3  # copies of these: as stored, augmented, as floats in their memory format
BACKWARD = 2.0  # times the kept activations: gradients, and what kernels need for a moment
MEASURED_AT_ONCE = 1024  # examples, `fitness.training.loop.EVALUATION_BATCH`
MEASURED_SHARE = 0.6  # of all activations that is alive at a time when nothing is kept
SMALL_CHANGE = 1_000_000  # bytes: indices, statistics, what mechanisms keep
CUDA_CONTEXT = 600_000_000  # bytes of a process on a GPU before it allocates anything


def training_bytes(
    sizes: Sizes, task: Task, optimizer: str, batch_size: int, teacher: Sizes | None = None
) -> int:
    """Estimate the peak of a training in bytes, without the task's data.

    A `teacher` has its parameters, and answers each batch of which nothing is kept.
    """
    states = OPTIMIZER_STATES.get(optimizer, MOST_STATES)
    held = (COPIES + states) * sizes.parameters
    batch = min(batch_size, len(task.train))
    x = task.train.x
    at_once = x.most_at_once if isinstance(x, Streamed) else MOST_AT_ONCE
    gathered = GATHERINGS * min(at_once, len(x)) * prod(task.input_shape)
    stepping = BACKWARD * batch * sizes.activations + gathered
    if teacher is not None:
        held += teacher.parameters
        stepping += MEASURED_SHARE * batch * teacher.activations
    at_once = task.target.held_at_once(task.input_shape, MEASURED_AT_ONCE)
    measuring = MEASURED_SHARE * min(at_once, len(task.validation)) * sizes.activations
    return SMALL_CHANGE + int(FLOAT * (held + max(stepping, measuring)))


def data_bytes(task: Task) -> int:
    """Return the bytes of the splits that a training keeps on its device."""
    return sum(part.x.nbytes + part.y.nbytes for part in (task.train, task.validation))
