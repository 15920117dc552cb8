"""`monitor.safetensors`: what is usual inside the network, for `monitor.py`.

Watched are modules that `model.py` runs for every batch; layers behind a gate it computes in part.
"""

from __future__ import annotations

from pathlib import Path

from evo.export.exported import Exported
from evo.export.model_source import called_modules
from evo.monitoring.monitor import Calibration, watchable

FILE_NAME = "monitor.safetensors"


def write(exported: Exported, path: Path) -> None:
    """Fit to training inputs; validation inputs, which are held out, set the threshold."""
    if exported.can_be_watched and (sample := exported.sample) is not None:
        network, labels = exported.network, sample.labels
        modules = watchable(network, among=called_modules(network.spec))
        found = Calibration.of(
            network, sample.training, labels, held_out=sample.inputs, modules=modules
        )
        found.save(path)
