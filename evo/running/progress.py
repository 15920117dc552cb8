"""How far a run is and how long it will take, from the summaries of its generations.

Plain arithmetic over times that are passed in; prints nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evo.settings.config import RunConfig

RECENT = 8  # generations whose mean duration predicts that of the next


@dataclass
class Pace:
    """Follows a run against its limits: generations, epochs, minutes, whichever comes first."""

    generations: int | None
    started: float
    budget_epochs: int | None = None
    max_minutes: float | None = None
    done: int = 0
    _ends: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT + 1))
    _epochs: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT + 1))

    def __post_init__(self) -> None:
        self._ends.append(self.started)

    @classmethod
    def of(cls, config: RunConfig, started: float, generations: int | None = None) -> Pace:
        """Follow a run by its config; `generations` is a new total, as `evo resume` takes it."""
        total = generations or config.generations
        return cls(total, started, config.budget_epochs, config.max_minutes)

    def tell(self, summary: Mapping[str, Any], now: float) -> None:
        """Take up the summary of a generation that ended at `now` (seconds of a steady clock)."""
        self.done = int(summary["generation"])
        self._ends.append(now)
        self._epochs.append(float(summary.get("epochs_spent") or 0.0))

    def seconds_left(self, now: float) -> float | None:
        """Return the seconds until the first limit is reached; None before any generation."""
        if len(self._ends) < 2:
            return None
        last = self._ends[-1]
        each = (last - self._ends[0]) / (len(self._ends) - 1)
        limits = []
        if self.generations is not None:
            limits.append((self.generations - self.done) * each)
        if self.budget_epochs is not None and len(self._epochs) > 1:
            epochs_each = (self._epochs[-1] - self._epochs[0]) / (len(self._epochs) - 1)
            if epochs_each > 0:
                limits.append((self.budget_epochs - self._epochs[-1]) / epochs_each * each)
        if self.max_minutes is not None:
            limits.append(self.max_minutes * 60 - (last - self.started))
        return max(0.0, min(limits) - (now - last)) if limits else None
