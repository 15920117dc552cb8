"""A split once under each corruption that suits a task, at a middle severity and always the same.

An objective is measured on it: what is fixed compares networks with each other.
"""

from __future__ import annotations

from dataclasses import replace

from fitness.data.split import Split
from fitness.data.task import Task
from fitness.stress.corruption import corruptions_for
from fitness.stress.input_facts import InputFacts, facts_of
from fitness.stress.sample import EXAMPLES, drawn

SEVERITY = 3  # of five
SEED = 0  # of what is drawn: no run has another


def corrupted_splits(split: Split, facts: InputFacts) -> tuple[Split, ...]:
    """Return the examples of a split, or as many as are drawn, under each corruption by name."""
    few = drawn(split, EXAMPLES, SEED)
    suited, _ = corruptions_for(facts)
    return tuple(replace(few, x=one(few.array, facts, SEVERITY, SEED)) for one in suited)


def facts_of_task(task: Task) -> InputFacts:
    """Return what is usual of a task's training inputs."""
    return facts_of(task.train.x, task.columns)


def cannot_be_corrupted(task: Task) -> str:
    """Say why the inputs of a task have no corruptions; empty if they have some."""
    if task.tokens is not None:
        return "its inputs are tokens, which have no range in which noise could be measured"
    suited, reasons = corruptions_for(facts_of_task(task))
    return "" if suited else "; ".join(reasons)
