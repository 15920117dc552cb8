"""Mechanisms that act in a network's life, one file each; the file's name is the registered name.

A file has `OFF`, which maps dotted gene names to the values that switch the mechanism off, and
`DEFAULT`, whether runs have it unless they say otherwise; it may have
`DEFAULT_WHERE_GIVEN_TEACHES`, the same for runs with a given network that has learnt its task.
What it does is written where it acts. A name may be a pattern, as families name their parts:
`architecture.*.width` (see `Space.pin`).
"""
