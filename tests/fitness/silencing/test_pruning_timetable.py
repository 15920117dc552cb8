"""What is due when: counts by site, from curves and from gene networks."""

import math

import pytest

from fitness.silencing.pruning_timetable import Due, PruningTimetable
from genomes.genes.gene import Record
from tests.fitness.silencing.test_pruning_plan import plan
from tests.fitness.silencing.test_regulation import gene, rising

SIZES, STAGES = {"a": 10, "b": 20, "c": 10}, {"a": 0, "b": 0, "c": 1}


def timetable(**changes: object) -> PruningTimetable:
    return PruningTimetable(plan(**changes), SIZES, STAGES, guess=math.log(10), adult_epochs=10)


def driven(regulation: Record, **changes: object) -> PruningTimetable:
    others = {"start": 0.0, "end": 0.8, **changes}
    return timetable(schedule="gene-network", curve=None, regulation=regulation, **others)


def silenced(due: dict[str, Due], before: dict[str, int]) -> dict[str, int]:
    return {**before, **{name: change.silenced for name, change in due.items()}}


def test_only_what_changes_is_due() -> None:
    some = timetable()  # half of stage 0 and nine tenths of stage 1, from 0.2 to 0.6
    nothing = dict.fromkeys(SIZES, 0)
    assert some.due(0.1, nothing) == {}
    assert some.due(0.4, nothing) == {"a": (2, 0), "b": (5, 0), "c": (4, 0)}
    assert some.due(0.4, {"a": 2, "b": 4, "c": 4}) == {"b": (5, 0)}


def test_sparsity_is_recorded_by_stage() -> None:
    assert timetable().traces({"a": 3, "b": 3, "c": 1}) == {"sparsity.0": 0.2, "sparsity.1": 0.1}
    assert timetable(final_sparsity=(0.0, 0.0)).traces(dict.fromkeys(SIZES, 0)) == {}


def test_regrown_are_counted_by_epoch() -> None:
    some = timetable(start=0.0, end=0.9, regrowth=0.5)
    now = {"a": 4, "b": 8, "c": 4}
    counts = [sum(change.back for change in some.due(p, now).values()) for p in (0.11, 0.2)]
    assert min(counts) > 0
    assert some.traces(now)["regrown"] == sum(counts)
    later = sum(change.back for change in some.due(0.25, now).values())
    assert some.traces(now)["regrown"] == later


def test_a_gene_network_drives_sparsity_up_to_the_final_one() -> None:
    some = driven(rising(), final_sparsity=(0.5, 0.9))
    now = dict.fromkeys(SIZES, 0)
    for quarter in range(1, 41):
        now = silenced(some.due(quarter / 40, now), now)
        assert some.regulator is not None
        if quarter <= 32:
            assert now["b"] == int(0.5 * some.regulator.drive(0) * 20 + 1e-9)
    assert now["b"] == 3  # 0.5 times 0.39, reached at 0.8; what is left then recovers
    traces = some.traces(now)
    assert traces["sparsity.0"] == pytest.approx(4 / 30)
    assert traces["expression.0"] == some.regulator.levels[0]
    assert set(traces) == {"sparsity.0", "sparsity.1", "expression.0", "expression.1"}


def falling() -> Record:
    """A pulse: the first gene rises fast, until the second has risen and represses it."""
    pulse = gene(basal=0.0, decay=4.0, inputs=(0.0, -4.0, 0.0, 0.0), hill=8.0, half_saturation=0.2)
    return Record(network=(pulse, gene()), readout=(0,))


@pytest.mark.parametrize("regrowth", [0.0, 0.4])
def test_sparsity_falls_with_expression_only_where_units_may_return(regrowth: float) -> None:
    some = driven(falling(), regrowth=regrowth, final_sparsity=(0.8,))
    now, course = dict.fromkeys(SIZES, 0), []
    for quarter in range(1, 41):
        now = silenced(some.due(quarter / 40, now), now)
        course.append(now["b"])
    assert some.regulator is not None
    assert some.regulator.levels[0] < 0.1
    assert max(course) >= 12
    if regrowth:
        assert course[-1] <= 2
    else:
        assert course == sorted(course)
