"""A loss of the user, `package.module:function`, which training minimises in the target's place.

`loss(outputs, targets)` returns the mean over a batch, a 0-dim tensor. What metrics, teachers and
pruning criteria make of outputs stays the target's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from fitness.data.arrays import UnusableData
from fitness.data.task import Task
from fitness.data.user_task import guarded, user_function

RESULT = "the mean over the batch, a finite 0-dim tensor with a gradient"
EXAMPLES, SEED = 8, 0  # of the batch on which it is tried


@dataclass(frozen=True)
class OwnLoss:
    """A user's function, found by its name in each process."""

    name: str

    @cached_property
    def function(self) -> Callable[[Tensor, Tensor], Tensor]:
        """The function; raises UnusableData if there is no such module or function."""
        function: Callable[[Tensor, Tensor], Tensor] = user_function(self.name, "loss")
        return function

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss (0-dim) of outputs (B, ...) for encoded targets (B, ...)."""
        return self.function(outputs, targets)

    def check(self, task: Task) -> None:
        """Try it on drawn outputs for some of a task's targets.

        Raises UnusableData if it fails, is no finite number, or gives outputs no gradient.
        """
        y = task.train.y[:EXAMPLES]
        targets = torch.tensor(task.target.encoded(y))
        drawn = torch.Generator().manual_seed(SEED)
        shape = (len(y), *task.target.output_shape(task.input_shape))
        outputs = torch.randn(shape, generator=drawn).requires_grad_()
        given = (
            f"for outputs {tuple(shape)} and targets {tuple(targets.shape)}, "
            f"{str(targets.dtype).removeprefix('torch.')}"
        )
        function, named = self.function, f"loss {self.name!r}"
        value = guarded(
            named, f"the function, {given},", lambda: function(outputs, targets), RESULT
        )
        if wrong := _wrong(value, outputs):
            raise UnusableData(
                f"{named} {wrong} {given}; expected {RESULT}, as "
                "torch.nn.functional.cross_entropy returns it"
            )


def _wrong(value: object, outputs: Tensor) -> str:
    """Say what is wrong with a loss; empty for nothing."""
    if not isinstance(value, Tensor):
        return f"returned a {type(value).__name__}"
    if value.ndim or not value.is_floating_point():
        return f"returned a tensor of shape {tuple(value.shape)} and type {value.dtype}"
    if not torch.isfinite(value):
        return f"returned {value.item()}"
    if not value.requires_grad:
        return "does not depend on the outputs in a way that torch can follow"
    (gradient,) = torch.autograd.grad(value, outputs, allow_unused=True)
    if gradient is None or not gradient.any():
        return "gives outputs no gradient"
    return "" if torch.isfinite(gradient).all() else "gives outputs a gradient that is not finite"
