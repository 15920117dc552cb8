"""What is raised where a network, or a part of it, cannot be read."""

from __future__ import annotations


class ModelError(ValueError):
    """A network that cannot be imported: says what was found, what is allowed, what to do."""


class Unsupported(Exception):
    """A call that no operation stands for; the module around it may still be kept as it is."""
