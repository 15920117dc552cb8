"""Which files of a folder are examples; what else lies there is ignored by a rule, or named.

Hidden files and what file managers leave (Thumbs.db, .DS_Store, __MACOSX) are passed over;
documents that come with data sets (README, LICENSE) are, too, and a note says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fitness.data.arrays import UnusableData

LITTER = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
DOCUMENTS = ("readme", "license", "licence", "copying", "citation", "notice")
SHOWN = 5  # names in a message
LOOKED_AT = 1000  # files, among which a folder of examples shows that it is one


@dataclass(frozen=True)
class Kind:
    """What examples are called, several of them, and how their files end.

    Files that end as `tables` may lie directly in the folder. `advice` is for other files.
    """

    name: str
    suffixes: frozenset[str]
    tables: frozenset[str] = frozenset()
    advice: str = ""


@dataclass(frozen=True)
class Found:
    """Paths with `/` relative to the folder, in order; `tables` lie directly in it.

    `folders` are all there are, without what is passed over.
    """

    examples: tuple[str, ...]
    tables: tuple[str, ...]
    folders: tuple[str, ...]
    notes: tuple[str, ...]


def holds(folder: Path, kind: Kind) -> bool:
    """Tell whether a folder has an example among the first files that are met in it."""
    for number, (_, name) in enumerate(_walk(folder)):
        if Path(name).suffix.lower() in kind.suffixes:
            return True
        if number >= LOOKED_AT:
            break
    return False


def find(folder: Path, kind: Kind) -> Found:
    """List a folder; raise UnusableData for files that are neither examples nor to be ignored."""
    examples, tables, folders = [], [], set()
    documents: list[str] = []
    others: list[str] = []
    for at, name in _walk(folder):
        if not name:
            folders.add(at)
            continue
        path, suffix = f"{at}/{name}" if at else name, Path(name).suffix.lower()
        if suffix in kind.suffixes:
            examples.append(path)
        elif suffix in kind.tables and not at:
            tables.append(path)
        else:
            (documents if name.lower().startswith(DOCUMENTS) else others).append(path)
    if others:
        raise UnusableData(
            f"{len(others):,} {'file is' if len(others) == 1 else 'files are'} no {kind.name} by "
            f"their names: {listed(others)}. Move what does not belong to the data elsewhere; "
            f"{kind.name} end in {', '.join(sorted(kind.suffixes))}{kind.advice}"
        )
    if not examples:
        raise UnusableData(f"no {kind.name} were found in it, nor in its folders")
    notes = (f"ignored: {listed(sorted(documents))}",) if documents else ()
    return Found(tuple(sorted(examples)), tuple(sorted(tables)), tuple(sorted(folders)), notes)


def visible(folder: Path) -> list[Path]:
    """Return what lies in a folder and may belong to the data, in order."""
    return sorted(
        one
        for one in folder.iterdir()
        if not _is_litter(one.name) and not one.name.lower().startswith(DOCUMENTS)
    )


def listed(names: list[str] | tuple[str, ...]) -> str:
    """Return the first names of a list, and how many there are if these are not all."""
    more = f", ... ({len(names):,} in all)" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _walk(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the folder and name of each file, and of each folder with an empty name.

    Links are followed, but no folder is entered twice.
    """
    seen: set[str] = set()
    for at, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(at)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not _is_litter(name))
        relative = Path(at).relative_to(folder).as_posix()
        here = "" if relative == "." else relative
        if here:
            yield here, ""
        yield from ((here, name) for name in sorted(names) if not _is_litter(name))


def _is_litter(name: str) -> bool:
    return name.startswith(".") or name.lower() in LITTER
