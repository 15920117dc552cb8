"""`vocabulary.json`: what the tokens stand for that a network reads and answers with.

Nothing is written for networks that read numbers.
"""

from __future__ import annotations

import json
from pathlib import Path

from evo.export.exported import Exported

FILE_NAME = "vocabulary.json"


def write(exported: Exported, path: Path) -> None:
    """Write the vocabulary as the target says it, if it has one."""
    if vocabulary := exported.target.vocabulary_json():
        text = json.dumps(vocabulary, indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
