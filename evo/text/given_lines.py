"""A network that the user gave, in a few lines: its size, which layers can lose channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evo.text.amounts import count
from genomes.graph.given.network import GivenNetwork

NAMED = 3  # layers that a line names of those that keep all channels for one reason


def given_lines(given: GivenNetwork) -> Iterator[str]:
    """Say what was given and what can become smaller of it."""
    spec = given.spec
    yield (
        f"model       {count(spec.dense_parameters())} parameters, {count(spec.flops())} FLOPs an "
        f"example; {count(len(spec.sites))} groups of channels can become narrower"
    )
    for reason, number in Counter(given.reasons.values()).items():
        layers = [layer for layer, why in given.reasons.items() if why == reason]
        more = f" and {number - NAMED} more" if number > NAMED else ""
        verb = "keeps" if number == 1 else "keep"
        yield f"            {', '.join(layers[:NAMED])}{more} {verb} all channels: {reason}"
    if given.teaches:
        yield "            it has learnt the task, so narrower ones may learn from its answers"
    else:
        yield (
            "            it does not teach: on training data it answers hardly better than one "
            "constant answer does"
        )
    for note in given.notes:
        yield f"            {note}"
