"""Names in the help: `{strategies}` in a help text becomes the list of strategies.

Only when help is shown: listing reads folders and installed packages, which nothing else needs.
Neither torch nor ray is loaded, and no plugin of `--plugin`.
"""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperCommand, TyperOption

from genomes.genes.registry import Registry

PACKAGES = {  # of registries, by the mark in a help text
    "curves": "fitness.curves",
    "families": "genomes.architectures",
    "loaders": "fitness.data.loaders",
    "loggers": "evo.loggers",
    "mechanisms": "genomes.mechanisms",
    "proxies": "fitness.proxies",
    "strategies": "evo.strategies",
    "targets": "fitness.targets",
    "tasks": "fitness.tasks",
}


class ListingCommand(TyperCommand):
    """A command whose help lists what its options may name."""

    def format_options(self, ctx: Any, formatter: Any) -> None:  # click's, or typer's own of them
        """Write the options, names filled in."""
        for option in self.get_params(ctx):
            if isinstance(option, TyperOption) and option.help:
                option.help = filled(option.help)
        super().format_options(ctx, formatter)


def filled(text: str) -> str:
    """Put the names of registries in the place of their marks."""
    return re.sub(r"\{(\w+)\}", lambda mark: ", ".join(names(mark[1])), text)


def names(mark: str) -> list[str]:
    """List the names of a registry, as options take them."""
    if mark == "objectives":
        from fitness.objective import objective_names

        return objective_names()
    if mark == "metrics":
        from fitness.metric import metric_names

        return metric_names()
    return Registry(mark, PACKAGES[mark]).names()
