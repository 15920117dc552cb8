"""`monitor.py`: code that watches the network in use, in torch alone, by `monitor.safetensors`.

Nothing is written without data that the network was not trained on: they set the threshold.
"""

from __future__ import annotations

from pathlib import Path

from evo.export.exported import Exported
from evo.monitoring import monitor

FILE_NAME = "monitor.py"


def write(exported: Exported, path: Path) -> None:
    """Write the module as it stands."""
    if exported.can_be_watched:
        path.write_text(Path(monitor.__file__).read_text("utf-8"), encoding="utf-8")
