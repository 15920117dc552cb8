"""How a network fares where inputs are not those of its training: corrupted, attacked, foreign.

Lives on exports (`spec.json` and weights, never a folder's code) and on networks of a run, and on
test data alone, by which it chooses nothing. It must not print.
"""
