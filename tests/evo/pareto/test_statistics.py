from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import betabinom, binomtest, mannwhitneyu, ttest_1samp

from evo.pareto.statistics import (
    a12,
    cohens_d,
    expected_interval,
    holm,
    least_p,
    mann_whitney,
    paired_t,
    standard_error,
    wilson_interval,
)


def test_a12_counts_wins_and_half_of_the_ties() -> None:
    assert a12([2, 3], [1, 1]) == 1.0
    assert a12([1, 1], [2, 3]) == 0.0
    assert a12([1, 2], [1, 2]) == 0.5
    assert a12([1, 3], [1, 2]) == (0.5 + 0 + 1 + 1) / 4


def test_cohens_d_is_in_pooled_standard_deviations() -> None:
    assert cohens_d([3, 4, 5], [0, 1, 2]) == pytest.approx(3.0)
    assert cohens_d([0, 1, 2], [3, 4, 5]) == pytest.approx(-3.0)
    # Squares about the means are 8 and 2, over 2 + 3 - 2 degrees of freedom.
    assert cohens_d([0, 4], [0, 1, 2]) == pytest.approx(1.0 / math.sqrt(10 / 3))
    assert math.isnan(cohens_d([1], [2, 3]))
    assert math.isnan(cohens_d([1, 1], [2, 2]))


def test_mann_whitney_of_equal_values_is_one() -> None:
    assert mann_whitney([1.0, 1.0], [1.0, 1.0]) == 1.0
    assert mann_whitney(range(10), range(10, 20)) < 0.001


@pytest.mark.parametrize(("few", "many"), [(1, 4), (3, 3), (5, 9), (8, 12), (9, 9), (30, 20)])
def test_mann_whitney_without_ties_is_that_of_scipy(few: int, many: int) -> None:
    rng = np.random.default_rng(few)
    for shift in (0.0, 0.5, 1.5):
        a, b = rng.normal(size=few).tolist(), (rng.normal(size=many) + shift).tolist()
        wanted = mannwhitneyu(a, b, alternative="two-sided").pvalue
        assert mann_whitney(a, b) == pytest.approx(wanted)
        assert mann_whitney(b, a) == pytest.approx(wanted)


def test_mann_whitney_of_many_with_ties_is_that_of_scipy() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, 12).tolist(), rng.integers(1, 6, 15).tolist()
    wanted = mannwhitneyu(a, b, alternative="two-sided").pvalue
    assert mann_whitney(a, b) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("ours", "theirs"), [([1, 1, 2], [2, 3, 3, 3]), ([1, 1, 1], [2, 2, 2]), ([5, 1], [1, 1, 9])]
)
def test_mann_whitney_of_few_with_ties_counts_all_permutations(
    ours: list[float], theirs: list[float]
) -> None:
    together = [*ours, *theirs]
    chosen = list(itertools.combinations(range(len(together)), len(ours)))

    def distance(rows: tuple[int, ...]) -> float:
        rest = [together[i] for i in range(len(together)) if i not in rows]
        return abs(a12([together[i] for i in rows], rest) - 0.5)

    as_far = [rows for rows in chosen if distance(rows) >= distance(chosen[0]) - 1e-12]
    assert mann_whitney(ours, theirs) == pytest.approx(len(as_far) / len(chosen))


def test_least_p_is_that_of_groups_that_do_not_overlap() -> None:
    assert least_p(3, 3) == pytest.approx(0.1)
    for n, m in ((2, 2), (3, 3), (3, 5), (5, 5)):
        assert mann_whitney(range(n), range(n, n + m)) == pytest.approx(least_p(n, m))
    assert least_p(1, 1) == 1.0


def test_paired_t_is_that_of_scipy() -> None:
    differences = [0.1, -0.2, 0.4, 0.3]
    assert paired_t(differences) == pytest.approx(ttest_1samp(differences, 0.0).pvalue)
    assert paired_t([-2.0, 2.0]) == 1.0


def test_differences_without_spread_count_by_their_signs() -> None:
    assert paired_t([0.3, 0.1 + 0.2, 0.3]) == 0.25
    assert paired_t([0.0, 0.0]) == 1.0
    with pytest.raises(ValueError, match="received 1 differences, expected at least 2"):
        paired_t([1.0])


def test_holm_multiplies_the_smallest_most_and_keeps_the_order() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [
        (1, 1, 0.2065, 1.0),  # one example says next to nothing
        (0, 5, 0.0, 0.4345),
        (5, 10, 0.2366, 0.7634),
        (280, 288, 0.9462, 0.9859),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_interval_is_scipys(right: int, of: int, low: float, high: float) -> None:
    assert wilson_interval(right, of) == pytest.approx((low, high), abs=5e-5)
    if of:
        theirs = binomtest(right, of).proportion_ci(method="wilson")
        assert wilson_interval(right, of) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_an_interval_of_more_successes_than_trials_is_refused() -> None:
    with pytest.raises(ValueError, match="3 successes in 2 trials"):
        wilson_interval(3, 2)


def test_the_standard_error_of_a_share_is_not_zero_at_all_or_nothing() -> None:
    assert standard_error(0.5, 96) == pytest.approx(0.5 / math.sqrt(96))
    assert standard_error(1.0, 96) == pytest.approx(math.sqrt(0.98 * 0.02 / 96))
    assert standard_error(0.0, 96) == pytest.approx(standard_error(1.0, 96))


def test_what_is_expected_of_new_trials_is_wider_than_what_is_known_of_the_share() -> None:
    low, high = expected_interval(0.9, 1000, 360, 0.0)
    known = betabinom(360, 900.5, 100.5)
    assert (low, high) == (known.ppf(0.025) / 360, known.ppf(0.975) / 360)
    assert low < wilson_interval(900, 1000)[0]
    wider = expected_interval(0.9, 1000, 360, 0.02)
    assert wider[0] < low < high < wider[1]
    assert expected_interval(1.0, 100, 100, 0.01)[1] == 1.0
    assert expected_interval(0.9, 10**6, 10**6, 0.0) == pytest.approx((0.896, 0.904), abs=0.001)


@pytest.mark.parametrize(("share", "spread"), [(0.98, 0.0), (0.98, 0.006), (0.9, 0.01)])
def test_of_what_is_expected_with_95_percent_that_much_comes_true(
    share: float, spread: float
) -> None:
    rng, inside, runs = np.random.default_rng(1), 0, 4000
    for _ in range(runs):
        measured = rng.binomial(1149, share) / 1149
        true = min(1.0, share + spread * rng.standard_normal())
        low, high = expected_interval(measured, 1149, 360, spread)
        inside += low <= rng.binomial(360, true) / 360 <= high
    assert 0.94 <= inside / runs <= 0.985  # whole numbers of answers cannot hit 0.95
