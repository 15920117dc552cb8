"""`spec.json`: the network as a graph; with the weights all that `evo evaluate` needs."""

from __future__ import annotations

import json
from pathlib import Path

from evo.export.exported import Exported
from evo.export.rebuilding import load_export
from genomes.networks.network import Network

FILE_NAME = "spec.json"


def write(exported: Exported, path: Path) -> None:
    """Write the spec as JSON, see `NetworkSpec.to_json`, with names of outputs and columns."""
    graph = {**exported.spec.to_json(), **exported.names_by_key}
    if exported.columns:
        graph["columns"] = [column.to_json() for column in exported.columns]
        graph["target_columns"] = list(exported.options.target)
    path.write_text(json.dumps(graph, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def program(path: Path) -> Network:
    """Rebuild the network as `evo evaluate` does."""
    return load_export(path.parent)
