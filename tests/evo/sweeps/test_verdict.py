"""The sentences of a sweep, on literal figures of both directions."""

from __future__ import annotations

from dataclasses import replace

from evo.sweeps.grid import Grid
from evo.sweeps.statistics import points
from evo.sweeps.trainings import Training
from evo.sweeps.verdict import verdict
from fitness.metric import Metric
from tests.evo.sweeps.test_statistics import row

SEEDS = range(1, 6)
NOISE = {1: 0.0, 2: 0.01, 3: -0.01, 4: 0.02, 5: -0.02}
LITTLE = {1: 0.001, 2: -0.0005, 3: 0.0, 4: 0.001, 5: -0.001}


def trainings(*steps: tuple[float, float, float], sign: float = 1.0) -> list[Training]:
    """Train an unpruned network at 0.8; `steps` are sparsity, what pruning adds, active."""
    unpruned = [row("unpruned", 0.0, seed, 0.8 + NOISE[seed], 100) for seed in SEEDS]
    return unpruned + [
        row("linear", sparsity, seed, 0.8 + NOISE[seed] + sign * added + LITTLE[seed], active)
        for sparsity, added, active in steps
        for seed in SEEDS
    ]


def said(rows: list[Training], metric: str = "r2", seeds: int = 5) -> list[str]:
    grid = Grid.of([r.sparsity for r in rows], ("linear",), seeds)
    return list(verdict(points(grid, rows), rows, Metric.load(metric)))


def test_a_fall_beyond_noise_is_found_on_both_splits() -> None:
    lines = said(trainings((0.3, 0.0, 70), (0.6, -0.1, 40), (0.9, -0.3, 10)))
    falls = [line for line in lines if line.startswith("  linear")]
    assert len(falls) == 2
    for line in falls:
        assert "beyond noise first at sparsity 0.6 (60.0 % pruned, 40 active), by -0.0999 " in line
    assert sum("beyond noise: nowhere. Highest of 3 looks" in line for line in lines) == 2
    assert lines[0] == "On validation data:"
    assert "R² 0.8 with 100 active parameters; standard deviation over 5 seeds 0.01581" in lines[1]
    assert "On test data:" in lines


def test_a_rise_beyond_noise_is_told() -> None:
    lines = said(trainings((0.3, 0.1, 70), (0.6, -0.1, 40)))
    assert any(
        line.startswith("  Better than the unpruned network beyond noise: linear at sparsity 0.3")
        for line in lines
    )


def test_of_an_error_lower_is_better() -> None:
    lines = said(trainings((0.3, 0.1, 70), (0.6, -0.1, 40), sign=-1.0), "rmse")
    assert any("worse than the unpruned network beyond noise first at sparsity 0.6" in line
               for line in lines)  # fmt: skip
    assert any("beyond noise: linear at sparsity 0.3 (30.0 % pruned, 70 active): -0.0999 " in line
               for line in lines)  # fmt: skip


def test_what_single_seeds_show_is_the_best_of_many() -> None:
    rows = trainings((0.3, 0.0, 70), (0.6, -0.1, 40))
    lines = said(rows)
    line = next(line for line in lines if "Seed by seed" in line)
    assert "in 2 of 5 seeds; the best of each seed differs by -0.001 to +0.001" in line
    other = next(line for line in lines if "other seeds" in line)
    assert "those of sparsity 0.3 look better in 50 % of 20 pairs" in other


def test_one_seed_concludes_nothing() -> None:
    rows = [r for r in trainings((0.3, 0.1, 70)) if r.seed == 1]
    lines = said(rows, seeds=1)
    assert sum("One seed alone cannot separate pruning from luck" in line for line in lines) == 2
    assert not any("beyond noise" in line for line in lines)


def test_failures_are_counted_and_without_an_unpruned_network_nothing_is_said() -> None:
    rows = trainings((0.3, 0.0, 70))
    lost = [replace(r, status="failed") if r.curve == "unpruned" else r for r in rows]
    assert said(lost) == [
        "5 of 10 trainings failed and are left out.",
        "The unpruned network could not be trained: there is nothing to compare with.",
    ]
