"""Genes in which females vary only if a run asks for it, and what they are otherwise.

Free of what the predictor chromosome needs, for the list of mechanisms is read often.
"""

from __future__ import annotations

from collections.abc import Mapping

from genomes.genes.value import Value

# What a control says, from which a model may start, or the mean of all three.
EARLY_GUESS, PLAN_GUESS, PARENTS_GUESS, ALL_GUESSES = "early", "plan", "parents", "all"
ANCHORS = (EARLY_GUESS, PLAN_GUESS, PARENTS_GUESS, ALL_GUESSES)
HALF_LIVES = (0, 20, 40, 80, 160)  # in records; 0 forgets by the window alone

PLAIN: Mapping[str, Value] = {
    "ignored": (),
    "anchor": EARLY_GUESS,
    "anchor_records": 3.0,
    "half_life": 0,
}
PLAIN_PINS: Mapping[str, Value] = {f"predictor.{gene}": value for gene, value in PLAIN.items()}
