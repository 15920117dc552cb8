"""Writes an export: a folder from which a network can be used without evo.

Each file is one format of `evo.export.formats`. The folder appears whole or not at all, and only
once its forms were seen to agree with the network.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from evo.errors import BadInput
from evo.export.check import check_export
from evo.export.exported import Exported
from evo.files.paths import shown
from genomes.genes.registry import Registry

FORMATS = Registry("export format", "evo.export.formats")


def write_export(exported: Exported, folder: Path) -> None:
    """Write all formats into a new folder.

    Raises BadInput if `folder` exists and is not an empty folder; nothing is overwritten.
    """
    folder = folder.resolve()
    check_free(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.parent / f".{folder.name}.{os.getpid()}.partial"
    shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
    partial.mkdir()
    try:
        for name in FORMATS.names():
            export_format = FORMATS.load(name)
            export_format.write(exported, partial / export_format.FILE_NAME)
        check_export(exported.network, partial)
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
