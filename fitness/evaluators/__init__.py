"""Carries out a job: one evaluator for networks, one for a user's function.

May import all of fitness; must not know strategies, records or runners.
"""
