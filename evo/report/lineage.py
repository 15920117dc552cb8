"""Who descends from whom, as a few lines of text."""

from __future__ import annotations

import json

from evo.report.source import Source

DEPTH = 3  # parents, grandparents, their parents
ROLES = ("mother", "father")


class Ancestry:
    """The parents of all individuals of a run."""

    def __init__(self, source: Source) -> None:
        self._born: dict[str, tuple[int, list[str]]] = {
            identity: (generation, [str(parent) for parent in json.loads(parents)])
            for identity, generation, parents in source.rows(
                "SELECT id, generation, parents FROM genomes"
            )
        }

    def lines(self, identity: str) -> list[str]:
        """Draw an individual's ancestors as a tree, a line each."""
        return [self._named(identity), *self._ancestors(identity, "", DEPTH)]

    def _ancestors(self, identity: str, indent: str, depth: int) -> list[str]:
        parents = self._born.get(identity, (0, []))[1][: len(ROLES)] if depth else []
        lines = []
        for number, parent in enumerate(parents):
            last = number == len(parents) - 1
            lines.append(f"{indent}{'└─' if last else '├─'} {ROLES[number]} {self._named(parent)}")
            lines += self._ancestors(parent, indent + ("   " if last else "│  "), depth - 1)
        return lines

    def _named(self, identity: str) -> str:
        if identity not in self._born:
            return f"{identity}, of another run"
        generation, parents = self._born[identity]
        founder = "" if parents else ", a founder"
        return f"{identity}, born in generation {generation}{founder}"
