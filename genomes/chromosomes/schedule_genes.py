"""Courses: how a quantity goes over a training, a sum of basis functions with coefficients.

Names are literal: the functions live in `fitness/schedules`, which this never imports.
"""

from __future__ import annotations

from genomes.genes.gene import Choice, ListOf, Real, Record, Struct

FUNCTIONS = ("constant", "cyclic", "exponential", "linear", "step", "warm-up")
# What a schedule is pinned to that never acts: fixed, nothing is drawn or encoded for it.
NEVER = (Record(function="constant", coefficient=1.0, shape=0.0),)


def schedule_gene(minimum: int, maximum: int) -> ListOf:
    """Return the gene of a sum of `minimum` to `maximum` terms; without any, it is constant.

    `shape` is the one number that each function reads in its own way: a time, a rate, a period.
    """
    term = Struct(
        {
            "function": Choice(FUNCTIONS),
            "coefficient": Real(0.0, 1.0),
            "shape": Real(0.0, 1.0),
        }
    )
    return ListOf(term, minimum, maximum)
