"""Imports a user's own modules, which register what they add: see `genomes.genes.registry`."""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import PathFinder, SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

from genomes.genes.errors import describe

RECORD = "run.sqlite"  # what the folder of a run has
PACKAGES = ("evo", "fitness", "genomes", "runners")
LIBRARIES = ("deap", "numpy", "pandas", "pydantic", "ray", "torch")
SCRIPTS: dict[Path, ModuleType] = {}  # imported by file: workers know no module of their names
_under_way: list[Path] = []  # scripts that are being imported


@contextmanager
def folder_kept() -> Iterator[None]:
    """Run a user's code inside; whatever it does, the working directory is the same after it.

    A task is made more than once in a run, and is to find its files each time.
    """
    before = Path.cwd()
    try:
        yield
    finally:
        os.chdir(before)


def refuse_namesakes(folder: Path) -> None:
    """Raise ValueError if a file in a folder would hide from workers what they load to begin with.

    Those are evo's packages, its largest dependencies and, of Python's own library, what this
    process has loaded: a `test.py` hides nothing that is used, a `token.py` stops Python itself.
    """
    if folder == Path(__file__).resolve().parent.parent:
        return  # these are ours
    loaded = sorted(sys.stdlib_module_names & sys.modules.keys())
    kinds = {"evo's package": PACKAGES, "the package": LIBRARIES, "Python's module": loaded}
    for kind, names in kinds.items():
        for name in names:
            for file in (folder / f"{name}.py", folder / name / "__init__.py"):
                if file.is_file():
                    raise ValueError(
                        f"{file} hides {kind} {name!r} from workers, which look in the current "
                        "folder first; give it another name, or call evo from another folder"
                    )


def refuse_code_of_runs(module: str) -> None:
    """Raise ValueError for a module that lies in the folder of a run, which others may have made.

    Its config names modules, and would run what came with it. Nothing is imported here.
    """
    top, *rest = module.split(".")
    found = PathFinder.find_spec(top)
    if module in sys.modules or found is None:
        return
    places = list(found.submodule_search_locations or ())
    for place in [Path(one).joinpath(*rest) for one in places] or [Path(found.origin or ".")]:
        if folder := run_around(place):
            raise ValueError(
                f"{place} lies in the folder of a run, {folder}, where evo imports nothing; move "
                "the code out of it if you trust it"
            )


def run_around(place: Path) -> Path | None:
    """Return the folder of a run in which a path lies, or which it is; None if there is none."""
    place = place.resolve()
    return next((one for one in (place, *place.parents) if (one / RECORD).is_file()), None)


def import_here(module: str) -> ModuleType:
    """Import a user's module, looked for in the current folder too.

    Raises what it raises, and ValueError if a file there would hide one of evo's packages, or if
    it lies in the folder of a run.
    """
    # A console script does not look where it is called, and "" looks elsewhere once the working
    # directory has changed.
    look_in(Path.cwd())
    refuse_code_of_runs(module)
    with folder_kept():
        return importlib.import_module(module)


def look_in(folder: Path) -> None:
    """Let modules be found in a folder too, here and in workers; ValueError for namesakes."""
    there = str(folder) in sys.path
    if not there and run_around(folder):
        return  # nothing is looked for there, so nothing there hides anything
    refuse_namesakes(folder)
    if not there:
        sys.path.insert(0, str(folder))


def import_script(file: Path) -> ModuleType:
    """Import a file as a module that finds what lies beside it, as if the file were run.

    Its `__name__` is not `__main__`, so what it does only when run stays undone. Raises what it
    raises, ValueError as `import_here` does, FileNotFoundError if there is no such file.
    """
    if file in SCRIPTS:
        return SCRIPTS[file]
    if folder := run_around(file):
        raise ValueError(
            f"{file} lies in the folder of a run, {folder}; evo imports nothing there"
        )
    look_in(file.parent)
    name = f"script_{hashlib.sha256(str(file).encode()).hexdigest()[:12]}"
    loader = SourceFileLoader(name, str(file))
    spec = spec_from_loader(name, loader)
    assert spec is not None  # of a loader that is given, there is one
    module = sys.modules[name] = module_from_spec(spec)  # dataclasses look for it while it loads
    _under_way.append(file)
    try:
        with folder_kept():
            loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        _under_way.pop()
    SCRIPTS[file] = module
    return module


def script_under_way() -> Path | None:
    """Return the script that is being imported, None if none is."""
    return _under_way[-1] if _under_way else None


def import_plugins(modules: Sequence[str]) -> None:
    """Import the modules, looked for in the current folder too; ValueError names one that fails.

    Modules that are imported already cost nothing.
    """
    if modules:
        refuse_namesakes(Path.cwd())
    for module in modules:
        try:
            import_here(module)
        except Exception as error:  # a user's code may raise anything
            raise ValueError(f"--plugin {module}: cannot import it: {describe(error)}") from error
