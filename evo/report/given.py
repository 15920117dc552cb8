"""The network that was given, beside the front: metric, parameters, FLOPs, bytes of weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evo.errors import BadInput
from evo.findings.baselines import read_baselines
from evo.record.front_rows import TEST
from evo.record.given.kept import is_kept, kept_given
from evo.report.source import Source
from evo.text.figures import form, label
from fitness.baselines import GIVEN
from genomes.graph.activation_memory import BYTES
from genomes.graph.spec import NetworkSpec

SIZES = ("parameters", "FLOPs an example", "bytes of the weights")


def beside(source: Source) -> dict[str, Any] | None:
    """Return columns (title, kind) and rows: what was given, then the front with what is left.

    None if no network was given, or what the run has kept of it cannot be read.
    """
    measured = next((one for one in read_baselines(source.store) if one.name == GIVEN), None)
    spec = _spec(source)
    if measured is None or spec is None:
        return None
    metric, kind = measured.metric, form(measured.metric)
    before = _sizes(spec.dense_parameters(), spec.flops())
    columns = [(label(metric), kind), (f"test {label(metric)}", kind)]
    columns += [column for title in SIZES for column in ((title, "count"), ("left", "share"))]
    first = [GIVEN, measured.validation, measured.test]
    rows = [[*first, *(cell for size in before for cell in (size, None))]]
    return {
        "columns": [[title, "share" if kind == "percent" else kind] for title, kind in columns],
        "rows": rows + [_member(row, metric, before) for row in source.front],
    }


def _member(
    row: Mapping[str, Any], metric: str, before: tuple[float, ...]
) -> list[str | float | None]:
    found: list[str | float | None] = [row["genome"], row.get(metric), row.get(TEST + metric)]
    after = _sizes(row.get("shrunk_parameters"), row.get("flops"))
    for size, whole in zip(after, before, strict=True):
        found += [size, None if size is None or not whole else size / whole]
    return found


def _sizes(parameters: float | None, flops: float | None) -> tuple[Any, ...]:
    """Return parameters, FLOPs and bytes, as float32 takes them; None for what is not known."""
    return parameters, flops, None if parameters is None else BYTES * parameters


def _spec(source: Source) -> NetworkSpec | None:
    if not is_kept(source.folder.path):
        return None
    try:
        return kept_given(source.folder.path).spec
    except BadInput:
        return None  # whoever needs it says so
