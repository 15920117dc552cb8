"""Which files of a folder are pictures; what else lies there is ignored by a rule, or named.

Hidden files and what file managers leave (Thumbs.db, .DS_Store, __MACOSX) are passed over;
documents that come with data sets (README, LICENSE) are, too, and a note says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fitness.data.arrays import UnusableData

PICTURES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp"),
        *(".ppm", ".pgm", ".pbm", ".pnm"),
    }
)
TABLES = frozenset({".csv", ".tsv"})
LITTER = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
DOCUMENTS = ("readme", "license", "licence", "copying", "citation", "notice")
SHOWN = 5  # names in a message
LOOKED_AT = 1000  # files, among which a folder of pictures shows that it is one


@dataclass(frozen=True)
class Found:
    """Paths with `/` relative to the folder, in order; `tables` lie directly in it.

    `folders` are all there are, without what is passed over.
    """

    pictures: tuple[str, ...]
    tables: tuple[str, ...]
    folders: tuple[str, ...]
    notes: tuple[str, ...]


def holds_pictures(folder: Path) -> bool:
    """Tell whether a folder has a picture among the first files that are met in it."""
    for number, (_, name) in enumerate(_walk(folder)):
        if Path(name).suffix.lower() in PICTURES:
            return True
        if number >= LOOKED_AT:
            break
    return False


def find(folder: Path) -> Found:
    """List a folder; raise UnusableData for files that are neither pictures nor to be ignored."""
    pictures, tables, folders = [], [], set()
    documents: list[str] = []
    others: list[str] = []
    for at, name in _walk(folder):
        if not name:
            folders.add(at)
            continue
        path, suffix = f"{at}/{name}" if at else name, Path(name).suffix.lower()
        if suffix in PICTURES:
            pictures.append(path)
        elif suffix in TABLES and not at:
            tables.append(path)
        else:
            (documents if name.lower().startswith(DOCUMENTS) else others).append(path)
    if others:
        raise UnusableData(
            f"{len(others):,} {'file is' if len(others) == 1 else 'files are'} no pictures by "
            f"their names: {listed(others)}. Move what does not belong to the data elsewhere; "
            f"pictures end in {', '.join(sorted(PICTURES))}"
        )
    notes = (f"ignored: {listed(sorted(documents))}",) if documents else ()
    return Found(tuple(sorted(pictures)), tuple(sorted(tables)), tuple(sorted(folders)), notes)


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
