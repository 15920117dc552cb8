"""What a user says of data, where a loader would infer it otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from fitness.data.arrays import UnusableData


@dataclass(frozen=True)
class DataOptions:
    """Options of loaders; None or empty: it is inferred. Each loader takes some of them.

    `target` names columns to learn, `group` a column whose rows of one value stay in one split,
    `time` a column by which is split instead of at random, `columns` the kind of single columns.
    `metric_group` names columns in whose groups a metric is measured, each of them in all splits.
    `target_kind` is a registered kind of target. `image_size` is the side of images in pixels,
    `image_fit` how they are brought to it, `skip_unreadable` leaves out files that are damaged.
    `signal_length` is that of all recordings, in numbers a channel, `sample_rate` theirs in Hz.
    `tokens` says what a text is cut into (character, byte, bpe), `vocabulary_size` how many byte
    pairs there are, `window` how many tokens are seen at a time.
    """

    target: tuple[str, ...] = ()
    group: str | None = None
    metric_group: tuple[str, ...] = ()
    time: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    target_kind: str | None = None
    image_size: int | None = None
    image_fit: str | None = None
    skip_unreadable: bool | None = None
    signal_length: int | None = None
    sample_rate: int | None = None
    tokens: str | None = None
    vocabulary_size: int | None = None
    window: int | None = None

    @classmethod
    def of(cls, settings: object) -> Self:
        """Take the options out of a value that has them all, as a run's config."""
        return cls(**{one.name: getattr(settings, one.name) for one in fields(cls)})

    def given(self) -> dict[str, Any]:
        """Return by name what was said."""
        named = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in named.items() if value not in (None, (), {})}

    def over(self, other: DataOptions) -> DataOptions:
        """Return the other's options, but these where something was said."""
        return replace(other, **self.given())

    def to_json(self) -> dict[str, Any]:
        """Return by name what was said, as plain data."""
        plain = {name: list(x) if isinstance(x, tuple) else x for name, x in self.given().items()}
        return {name: dict(x) if isinstance(x, Mapping) else x for name, x in plain.items()}

    def check(self, task: str, taken: frozenset[str]) -> None:
        """Raise UnusableData for options that a task does not take."""
        if wrong := sorted(self.given().keys() - taken):
            allowed = ", ".join(sorted(taken)) or "none"
            raise UnusableData(
                f"task {task!r} takes no option {', '.join(wrong)}; of those that say "
                f"what data are it takes: {allowed}"
            )


INFERRED = DataOptions()
