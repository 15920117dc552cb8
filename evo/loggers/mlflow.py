"""MLflow: one of its runs for each run, wherever MLFLOW_TRACKING_URI says.

Without that, plain files in the run's folder, which unlike a database are safe to copy at any
moment. MLflow no longer develops these files, but reads them and can move them elsewhere.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when it is imported

from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient

FOLDER = "mlflow"
RUN = "run_id"  # a file in the folder: which of MLflow's runs is this one
PARAM_LENGTH = 6000  # of characters at most, https://mlflow.org/docs/latest/api_reference
TAG_LENGTH = 5000
CHANGED = "changed."  # before the name of a setting that another driver changed, in tags


def make(folder: Path, settings: Mapping[str, str]) -> MLflow:
    """Return the logger of a run."""
    return MLflow(folder, settings)


class MLflow:
    """Writes to the same run of MLflow for every driver."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        own = folder / FOLDER
        own.mkdir(exist_ok=True)
        address = os.environ.get("MLFLOW_TRACKING_URI")
        if not address:
            address = (own / "store").absolute().as_uri()
            os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
        self._client = MlflowClient(tracking_uri=address)
        file = own / RUN
        self._run = self._resumed(file, settings) or self._begun(file, folder.name, settings)

    def generation(self, number: int, figures: Mapping[str, float]) -> None:
        """Log figures as metrics, the generation as their step."""
        now = int(1000 * time.time())
        metrics = [Metric(name, value, now, number) for name, value in figures.items()]
        self._client.log_batch(self._run, metrics=metrics)

    def end(self, front: Sequence[Mapping[str, Any]], pictures: Sequence[Path]) -> None:
        """Log the front as `front.json`, and figures, as artifacts."""
        columns = {name: [row.get(name) for row in front] for name in (front[0] if front else ())}
        self._client.log_text(self._run, json.dumps(columns, indent=1), "front.json")
        for picture in pictures:
            self._client.log_artifact(self._run, str(picture), "figures")

    def close(self, *, finished: bool) -> None:
        """Set the status."""
        self._client.set_terminated(self._run, "FINISHED" if finished else "KILLED")

    def _resumed(self, file: Path, settings: Mapping[str, str]) -> str | None:
        """Go on with a run; what is set otherwise now becomes a tag, for params never change."""
        if not file.is_file():
            return None
        run = file.read_text(encoding="utf-8").strip()
        known = self._client.get_run(run).data.params
        for key, value in settings.items():
            if known.get(key) != value[:PARAM_LENGTH]:
                self._client.set_tag(run, f"{CHANGED}{key}", value[:TAG_LENGTH])
        self._client.update_run(run, status="RUNNING")
        return run

    def _begun(self, file: Path, name: str, settings: Mapping[str, str]) -> str:
        group = os.environ.get("MLFLOW_EXPERIMENT_NAME", "evo")
        known = self._client.get_experiment_by_name(group)
        experiment = known.experiment_id if known else self._client.create_experiment(group)
        run = str(self._client.create_run(experiment, run_name=name).info.run_id)
        params = [Param(key, value[:PARAM_LENGTH]) for key, value in settings.items()]
        for start in range(0, len(params), 100):  # so many at a time are allowed
            self._client.log_batch(run, params=params[start : start + 100])
        file.write_text(run, encoding="utf-8")
        return run
