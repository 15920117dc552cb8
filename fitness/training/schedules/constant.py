"""Basis function `constant`: the floor to which others fall."""


def value(progress: float, shape: float) -> float:
    """Return one, always."""
    return 1.0
