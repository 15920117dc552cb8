"""The command `evo`: one file a group of commands; heavy packages are imported inside them."""

from evo.cli.exits import main

__all__ = ["main"]
