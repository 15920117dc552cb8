"""The events of a run: unexpected results and shifts, as one object and as a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd

from evo.errors import BadInput
from evo.findings.events.shifts import Shift, coinciding, shifts
from evo.findings.events.unexpected import LAST, RATE, Result, fewest, results, within_ideal
from evo.findings.tables import RunTables
from evo.record.run_folder import RunFolder
from evo.settings.config import load_toml, metric_of
from fitness.metric import Metric

LEAST_RATE = 1.0 / LAST  # of unexpected results: no more errors are kept


@dataclass(frozen=True)
class Events:
    """What was not expected of a run's metric.

    `results` are all networks whose result was predicted; `shifts` is None where ruptures is not
    installed.
    """

    metric: Metric
    rate: float
    results: tuple[Result, ...]
    shifts: tuple[Shift, ...] | None

    @property
    def unexpected(self) -> list[Result]:
        """The results outside their interval."""
        return [result for result in self.results if result.is_unexpected]

    @property
    def judged(self) -> int:
        """How many results had an interval."""
        return sum(result.low is not None for result in self.results)

    def table(self) -> pd.DataFrame:
        """Return a row an event, `kind` is `result` or `shift`; columns as the fields of each."""
        rows = [{"kind": "result", **asdict(result)} for result in self.unexpected]
        for shift in self.shifts or ():
            genes = " ".join(gene for gene, _ in shift.genes)
            rows.append({"kind": "shift", **asdict(shift), "genes": genes})
        columns = ["kind", "generation", "genome", "predicted", "low", "high", "actual"]
        return pd.DataFrame(rows, columns=[*columns, "p", "before", "after", "genes"])


def read_events(folder: RunFolder, rate: float = RATE) -> Events:
    """Read the events of a run of networks; raises `BadInput` for a rate that cannot be judged."""
    if not LEAST_RATE <= rate <= 0.5:
        raise BadInput(f"--rate: received {rate:g}, expected {LEAST_RATE:g} to 0.5")
    metric = metric_of(load_toml(folder.config))
    found = within_ideal(results(folder, metric.name, rate), metric)
    return Events(metric, rate, tuple(found), _shifts(folder, found))


def write_table(events: Events, path: Path) -> None:
    """Write the events as CSV or Parquet; raises `BadInput` where pyarrow is not installed."""
    table = events.table()
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
        return
    try:
        table.to_parquet(path, engine="pyarrow", index=False)
    except ImportError:
        raise BadInput(
            f"{path.name}: Parquet needs pyarrow: pip install 'evo-nas[parquet]', or write .csv"
        ) from None


def _shifts(folder: RunFolder, found: list[Result]) -> tuple[Shift, ...] | None:
    try:
        seen = shifts(found)
    except ImportError:
        return None
    if not seen:
        return ()
    tables = RunTables(folder)
    genomes = tables.genomes
    males = genomes[genomes["sex"] == "male"].set_index("genome")["generation"]
    genes = tables.genes.set_index("genome").loc[males.index]
    body = genes[[name for name in genes if not str(name).startswith("predictor.")]]
    return tuple(replace(shift, genes=coinciding(shift, body, males)) for shift in seen)


def missing_results(events: Events) -> str:
    """Say why nothing was judged; empty if something was."""
    if events.judged:
        return ""
    return (
        f"{len(events.results)} networks were predicted and then trained in full; the errors of "
        f"{fewest(events.rate)} of earlier generations have to be known first"
    )
