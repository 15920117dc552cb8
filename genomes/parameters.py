"""A user's own search space: the mapping he writes as a `Struct`, and values back in his form.

Loads nothing heavy, for user code builds spaces at import time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genomes.gene import Choice, Conditional, Gene, ListOf, Record, Struct, Value

PLAIN = (bool, int, float, str, type(None))


def parameter_struct(space: Mapping[str, Any] | Struct) -> Struct:
    """Return the space as a `Struct`; mappings within it become structs too.

    Raises ValueError naming the parameter that is no gene, or has options that are no plain data.
    """
    fields = space.fields if isinstance(space, Struct) else space
    if not fields:
        raise ValueError("received an empty space; expected genes by name")
    return Struct({name: _gene(gene, name) for name, gene in fields.items()})


def _gene(gene: Any, name: str) -> Gene:
    if isinstance(gene, Mapping):
        return Struct({key: _gene(inner, f"{name}.{key}") for key, inner in gene.items()})
    if isinstance(gene, Struct):
        return parameter_struct(gene)
    if isinstance(gene, ListOf):
        return ListOf(_gene(gene.gene, name), gene.minimum, gene.maximum)
    if isinstance(gene, Conditional):
        return Conditional(_gene(gene.gene, name), gene.when)
    if not isinstance(gene, Gene):
        raise ValueError(
            f"parameter {name}: received {gene!r}, expected a gene: evo.Integer, evo.Real, "
            "evo.Choice, evo.ListOf, evo.Conditional, evo.Topology or a mapping of genes"
        )
    if isinstance(gene, Choice):
        for option in gene.options:
            if not _is_plain(option):
                raise ValueError(
                    f"parameter {name}: received the option {option!r}; options are recorded as "
                    "JSON, so name it by a str and look it up in your function"
                )
    return gene


def _is_plain(value: Any) -> bool:
    if isinstance(value, Record):
        return all(map(_is_plain, value.values()))
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return isinstance(value, PLAIN)


def thawed(gene: Gene, value: Value) -> Any:
    """Return a value as user code expects it: structs as new dicts, lists of genes as lists."""
    if isinstance(gene, Conditional):
        return None if value is None else thawed(gene.gene, value)
    if isinstance(gene, Struct):
        return {name: thawed(inner, value[name]) for name, inner in gene.fields.items()}
    if isinstance(gene, ListOf):
        return [thawed(gene.gene, item) for item in value]
    return value


def flat_parameters(value: Any, prefix: str = "") -> dict[str, Any]:
    """Return nested parameters as one level of dotted names; lists stay as they are.

    So do `Record`s: each is one value of a gene.
    """
    if not isinstance(value, dict) or isinstance(value, Record):
        return {prefix: value}
    flat: dict[str, Any] = {}
    for name, inner in value.items():
        flat |= flat_parameters(inner, f"{prefix}.{name}" if prefix else name)
    return flat
