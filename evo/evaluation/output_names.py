"""What the outputs of a network are called in reports."""

from __future__ import annotations

from evo.export.by_group import Answers
from fitness.target import Target


def output_names(answers: Answers, target: Target) -> list[str]:
    """Return their names, or their numbers where they have none; a single one is `value`."""
    outputs = answers.kept.shape[1]
    if target.names:
        return list(target.names)
    return [target.output_name] if outputs == 1 else [str(number) for number in range(outputs)]
