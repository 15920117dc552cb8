"""How gates, and tokens beside them, are written where it is shown how open gates were."""

from __future__ import annotations

BLANKS = {" ": "␣", "\n": "↵"}
STRANGE = "\N{REPLACEMENT CHARACTER}"


def gate_words(gate: str) -> str:
    """Name a gate, `block0_heads_gate`, by what it opens: block0 heads."""
    return gate.removesuffix("_gate").replace("_", " ")


def seen(word: str) -> str:
    """Write blanks so that they are seen, and nothing that cannot be drawn."""
    return "".join(BLANKS.get(c, c if c.isprintable() else STRANGE) for c in word)
