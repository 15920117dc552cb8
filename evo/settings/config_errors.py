"""Word pydantic's errors for people: which key, what was given, what is allowed, what is near."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

# pydantic's error type -> what was expected; {} takes the values of the error's context.
EXPECTED = {
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "finite_number": "expected a finite number",
    "string_type": "expected a text in quotes",
    "tuple_type": "expected a list",
    "mapping_type": "expected a table",
    "literal_error": "expected one of {expected}",
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected at least {ge}",
    "less_than": "expected less than {lt}",
    "less_than_equal": "expected at most {le}",
    "too_short": "expected at least {min_length} item",
    "value_error": "{error}",
}


def explain(
    error: ValidationError, keys: Collection[str], options: Mapping[str, Any], source: str
) -> str:
    """Return one line per problem.

    `keys` are the known ones, `options` those that came from the command line, `source` the file
    of the others (empty if there is none).
    """
    return "\n".join(_line(problem, keys, options, source) for problem in error.errors())


def _line(
    problem: ErrorDetails, keys: Collection[str], options: Mapping[str, Any], source: str
) -> str:
    where = f"{source}: " if source else ""
    if problem["type"] == "extra_forbidden":
        return f"{where}{_unknown(str(problem['loc'][0]), keys)}"
    expected = expectation(problem)
    if not problem["loc"]:  # concerns several keys, which the message names
        return f"{where}{expected}"
    key = str(problem["loc"][0])
    received = f"received {_shown(problem['input'])}, {expected}"
    if key in options:
        return f"--{key.replace('_', '-')}: {received}"
    return f"{where}{'.'.join(map(str, problem['loc']))}: {received}"


def expectation(problem: ErrorDetails) -> str:
    """Say what would have been right."""
    expected = EXPECTED.get(problem["type"], problem["msg"])
    return expected.format(**problem.get("ctx", {}))


def _unknown(key: str, keys: Collection[str]) -> str:
    nearest = difflib.get_close_matches(key.replace("-", "_"), sorted(keys), n=1, cutoff=0.5)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return f"unknown key {key!r}.{hint} Available: {', '.join(sorted(keys))}."


def _shown(value: Any) -> str:
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= 80 else text[:77] + "..."
