import random
from collections import Counter

import numpy as np
import pytest

from evo.breeding.audit_sampling import LEAST, RULES, audit_chances, draw_audit

DOUBTS = np.array([[0.0, 0.0], [3.0, 4.0], [1.0, 0.0], [0.0, 2.0]])  # norms 0, 5, 1, 2


def test_equal_chances_are_the_share() -> None:
    assert audit_chances("equal", 0.05, 1, DOUBTS) == [0.05] * 4


def test_early_chances_come_down_to_the_share() -> None:
    shares = [audit_chances("early", 0.05, n, DOUBTS)[0] for n in (1, 2, 5, 10, 40)]
    assert shares == pytest.approx([0.5, 0.25, 0.1, 0.05, 0.05])
    assert audit_chances("early", 0.2, 1, DOUBTS) == [1.0] * 4


def test_uncertain_chances_follow_the_doubt_and_keep_the_mean() -> None:
    chances = audit_chances("uncertain", 0.1, 1, DOUBTS)
    assert chances == pytest.approx([0.1 * (LEAST + (1 - LEAST) * x / 2) for x in (0, 5, 1, 2)])
    assert sum(chances) == pytest.approx(0.4)
    assert audit_chances("uncertain", 0.1, 1, np.zeros((2, 2))) == pytest.approx([0.1, 0.1])
    assert max(audit_chances("early-uncertain", 0.1, 1, DOUBTS)) == 1.0


@pytest.mark.parametrize("rule", RULES)
def test_nobody_rejected_means_nobody_audited(rule: str) -> None:
    assert draw_audit(audit_chances(rule, 0.5, 3, np.empty((0, 2))), random.Random(0)) == []


def test_each_is_drawn_with_his_chance_whatever_his_place() -> None:
    chances, rng = [0.05, 0.5, 0.2, 0.05, 0.9], random.Random(0)
    draws = [draw_audit(chances, rng) for _ in range(4000)]
    assert {len(draw) for draw in draws} == {1, 2}  # they amount to 1.7
    counts = Counter(place for draw in draws for place in draw)
    assert [counts[place] / len(draws) for place in range(5)] == pytest.approx(chances, abs=0.025)
    assert draw_audit([1.0, 1.0], rng) == [0, 1]
    assert draw_audit([0.0, 0.0], rng) == []
    assert draw_audit([0.0, 1.0], rng) == [1]
