"""Arguments that several commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from evo.files import paths

RESULTS = Path(paths.RESULTS)


def at_once(path: Path | None) -> Path | None:
    """Make an option absolute before anything can change the working directory."""
    return None if path is None else paths.absolute(path)


def listed(text: str | None) -> tuple[str, ...]:
    """Return the parts of an option that names several, separated by commas."""
    return tuple(filter(None, map(str.strip, (text or "").split(","))))


def with_options(
    options: Mapping[str, Any], behind: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return what gives a command these options, by name, behind one of its own.

    The command finds them in its context, where all that was given stands.
    """

    def given_to(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True)
        parameters = []
        for name, parameter in own.parameters.items():
            parameters.append(parameter)
            if name == behind:
                parameters += [
                    inspect.Parameter(one, parameter.kind, default=None, annotation=annotation)
                    for one, annotation in options.items()
                ]

        @wraps(command)
        def taking(**given: Any) -> None:
            command(**{name: value for name, value in given.items() if name not in options})

        taking.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        taking.__annotations__ = {**command.__annotations__, **options}
        return taking

    return given_to


RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run: its name under results/, or a path.")
]
