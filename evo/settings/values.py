"""The types of a config's values: what each takes, from TOML or as text of the command line."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from fitness.data.task import SMALLEST_BATCH
from fitness.stages import EXPECTED, check_stages

LOCAL = "local"  # an address that is none: a Ray is started here


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _auto_or_number(value: Any, expected: str, is_allowed: Callable[[float], bool]) -> Any:
    """Return "auto" or a number; the command line hands on text."""
    if value == "auto":
        return value
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if isinstance(value, bool) or not is_allowed(number):
        raise ValueError(f"expected auto, {expected}")
    return number


def _gpu_share(value: Any) -> Any:
    return _auto_or_number(
        value, "a share from 0 to 1, or a whole number", lambda number: 0 <= number < math.inf
    )


def _seconds(value: Any) -> Any:
    return _auto_or_number(
        value, "or seconds above 0 (inf for no limit)", lambda number: number > 0
    )


def _worker_count(value: Any) -> Any:
    if value == "auto":
        return None
    try:  # the command line hands on text
        return int(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("expected auto or a whole number") from None


def _joined(value: Any) -> Any:
    return None if value == LOCAL else value


def _stages(value: Any) -> Any:
    """Return stages as they are checked; the command line hands on text."""
    try:
        return tuple(map(int, value.split(","))) if isinstance(value, str) else _tuple(value)
    except ValueError:
        raise ValueError(
            "expected whole numbers of epochs with commas between them, as in 1,3,8,20"
        ) from None


def _rising(value: tuple[int, ...]) -> tuple[int, ...]:
    try:
        check_stages(value)
    except ValueError:  # the error names what was received by itself
        raise ValueError(EXPECTED) from None
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(_tuple)]
PositiveInt = Annotated[int, Field(ge=1)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Workers = Annotated[PositiveInt | None, BeforeValidator(_worker_count)]
Address = Annotated[str | None, BeforeValidator(_joined)]
GpuShare = Annotated[Literal["auto"] | float, BeforeValidator(_gpu_share)]
TimeLimit = Annotated[Literal["auto"] | float, BeforeValidator(_seconds)]
Stages = Annotated[tuple[int, ...], BeforeValidator(_stages), AfterValidator(_rising)]
# A batch of one has no statistics to normalise by.
BatchSize = Annotated[int, Field(ge=SMALLEST_BATCH)]
BatchSizes = Annotated[tuple[BatchSize, ...], BeforeValidator(_tuple), Field(min_length=1)]
