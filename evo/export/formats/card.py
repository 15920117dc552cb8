"""`card.json`: what is known about the network, flat, for programs; and what its data are."""

from __future__ import annotations

import json
from pathlib import Path

from evo.export.card_options import KEY
from evo.export.exported import Exported

FILE_NAME = "card.json"
DESCRIBES = True


def write(exported: Exported, path: Path) -> None:
    """Write the card as JSON, and under a key of their own the options of the data."""
    options = exported.options.to_json()
    card = {**exported.card, **({KEY: options} if options else {})}
    path.write_text(json.dumps(card, indent=2, allow_nan=False) + "\n", encoding="utf-8")
