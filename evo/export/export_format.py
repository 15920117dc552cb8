"""What an export format is, and which of them an export is written in.

A module under `formats/` has FILE_NAME and `write(exported, path)`. It may have `program(path)`,
which returns what was written as a function of inputs, so that it can be checked; EXACT, False
where the program agrees with the network only roughly; BY_REQUEST, true where only `--format`
writes it; NEEDS, the packages that writing takes, and EXTRA, which extra of evo brings them;
DESCRIBES, true of files that state figures of the others and are written last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from torch import Tensor

from evo.errors import BadInput
from evo.export.exported import Exported
from genomes.genes.registry import Registry, suggest

FORMATS = Registry("export format", "evo.export.formats")

Program = Callable[[Tensor], Tensor]  # inputs (N, ...) to readable outputs (N, ...)


@dataclass(frozen=True)
class ExportFormat:
    """One format, loaded by name."""

    name: str
    file_name: str
    write: Callable[[Exported, Path], None]
    program: Callable[[Path], Program] | None = None
    exact: bool = True
    by_request: bool = False
    needs: tuple[str, ...] = ()
    extra: str = ""
    describes: bool = False

    @classmethod
    def load(cls, name: str) -> ExportFormat:
        """Load a format; raise `UnknownName` with the nearest name if there is none."""
        module = FORMATS.load(name)
        return cls(
            name=name,
            file_name=module.FILE_NAME,
            write=module.write,
            program=getattr(module, "program", None),
            exact=getattr(module, "EXACT", True),
            by_request=getattr(module, "BY_REQUEST", False),
            needs=getattr(module, "NEEDS", ()),
            extra=getattr(module, "EXTRA", ""),
            describes=getattr(module, "DESCRIBES", False),
        )

    def fact(self, what: str) -> str:
        """Return the name under which the card has a figure of this format: `onnx_bytes`."""
        return "_".join(filter(None, (self.name.replace("-", "_"), what)))


def chosen_formats(asked: Sequence[str] = ()) -> list[ExportFormat]:
    """Return the formats that every export has, and those that are asked for, by name.

    Raises `BadInput` for a name that no format has, or whose packages are not installed.
    """
    known = {name: ExportFormat.load(name) for name in FORMATS.names()}
    further = [name for name, one in known.items() if one.by_request]
    for name in asked:
        if name not in known:
            raise BadInput(f"--format: {suggest('format', name, further)}")
        one = known[name]
        if lacking := [package for package in one.needs if not find_spec(package)]:
            brings = f"; pip install 'evo-nas[{one.extra}]' brings them" if one.extra else ""
            raise BadInput(
                f"--format {name} needs {', '.join(lacking)}, not installed here{brings}"
            )
    return [one for one in known.values() if not one.by_request or one.name in asked]
