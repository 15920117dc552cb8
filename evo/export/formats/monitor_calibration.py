"""`monitor.safetensors`: what is usual inside the network, for `monitor.py`."""

from __future__ import annotations

from pathlib import Path

from evo.export.exported import Exported
from evo.monitoring.monitor import Calibration

FILE_NAME = "monitor.safetensors"


def write(exported: Exported, path: Path) -> None:
    """Fit to training inputs; validation inputs, which are held out, set the threshold."""
    if exported.can_be_watched and (sample := exported.sample) is not None:
        network, labels = exported.network, sample.labels
        found = Calibration.of(network, sample.training, labels, held_out=sample.inputs)
        found.save(path)
