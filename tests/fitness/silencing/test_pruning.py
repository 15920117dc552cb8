import torch
from hypothesis import given
from hypothesis import strategies as st

from fitness.silencing.pruning import grown, prunable
from tests.fitness.silencing.test_pruning_plan import plan
from tests.fitness.tiny import evaluator, expressed


def test_grown_silences_the_lowest_scores() -> None:
    kept = torch.ones(4, dtype=torch.bool)
    mask = grown(kept, kept, torch.tensor([0.3, 0.1, 0.2, 0.4]), 2)
    assert mask.tolist() == [True, False, False, True]


def test_grown_keeps_what_was_silenced_silent_and_takes_the_dead_first() -> None:
    kept = torch.tensor([True, False, True, True])
    live = torch.tensor([True, True, False, True])
    scores = torch.tensor([0.1, 9.0, 8.0, 0.2])
    assert grown(kept, live, scores, 1).tolist() == [True, False, True, True]
    assert grown(kept, live, scores, 2).tolist() == [True, False, False, True]
    assert grown(kept, live, scores, 3).tolist() == [False, False, False, True]


def test_ties_go_by_position_and_nan_counts_as_nothing() -> None:
    kept = torch.ones(2, 2, dtype=torch.bool)
    scores = torch.tensor([[1.0, 1.0], [float("nan"), 1.0]])
    assert grown(kept, kept, scores, 2).tolist() == [[False, True], [False, True]]


@given(st.lists(st.floats(0, 10), min_size=2, max_size=12), st.data())
def test_masks_only_grow_and_have_the_stated_size(
    scores: list[float], data: st.DataObject
) -> None:
    few = data.draw(st.integers(0, len(scores) - 1))
    many = data.draw(st.integers(few, len(scores) - 1))
    kept = torch.ones(len(scores), dtype=torch.bool)
    first = grown(kept, kept, torch.tensor(scores), few)
    second = grown(first, kept, torch.tensor(scores[::-1]), many)
    assert int((~first).sum()) == few
    assert int((~second).sum()) == many
    assert not bool((second & ~first).any())


def test_channels_are_pruned_by_site_weights_by_layer() -> None:
    spec = evaluator().spec(expressed())
    shapes, stages = prunable(plan(), spec)
    assert set(shapes) == {site.name for site in spec.sites}
    assert stages["head"] == 3
    shapes, stages = prunable(plan(granularity="weight"), spec)
    assert shapes["logits"] == (3, 16)
    assert stages["logits"] == 3  # without a site: the last stage
    assert stages["stage0_block0_conv"] == 0
