"""What figures see of a run is what its record says, by the run's metric."""

from __future__ import annotations

from pathlib import Path

import pytest

from evo.findings.front_table import axes_of
from evo.findings.tables import read_tables
from evo.pareto.front import Front, Member
from evo.plots import front
from evo.plots.reading import read
from evo.record.store import Store
from evo.settings.config import load_toml
from tests.evo.recorded_runs import Step, write_run


@pytest.mark.parametrize(
    ("metric", "label", "trivial", "good", "bad"),
    [
        ("accuracy", "accuracy", 0.5, 0.95, 0.9),
        ("r2", "R²", 0.0, 0.5, -0.25),
        ("rmse", "RMSE", 77.0, 52.0, 60.0),
    ],
)
def test_the_front_of_metric_and_ratio_is_over_all_adults_whatever_the_objectives(
    tmp_path: Path, metric: str, label: str, trivial: float, good: float, bad: float
) -> None:
    adults = [
        (good, 0.5, 100.0),
        (good, 0.25, 900.0),  # larger, so not on the run's front
        (bad, 0.6, 900.0),
    ]
    steps: list[Step] = [(100.0 * n, 0.1, adult) for n, adult in enumerate(adults, start=1)]
    folder = write_run(
        tmp_path / "one",
        steps,
        trivial,
        metric=metric,
        objectives=(metric, "active_parameters"),
    )
    data = read(read_tables(folder.path))
    assert data.metric is not None
    assert (data.metric.name, data.objectives) == (metric, (metric, "active_parameters"))
    found = data.adults.set_index("genome")
    on_front, ratio_front = (
        [str(name) for name in found.index[found[column]]]
        for column in ("on_front", "ratio_front")
    )
    assert (on_front, ratio_front) == (["m001-000"], ["m002-000"])
    with Store.open(folder.database, read_only=True) as store:
        kept = Front(axes_of(load_toml(folder.config)))
        for row in store.adults():
            kept.add(Member.of(*row))
    assert [member.genome for member in kept.by_ratio()] == ratio_front
    shown = front.table(data)
    assert shown is not None
    assert dict(zip(shown["genome"], shown["series"], strict=True)) == {
        "m001-000": "front by other objectives",
        "m002-000": f"front of {label} and active ratio",
        "m003-000": "dominated",
    }
