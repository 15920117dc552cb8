"""Tiers by hand: who stays, who moves on, who is found; what lies in empty slots is nobody's."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from genomes.networks.remembering.slots import Slots
from genomes.networks.remembering.tiers import Rules, Tiers

RULES = Rules(sizes=(3, 2, 2), found=2, rates=(0.5, 0.5), threshold=0.7, uses=2, used=0.1)
WANTED = torch.tensor([[[[1.0, 0.0]]]])  # a query, (1, 1, 1, 2)


def slots(importance: list[float], uses: list[int] | None = None) -> Slots:
    """Return slots of one head whose keys are alike, whose values tell their importance."""
    numbers = torch.tensor([[importance]])
    keys = torch.tensor([1.0, 0.0]).expand(1, 1, len(importance), 2)
    used = torch.tensor([[uses or [0] * len(importance)]], dtype=torch.float32)
    filled = torch.ones_like(numbers, dtype=torch.bool)
    return Slots(keys, numbers[..., None].expand(-1, -1, -1, 2), numbers, numbers, used, filled)


def held(tier: Slots) -> list[float]:
    """Return what is in a tier, by its importance, as it lies."""
    return [round(x, 3) for x in tier.importance[tier.filled].tolist()]


def after(*segments: list[float]) -> Tiers:
    memory = Tiers.empty(WANTED)
    for importance in segments:
        memory = memory.after(slots(importance), WANTED, RULES)
    return memory


def test_the_first_to_come_is_the_first_to_leave_the_short_tier() -> None:
    assert held(after([0.1, 0.2]).short) == [0.1, 0.2]
    assert held(after([0.1, 0.2], [0.3, 0.4]).short) == [0.2, 0.3, 0.4]
    assert held(after([0.1, 0.2], [0.3, 0.4], [0.5]).short) == [0.3, 0.4, 0.5]


def test_of_what_leaves_a_share_of_the_most_important_is_admitted() -> None:
    memory = after([0.9, 0.6, 0.8, 0.75], [0.0, 0.0, 0.0])
    assert held(memory.middle) == [0.9, 0.8]  # of four that left, half; .6 is below .7
    assert held(after([0.9, 0.6, 0.5, 0.4], [0.0, 0.0, 0.0]).middle) == [0.9]


def test_a_full_middle_tier_forgets_what_is_least_important_and_relevant() -> None:
    assert held(after([0.8, 0.9, 0.0], [0.95, 0.0, 0.0], [0.0, 0.0, 0.0]).middle) == [0.9, 0.95]
    leaving = slots([0.9, 0.9])
    keys = torch.tensor([[[[-1.0, 0.0], [1.0, 0.0]]]])
    memory = Tiers.empty(WANTED).after(replace(leaving, keys=keys), WANTED, RULES)
    assert memory.after(slots([0.0] * 3), WANTED, RULES).middle.keys.tolist() == [[[[1.0, 0.0]]]]


def test_what_is_used_often_moves_on_to_the_long_tier() -> None:
    middle = slots([0.71, 0.72, 0.73, 0.74], [2, 5, 1, 3])
    memory = replace(Tiers.empty(WANTED), middle=middle).after(slots([0.0]), WANTED, RULES)
    assert held(memory.long) == [0.72, 0.74]  # half of four slots, the most used
    assert held(memory.middle) == [0.71, 0.73]
    full = replace(memory, middle=slots([0.8], [9])).after(slots([0.0]), WANTED, RULES)
    assert held(full.long) == [0.72, 0.8]  # the least used has left


@pytest.mark.parametrize("filled", [[True, False, True, False], [False, False, True, False]])
def test_nothing_is_found_in_an_empty_slot(filled: list[bool]) -> None:
    flags = torch.tensor([[filled]])
    tier = replace(slots([0.9, 0.8, 0.7, 0.6]), filled=flags)

    def nan(x: Tensor) -> Tensor:
        return x.masked_fill(~(flags if x.dim() == 3 else flags[..., None]), torch.nan)

    strange = tier.each(lambda x: nan(x) if x.is_floating_point() else x)
    memories = [replace(Tiers.empty(WANTED), short=one) for one in (tier, strange)]
    found, same = (memory.search(WANTED, 3)["short"] for memory in memories)
    assert torch.equal(found.scores, same.scores)
    assert torch.equal(found.values, same.values)
    assert int(found.scores.isfinite().sum()) == sum(filled)
    assert not found.values[found.scores.isinf()].any()


def test_the_best_few_are_found_exactly() -> None:
    generator = torch.Generator().manual_seed(0)
    tier = slots([1.0] * 50)
    tier = replace(tier, keys=torch.randn(1, 1, 50, 2, generator=generator))
    found = replace(Tiers.empty(WANTED), long=tier).search(WANTED, 7)["long"]
    expected = (tier.keys @ WANTED[0, 0, 0])[0, 0].sort(descending=True).indices[:7]
    assert found.places[0, 0, 0].tolist() == expected.tolist()


def test_more_than_a_tenth_of_the_attention_is_a_use() -> None:
    memory = replace(Tiers.empty(WANTED), short=slots([0.5, 0.5, 0.5]))
    found = memory.search(WANTED.expand(1, 1, 2, 2), 2)
    shares = torch.tensor([[[[0.5, 0.05], [0.2, 0.2]]]])
    places = torch.tensor([[[[2, 0], [2, 0]]]])
    used = memory.used({"short": found["short"]._replace(places=places)}, [shares], 0.1)
    assert used.short.uses.tolist() == [[[1.0, 0.0, 2.0]]]
