"""Registries of extension points: one file, one registered name, imported on use.

Listing or validating names imports nothing but the package that holds the files. A user's own
package adds names by entry point (group `evo.<kind>`, e.g. `evo.tasks`) or by calling `register`
from a `--plugin` module.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any


class UnknownName(ValueError):
    """A name that no file, entry point or plugin registers."""


def suggest(kind: str, received: str, allowed: Iterable[str]) -> str:
    """Word the error for an unknown name: what was given, what exists, the nearest."""
    names = sorted(allowed)
    nearest = difflib.get_close_matches(received, names, n=1, cutoff=0.4)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return f"unknown {kind} {received!r}.{hint} Available: {', '.join(names) or 'none'}."


class Registry:
    """The modules of one package, by file name, plus what plugins add."""

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package
        self._added: dict[str, Any] = {}
        self._loaded: dict[str, Any] = {}
        self._found: frozenset[str] | None = None  # scanning packages takes milliseconds

    def register(self, name: str, module: Any) -> None:
        """Add an implementation (a module, or any object with the same attributes) by name."""
        self._added[name] = module

    def names(self) -> list[str]:
        """List all names in alphabetical order without importing any of them."""
        return sorted(self._scanned() | {name.replace("_", "-") for name in self._added})

    def __contains__(self, name: str) -> bool:
        """Tell whether a name is registered, however its words are joined."""
        joined = name.replace("_", "-")
        return joined in self._scanned() or bool({name, joined} & self._added.keys())

    def _scanned(self) -> frozenset[str]:
        if self._found is None:
            package = importlib.import_module(self.package)
            found = {module.name for module in pkgutil.iter_modules(package.__path__)}
            found |= {point.name for point in self._entry_points()}
            self._found = frozenset(name.replace("_", "-") for name in found)
        return self._found

    def load(self, name: str) -> ModuleType | Any:
        """Import and return the implementation; raise `UnknownName` with the nearest name."""
        for key in (name, name.replace("-", "_")):
            if key in self._added:
                return self._added[key]
        if name not in self._loaded:
            self._loaded[name] = self._import(name)
        return self._loaded[name]

    def _import(self, name: str) -> ModuleType | Any:
        if name not in self.names():
            raise UnknownName(suggest(self.kind, name, self.names()))
        for point in self._entry_points():
            if point.name.replace("_", "-") == name:
                return point.load()
        return importlib.import_module(f"{self.package}.{name.replace('-', '_')}")

    def _entry_points(self) -> Any:
        return entry_points(group=f"evo.{self.package.rsplit('.', 1)[-1]}")
