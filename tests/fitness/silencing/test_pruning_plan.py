import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitness.silencing.pruning_plan import CRITERIA, CURVES, PruningPlan, changes_at, update_steps
from genomes.chromosomes import pruning_genes
from genomes.genes.gene import Record


def plan(**changes: object) -> PruningPlan:
    values = {
        "start": 0.2,
        "end": 0.6,
        "final_sparsity": (0.5, 0.9),
        "curve": "linear",
        "criterion": "magnitude",
        "granularity": "channel",
        "regrowth": 0.0,
        "schedule": "curve",
        "regulation": None,
    }
    return PruningPlan.from_genes(Record({**values, **changes}))


def test_silenced_follows_the_curve_between_start_and_end() -> None:
    counts = [plan().silenced(0, 16, progress) for progress in (0.0, 0.2, 0.3, 0.4, 0.6, 1.0)]
    assert counts == [0, 0, 2, 4, 8, 8]


def test_stages_have_their_own_sparsity_and_share_the_last() -> None:
    assert [plan().silenced(stage, 10, 1.0) for stage in (0, 1, 2, 5)] == [5, 9, 9, 9]


def test_one_always_stays() -> None:
    assert plan(final_sparsity=(0.95,)).silenced(0, 1, 1.0) == 0
    assert plan(final_sparsity=(1.0,)).silenced(0, 7, 1.0) == 6


def test_start_equal_to_end_is_one_cut() -> None:
    at_half = plan(start=0.5, end=0.5)
    assert at_half.silenced(0, 10, 0.49) == 0
    assert at_half.silenced(0, 10, 0.5) == 5


@given(
    curve=st.sampled_from(CURVES.names()),
    size=st.integers(1, 200),
    a=st.floats(0, 1),
    b=st.floats(0, 1),
)
def test_silenced_never_falls(curve: str, size: int, a: float, b: float) -> None:
    low, high = sorted((a, b))
    some = plan(curve=curve)
    assert 0 <= some.silenced(1, size, low) <= some.silenced(1, size, high) < size


def test_a_drive_scales_the_final_sparsity_from_the_start_on() -> None:
    assert [plan().driven(0, 16, 0.3, drive) for drive in (0.0, 0.25, 0.5, 1.0)] == [0, 2, 4, 8]
    assert plan().driven(0, 16, 0.1, 1.0) == 0


def test_a_share_returns_that_falls_to_none_at_the_end() -> None:
    regrowing = plan(start=0.2, end=0.6, regrowth=0.5)
    counts = [regrowing.returning(40, 40, 100, progress) for progress in (0.1, 0.2, 0.4, 0.6, 0.9)]
    assert counts == [0, 20, 10, 0, 0]  # half a cosine: all, half of it, nothing
    assert regrowing.returning(90, 90, 100, 0.2) == 5  # of the others, who are fewer
    assert plan().returning(40, 40, 100, 0.2) == 0


def test_what_is_silenced_beyond_the_target_returns_at_any_time() -> None:
    assert plan(regrowth=0.5).returning(50, 30, 100, 0.9) == 20
    assert plan(start=0.2, regrowth=0.5).returning(50, 49, 100, 0.2) == 25


@given(
    size=st.integers(1, 60),
    data=st.data(),
    share=st.floats(0, 0.5),
    progress=st.floats(0, 1),
)
def test_there_is_always_enough_to_exchange(
    size: int, data: st.DataObject, share: float, progress: float
) -> None:
    now, wanted = (data.draw(st.integers(0, size - 1)) for _ in range(2))
    back = plan(regrowth=share).returning(now, wanted, size, progress)
    silenced_besides = wanted - now + back
    assert 0 <= back <= now
    assert silenced_besides >= 0
    assert size - now - silenced_besides >= 1  # one that was open stays so


def test_a_schedule_without_what_it_needs_is_named() -> None:
    with pytest.raises(ValueError, match="'gene-network', expected"):
        plan(schedule="gene-network")
    with pytest.raises(ValueError, match="'curve', expected"):
        plan(curve=None)
    with pytest.raises(ValueError, match="'cosine', expected"):
        plan(schedule="cosine")


def test_unknown_granularity_is_named() -> None:
    with pytest.raises(ValueError, match="'block', expected one of channel, weight"):
        plan(granularity="block")


def test_genes_name_the_criteria_that_exist() -> None:
    assert sorted(pruning_genes.CRITERIA) == CRITERIA.names()


def test_updates_are_at_most_four_and_end_the_epoch() -> None:
    assert update_steps(1) == (1,)
    assert update_steps(3) == (1, 2, 3)
    assert update_steps(35) == (9, 18, 27, 35)


def test_marks_change_in_the_middle_of_life() -> None:
    changes = [changes_at(epoch, 10, 0.5) for epoch in range(1, 11)]
    assert changes == [0, 0, 1, 1, 1, 1, 0, 0, 0, 0]


@given(adult=st.integers(1, 60), plasticity=st.floats(0, 0.5))
def test_a_life_has_at_most_the_allowed_changes(adult: int, plasticity: float) -> None:
    changes = [changes_at(epoch, adult, plasticity) for epoch in range(1, adult + 1)]
    assert min(changes) >= 0
    assert sum(changes) in (0, round(plasticity * 8))
    changing = [epoch for epoch, count in enumerate(changes, 1) if count]
    assert all(0.2 * adult - 1e-6 <= epoch <= 0.6 * adult + 1e-6 for epoch in changing)
