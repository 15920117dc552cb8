"""A user's own search space: the mapping he writes as a `Struct`, and values back in his form.

Loads nothing heavy, for user code builds spaces at import time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from genomes.genes.errors import BadInput
from genomes.genes.gene import Choice, Conditional, Gene, ListOf, Record, Struct, Value
from genomes.genes.number import check_name, shown, type_name

Parameter: TypeAlias = "Gene | Mapping[str, Parameter]"  # a gene, or a group of them
PLAIN = (bool, int, float, str, type(None))


def parameter_struct(space: Mapping[str, Parameter] | Struct) -> Struct:
    """Return the space as a `Struct`; mappings within it become structs too.

    Raises `BadInput` naming the parameter that is no gene, or has options that are no plain data.
    """
    fields = space.fields if isinstance(space, Struct) else space
    if not isinstance(fields, Mapping):
        raise BadInput(
            f"received the space {shown(space)} of type {type_name(space)}, expected a mapping (a "
            "dict) of genes by name"
        )
    if not fields:
        raise BadInput("received an empty space; expected genes by name")
    struct = _struct(fields, "")
    _check_distinct(struct)
    return struct


def _struct(fields: Mapping[str, Any], prefix: str) -> Struct:
    for name in fields:
        check_name(f"in the space{f' at {prefix}' if prefix else ''} the name", name)
    genes = {n: _gene(gene, f"{prefix}.{n}" if prefix else n) for n, gene in fields.items()}
    for name, gene in genes.items():
        if isinstance(gene, Conditional):
            _check_condition(name, gene, genes)
    return Struct(genes)


def _check_condition(name: str, gene: Conditional, genes: Mapping[str, Gene]) -> None:
    """Raise `BadInput` for a condition that can never hold, most likely a misspelt value."""
    for other, allowed in gene.when.items():
        beside = genes.get(other)
        if beside is None:
            continue  # `Struct` tells
        for value in allowed:
            try:
                beside.check(value)
            except ValueError as error:
                raise BadInput(f"parameter {name}: when {other} is {value!r}: {error}") from None


def _check_distinct(struct: Struct) -> None:
    """Raise `BadInput` if two parameters have the same dotted name: "a.b", and "b" within "a"."""
    seen: set[str] = set()
    for name in _dotted_names(struct, ""):
        if name in seen:
            raise BadInput(
                f"two parameters of the space are called {name!r}: one with a dot in its name, "
                "and one within a mapping; rename one of them"
            )
        seen.add(name)


def _dotted_names(gene: Gene, prefix: str) -> Iterator[str]:
    inner = gene.gene if isinstance(gene, Conditional) else gene
    if not isinstance(inner, Struct):
        yield prefix
        return
    for name, field in inner.fields.items():
        yield from _dotted_names(field, f"{prefix}.{name}" if prefix else name)


def _gene(gene: Any, name: str) -> Gene:
    if isinstance(gene, Mapping):
        return _struct(gene, name)
    if isinstance(gene, Struct):
        return _struct(gene.fields, name)
    if isinstance(gene, ListOf):
        return ListOf(_gene(gene.gene, name), gene.minimum, gene.maximum)
    if isinstance(gene, Conditional):
        return Conditional(_gene(gene.gene, name), gene.when)
    if not isinstance(gene, Gene):
        raise BadInput(
            f"parameter {name}: received {gene!r}, expected a gene: evo.Integer, evo.Real, "
            "evo.Choice, evo.ListOf, evo.Conditional, evo.Topology or a mapping of genes"
        )
    if isinstance(gene, Choice):
        for option in gene.options:
            if not _is_plain(option):
                raise BadInput(
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
