"""`card.json`: what is known about the network, flat, for programs."""

from __future__ import annotations

import json
from pathlib import Path

from evo.export.exported import Exported

FILE_NAME = "card.json"
DESCRIBES = True


def write(exported: Exported, path: Path) -> None:
    """Write the card as JSON."""
    path.write_text(json.dumps(exported.card, indent=2, allow_nan=False) + "\n", encoding="utf-8")
