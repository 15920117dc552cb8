"""Regrowth: units that pruning has silenced may return in exchange for others, as in RigL."""

DEFAULT = False
OFF = {"pruning.regrowth": 0.0}
