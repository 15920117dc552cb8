"""`spec.json`: the network as a graph; with the weights all that `evo evaluate` needs."""

from __future__ import annotations

import json
from pathlib import Path

from evo.export.exported import Exported

FILE_NAME = "spec.json"


def write(exported: Exported, path: Path) -> None:
    """Write the spec as JSON, see `NetworkSpec.to_json`, and the names of the outputs."""
    graph = {**exported.spec.to_json(), **exported.names_by_key}
    path.write_text(json.dumps(graph, indent=1, allow_nan=False) + "\n", encoding="utf-8")
