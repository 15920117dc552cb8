"""How commands print a line."""

from __future__ import annotations

from rich.console import Console


def say(console: Console, text: str) -> None:
    """Print a line as it is: no markup, no wrapping."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)
