import random

from hypothesis import given
from hypothesis import strategies as st

from fitness.silencing.epigenetic_marks import born, changed, sites_by_row
from genomes.chromosomes.epigenome import channels_on
from genomes.graph.spec import Site

OPEN = ("11111111", "11111111")
WIDE = Site("stage0", 8, 0)


def test_birth_silences_the_groups_of_least_weight() -> None:
    norms = {"stage0": [5.0, 1.0, 4.0, 2.0, 9.0, 9.0, 9.0, 9.0]}
    assert born(OPEN, 0.25, [WIDE], norms) == ("10101111", "11111111")
    assert born(("01111111", "1" * 8), 0.3, [WIDE], norms)[0] == "00101111"


def test_birth_leaves_a_group_open() -> None:
    norms = {"stage0": [1.0] * 8}
    assert born(("00000001", "1" * 8), 0.5, [WIDE], norms)[0] == "00000001"
    few = Site("stage0", 2, 0)  # has groups 0 and 4 only
    assert born(("01110111", "1" * 8), 0.5, [few], {"stage0": [1.0, 2.0]})[0] == "11110111"


def test_sites_are_weighed_relative_to_their_own_mean() -> None:
    block = Site("stage0.block0", 8, 0)
    norms = {"stage0": [100.0] * 8, "stage0.block0": [1.0, 1.0, 1.0, 0.1, 1.0, 1.0, 1.0, 1.0]}
    assert born(OPEN, 0.125, [WIDE, block], norms)[0] == "11101111"


def test_stages_beyond_the_rows_obey_the_last() -> None:
    rows = sites_by_row(OPEN, [Site("a", 4, 1), Site("b", 4, 5), Site("c", 4, 0)])
    assert {row: [site.name for site in sites] for row, sites in rows.items()} == {
        0: ["c"],
        1: ["a", "b"],
    }


def test_life_silences_the_weakest_where_nothing_is_shut() -> None:
    activity = {"stage0": [5.0, 1.0, 4.0, 2.0, 9.0, 9.0, 9.0, 9.0]}
    kept = {"stage0": [True] * 8}
    assert changed(OPEN, 1, [WIDE], activity, kept, seed=0) == ("10111111", "11111111")


def test_life_reopens_where_silencing_would_leave_nothing() -> None:
    marks = ("00000001", "11111111")
    activity = {"stage0": [0.0] * 7 + [1.0]}
    after = changed(marks, 1, [WIDE], activity, {"stage0": [True] * 8}, seed=0)
    assert after[0].count("1") == 2
    assert after[0][7] == "1"


def test_life_spares_the_only_channel_that_pruning_left() -> None:
    marks = ("11000000", "11111111")
    activity = {"stage0": [0.1, 9.0] + [0.0] * 6}
    kept = {"stage0": [True] + [False] * 7}
    for seed in range(20):
        assert changed(marks, 1, [WIDE], activity, kept, seed=seed)[0][0] == "1"


@given(
    sizes=st.lists(st.integers(1, 20), min_size=1, max_size=4),
    signs=st.text("01", min_size=8, max_size=8),
    changes=st.integers(0, 4),
    share=st.floats(0, 0.5),
    seed=st.integers(0, 1000),
)
def test_every_site_keeps_a_live_channel_and_few_marks_change(
    sizes: list[int], signs: str, changes: int, share: float, seed: int
) -> None:
    rng = random.Random(seed)
    sites = [Site(f"s{i}", size, 0) for i, size in enumerate(sizes)]
    strengths = {site.name: [rng.random() for _ in range(site.channels)] for site in sites}
    before = born((signs,), share, sites, strengths)
    kept = {}
    for site in sites:  # pruning leaves at least one channel that is on
        on = [c for c, state in enumerate(channels_on(before[0], site.channels)) if state]
        spared = rng.choice(on)
        kept[site.name] = [c == spared or rng.random() < 0.5 for c in range(site.channels)]
    after = changed(before, changes, sites, strengths, kept, seed)
    assert sum(a != b for a, b in zip(before[0], after[0], strict=True)) <= changes
    assert after == changed(before, changes, sites, strengths, kept, seed)
    for site in sites:
        on_now = channels_on(after[0], site.channels)
        assert any(a and b for a, b in zip(on_now, kept[site.name], strict=True))
