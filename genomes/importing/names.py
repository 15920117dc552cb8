"""Names of nodes: those of the modules of the user, as identifiers.

`features.stage1.conv` becomes `features__stage1__conv`, whose weights are those of the module.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field

from torch import nn

_RESERVED = frozenset({"input", "masks", "weight_masks", "spec", *dir(nn.Module())})


@dataclass
class NodeNames:
    """Names given so far; `modules` are the modules' by the nodes'.

    Modules with weights, the `owners` by path, give their names to the nodes of these alone.
    """

    owners: frozenset[str] = frozenset()
    modules: dict[str, str] = field(default_factory=dict)

    def make(self, path: str, operation: str, *, owns: bool = False) -> str:
        """Return a new name for a node of a module (its path, "" for the outermost)."""
        wanted = identifier(path) or operation
        if path in self.owners and not owns:
            wanted = f"{wanted}__{operation}"
        name, number = wanted, 1
        while name in self.modules or name in _RESERVED or keyword.iskeyword(name):
            number += 1
            name = f"{wanted}_{number}"
        self.modules[name] = path
        return name

    def free(self, name: str) -> None:
        """Forget a name."""
        del self.modules[name]


def identifier(path: str) -> str:
    """Return a module's path as an identifier, lower-case letters first."""
    text = re.sub(r"[^0-9a-z_]", "_", path.replace(".", "__").lower())
    return f"layer_{text}" if text and not text[0].isalpha() else text


def site_name(node: str) -> str:
    """Return a name of the channels that a node makes: words joined by dots."""
    words = [word for word in re.split(r"_+", node) if word]
    return ".".join(words)
