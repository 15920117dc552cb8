"""A user's search space as plain data for a config: what is written reads back to an equal one.

A gene is a table with its `kind` and its arguments by name. What TOML cannot hold, None above all,
stands as JSON under the argument's name with `_json` behind it. Nothing is ever evaluated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from evo.errors import BadInput
from genomes.genes.gene import (
    Choice,
    Conditional,
    Fixed,
    Gene,
    Integer,
    ListOf,
    Real,
    Struct,
    freeze,
)
from genomes.genes.number import shown
from genomes.genes.registry import suggest
from genomes.genes.topology import Topology

KINDS: dict[str, Any] = {
    "integer": Integer, "real": Real, "choice": Choice, "list": ListOf, "conditional": Conditional,
    "group": Struct, "topology": Topology, "fixed": Fixed,
}  # fmt: skip
NAMES = {gene: kind for kind, gene in KINDS.items()}
OWN = "own"  # a gene of a class of the user's, which is described and not written
AS_JSON = "_json"  # behind the name of an argument that TOML cannot hold


def space_to_data(space: Struct) -> dict[str, Any]:
    """Return the genes of a space by name."""
    return {name: _gene_to_data(gene) for name, gene in space.fields.items()}


def space_from_data(data: object) -> Struct:
    """Return the space that `space_to_data` wrote; raise `BadInput` naming the gene at fault."""
    return Struct(_genes(data, "space"))


def space_in_words(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the genes of a space by name, a line each; earlier configs hold these and no data."""
    return {name: _in_words(gene, name) for name, gene in data.items()}


def held_by_toml(value: Any) -> bool:
    """Tell whether TOML can hold a value of plain data: no None, and all of its text Unicode."""
    text = json.dumps(value)
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return "null" not in text


def _gene_to_data(gene: Gene) -> dict[str, Any]:
    kind = NAMES.get(type(gene))
    if kind is None:
        return {"kind": OWN, "described": repr(gene)}
    given: Any = gene  # a dataclass
    data: dict[str, Any] = {"kind": kind}
    for field in fields(given):
        value = getattr(given, field.name)
        is_usual = value is None or (field.default is not MISSING and value == field.default)
        if kind == "fixed" or not is_usual:
            data |= _argument(field.name, value)
    return data


def _argument(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Gene):
        return {name: _gene_to_data(value)}
    if isinstance(value, Mapping) and value and all(isinstance(x, Gene) for x in value.values()):
        return {name: {inner: _gene_to_data(gene) for inner, gene in value.items()}}
    if held_by_toml(value):
        return {name: json.loads(json.dumps(value))}  # tuples as lists
    return {name + AS_JSON: json.dumps(value)}


def _genes(data: object, where: str) -> dict[str, Gene]:
    if not isinstance(data, Mapping):
        raise BadInput(f"{where}: received {shown(data)}, expected a table of genes by name")
    return {name: _gene_from_data(gene, f"{where}.{name}") for name, gene in data.items()}


def _gene_from_data(data: object, where: str) -> Gene:
    if not isinstance(data, Mapping):
        raise BadInput(f"{where}: received {shown(data)}, expected a table with the gene's kind")
    kind = str(data.get("kind"))
    if kind == OWN:
        raise BadInput(
            f"{where}: {data.get('described')} is a gene of a class of your own, which no config "
            "holds"
        )
    if kind not in KINDS:
        raise BadInput(f"{where}: {suggest('kind of gene', kind, KINDS)}")
    try:
        gene: Gene = KINDS[kind](**_arguments(kind, data, where))
    except (TypeError, ValueError) as error:
        raise BadInput(
            str(error) if str(error).startswith(where) else f"{where}: {error}"
        ) from None
    return gene


def _arguments(kind: str, data: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return what a gene is made of; raise `BadInput`, or ValueError for what is no JSON."""
    arguments: dict[str, Any] = {}
    for name, value in data.items():
        if name == "kind":
            continue
        if kind == "group":
            arguments[name] = _genes(value, where)
        elif name == "gene":
            arguments[name] = _gene_from_data(value, where)
        elif name.endswith(AS_JSON):
            arguments[name.removesuffix(AS_JSON)] = freeze(json.loads(value))
        else:
            arguments[name] = freeze(value)
    return arguments


def _in_words(data: object, name: str) -> str:
    if not isinstance(data, Mapping):
        return str(data)
    if data.get("kind") == OWN:
        return str(data.get("described"))
    try:
        return repr(_gene_from_data(data, name))
    except BadInput:  # changed by hand, or a gene of the user's own within
        return shown(dict(data))
