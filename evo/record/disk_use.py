"""How much disk a run takes, by what lies there."""

from __future__ import annotations

from evo.record.run_folder import RunFolder
from evo.text.amounts import size


def disk_use(folder: RunFolder) -> dict[str, int]:
    """Return bytes by kind; files that vanish while it looks are passed over."""
    found = dict.fromkeys(("record", "checkpoints", "snapshots", "figures and report", "logs"), 0)
    for path in folder.path.rglob("*"):
        try:
            if path.is_file():
                found[_kind(folder, path.relative_to(folder.path).parts)] += path.stat().st_size
        except OSError:
            continue
    return found


def _kind(folder: RunFolder, parts: tuple[str, ...]) -> str:
    if parts[0] in (folder.checkpoints.path.name, folder.snapshots.path.name):
        return parts[0]
    if parts[0] in (folder.figures.name, folder.report.name):
        return "figures and report"
    if (
        len(parts) > 1 or parts[0] == folder.log.name
    ):  # what loggers leave, in folders of their own
        return "logs"
    return "record"


def disk_text(folder: RunFolder) -> str:
    """Word it in one line, for instance `12 MB: record 2 MB, checkpoints 10 MB`."""
    found = disk_use(folder)
    parts = ", ".join(f"{kind} {size(number)}" for kind, number in found.items() if number)
    return f"{size(sum(found.values()))}: {parts}"
