"""One column of a table as an input: its name, what it holds, the categories that it knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from genomes.genes.errors import BadInput

Kind = Literal["number", "time", "category"]
KINDS: tuple[str, ...] = get_args(Kind)
PLURALS = {"number": "numbers", "time": "times", "category": "categories"}
MISSING = ""  # the name of the category of rows that have none


@dataclass(frozen=True)
class Column:
    """A column; `categories` are the texts whose places are the codes of a category column.

    Numbers are NaN where they are missing; times are days since 1970. A code that is the number
    of categories, or NaN, stands for all that they do not name.
    """

    name: str
    kind: Kind = "number"
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "categories", tuple(self.categories))
        if self.kind not in KINDS:
            raise BadInput(
                f"column {self.name!r}: received kind {self.kind!r}, expected one of "
                f"{', '.join(KINDS)}"
            )
        if len(set(self.categories)) != len(self.categories):
            raise BadInput(f"column {self.name!r}: received a category twice")
        if self.categories and not self.is_category:
            raise BadInput(f"column {self.name!r}: received categories of a {self.kind}")

    @property
    def is_category(self) -> bool:
        """Whether it holds codes."""
        return self.kind == "category"

    def to_json(self) -> dict[str, Any]:
        """Return plain data that `from_json` reads."""
        found: dict[str, Any] = {"name": self.name, "kind": self.kind}
        return {**found, "categories": list(self.categories)} if self.is_category else found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Column:
        """Rebuild a column; raises BadInput, KeyError or TypeError for what is none."""
        categories = data.get("categories", ())
        texts = [data["name"], *categories]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError(f"expected texts as name and categories of column {texts[0]!r}")
        return cls(data["name"], data["kind"], tuple(categories))


def counted(kind: str, count: int) -> str:
    """Return how many columns of a kind there are in words: `1 time`, `3 categories`."""
    return f"{count:,} {kind if count == 1 else PLURALS[kind]}"


def numbers_of(columns: Sequence[Column]) -> int:
    """Return how many columns hold numbers; they come first."""
    return sum(not column.is_category for column in columns)


def check_columns(columns: Sequence[Column], x: npt.NDArray[Any], where: str) -> None:
    """Raise BadInput unless columns describe inputs (N, F) of a split."""
    if x.ndim != 2 or len(columns) != x.shape[1]:
        raise BadInput(
            f"received {len(columns)} columns for {where} inputs of shape {x.shape[1:]}"
        )
    count = numbers_of(columns)
    if any(column.is_category for column in columns[:count]):
        raise BadInput("received columns of numbers behind categories; put the numbers first")
    for place, column in enumerate(columns[count:], start=count):
        codes = x[:, place]
        known = codes[~np.isnan(codes)]
        if ((known < 0) | (known > len(column.categories)) | (known != np.floor(known))).any():
            raise BadInput(
                f"column {column.name!r} of {where}: expected codes from 0 to "
                f"{len(column.categories)}, the last one for what has no code"
            )
