"""Writes an export: a folder from which a network can be used without evo.

Each file is one format of `evo.export.formats`. The folder appears whole or not at all, and only
once its forms were seen to agree with the network.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from evo.errors import BadInput
from evo.export.check import check_programs
from evo.export.export_format import ExportFormat, Program, chosen_formats
from evo.export.exported import Exported, Fact
from evo.files.paths import shown

Figures = Callable[[Exported, Mapping[ExportFormat, Program]], Mapping[str, Fact]]


def write_export(
    exported: Exported,
    folder: Path,
    formats: Sequence[str] = (),
    figures: Figures = lambda exported, programs: {},
) -> Exported:
    """Write the usual formats and those asked for into a new folder; return it with all facts.

    `figures` measures the written programs for the card; the bytes of the files and how far they
    are from the network stand there in any case. Raises BadInput if
    `folder` exists and is not an empty folder (nothing is overwritten), for an unknown format and
    for one whose packages are missing; `ExportDiffers` if a program computes something else.
    """
    chosen = chosen_formats(formats)
    describing = [one for one in chosen if one.describes]
    others = [one for one in chosen if not one.describes]
    with _appearing(folder) as partial:
        for one in others:
            one.write(exported, partial / one.file_name)
        exported = _with_figures(exported, others, partial, figures)
        for one in describing:
            one.write(exported, partial / one.file_name)
    return exported


def _with_figures(
    exported: Exported, formats: Sequence[ExportFormat], folder: Path, figures: Figures
) -> Exported:
    """Return the export with what its written files came to, once they are checked."""
    programs = {one: one.program(folder / one.file_name) for one in formats if one.program}
    exact = {one.file_name: program for one, program in programs.items() if one.exact}
    differences = check_programs(exported, exact)
    facts: dict[str, Fact] = {**exported.facts, "largest_difference": max(differences.values())}
    for one in formats:
        if (path := folder / one.file_name).is_file():
            facts[one.fact("bytes")] = path.stat().st_size
    exported = replace(exported, facts=facts)
    return replace(exported, facts={**facts, **figures(exported, programs)})


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """Hand out a folder to write to, which takes its place once all is written."""
    folder = folder.resolve()
    check_free(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.parent / f".{folder.name}.{os.getpid()}.partial"
    shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
    partial.mkdir()
    try:
        yield partial
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_free(folder: Path) -> None:
    """Raise BadInput unless an export can be written to `folder`; worth asking early."""
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() or folder.is_symlink():
        what = "a folder that is not empty" if folder.is_dir() else "no folder"
        raise BadInput(
            f"{shown(folder)} exists already, {what}; choose another --output or remove it"
        )
