"""Inputs that are not as those of training: common corruptions, and what is usual of inputs.

Knows tasks and arrays, no networks: an objective of a search and `evo.stress` measure on them.
"""
