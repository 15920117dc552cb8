"""Pruning by a gene network: expression levels, not a curve, say how much is silenced when."""

DEFAULT = False
OFF = {"pruning.schedule": "curve"}
