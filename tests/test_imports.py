"""Who may import whom: the direction of design.md, read from the sources; and what loads at start.

Imports inside functions count too: the direction is about knowledge, not about time.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# package -> the packages of ours that it may import
ARROWS = {
    "genomes": {"genomes"},
    "fitness": {"fitness", "genomes"},
    "runners": {"runners", "fitness", "genomes"},
    "evo": {"evo", "runners", "fitness", "genomes"},
}
# A room is a package, or a module directly under evo, fitness or genomes. It may import itself and
# the rooms above it, wherever in its files the import stands.
ORDER = """
genomes genomes.genes genomes.graph genomes.chromosomes genomes.layout
genomes.modules genomes.architectures genomes.mechanisms genomes.networks genomes.operations
genomes.importing

fitness fitness.plugins fitness.stages fitness.seeds fitness.logistic fitness.target fitness.metric
fitness.metrics fitness.data.splitting fitness.data.inputs fitness.data fitness.data.tables
fitness.targets fitness.tasks
fitness.data.loaders
fitness.regimen fitness.evaluation fitness.activation_probe fitness.baselines
fitness.stress fitness.stress.corruptions
fitness.objective fitness.objectives
fitness.criteria fitness.curves fitness.silencing fitness.training fitness.training.schedules
fitness.credit
fitness.proxies fitness.prediction fitness.prediction.predictors fitness.evaluators

runners

evo.version evo.namesakes evo.monitoring
evo.errors evo.files evo.text evo.pareto evo.strategy evo.breeding
evo.strategies evo.record evo.storage evo.engine evo.loggers evo.settings evo.problems
evo.findings evo.plots evo.running evo.sweeps evo.report evo.packing evo.compare evo.lineage
evo.export evo.export.formats evo.evaluation evo.evaluation.reports evo.stress evo.generation
evo.watch evo.template evo.terminal
evo.python evo.cli evo evo.template.files
"""
ROOMS = ORDER.split()
BARE = {"evo", "fitness", "genomes"}  # what is directly under them is a room each
REGISTRIES = {  # rooms of registered files: others load these by name and import none
    "evo.evaluation.reports",
    "evo.export.formats",
    "evo.loggers",
    "evo.strategies",
    "fitness.credit",
    "fitness.criteria",
    "fitness.curves",
    "fitness.data.loaders",
    "fitness.metrics",
    "fitness.objectives",
    "fitness.prediction.predictors",
    "fitness.proxies",
    "fitness.stress.corruptions",
    "fitness.tasks",
    "fitness.training.schedules",
    "genomes.architectures",
    "genomes.mechanisms",
    "genomes.modules",
    "genomes.operations",
}
MOST_MODULES = 22  # of one folder, unless its files are alike and found by their names
# Who may import these third parties (paths that start so); everybody else may not.
ALLOWED = {
    "deap": {
        "evo/breeding/operators.py",
        "evo/findings/logbook.py",
        "evo/pareto/fitness.py",
        "genomes/genes/expression.py",
    },
    "ray": {"runners/ray_cluster.py", "runners/ray_worker.py"},
    "typer": {"evo/cli/"},
    "rich": {
        "evo/cli/",
        "evo/terminal/",
        "evo/python/run_progress.py",
        "evo/python/search_progress.py",
        "evo/python/sweep_run.py",
    },
    "matplotlib": {
        "evo/compare/figures.py",
        "evo/evaluation/",
        "evo/generation/heat_map.py",
        "evo/lineage/figure.py",
        "evo/plots/",
        "evo/python/",
        "evo/stress/figures.py",
        "evo/sweeps/figures.py",
        "evo/template/files/plot.py",
    },
    "plotly": {"evo/report/"},
    "fsspec": {"evo/storage/places.py"},
    "tensorboardX": {"evo/loggers/"},
    "mlflow": {"evo/loggers/"},
}
# Torch in genomes: to build, run, initialise, inherit and shrink networks. Operations import it,
# and what comes of torch, where a module is made.
TORCH_IN_GENOMES = ("genomes/networks/", "genomes/operations/", "genomes/importing/")
HEAVY = {"torch", "ray", "pandas", "matplotlib", "plotly", "sklearn", "deap", "scipy", "moocore"}
SOURCES = sorted(path for package in ARROWS for path in (ROOT / package).rglob("*.py"))


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the dotted names of all that a source imports, anywhere in it."""
    return frozenset(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; write the whole name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def label(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_sources_are_found() -> None:
    assert {label(path).split("/")[0] for path in SOURCES} == set(ARROWS)


def test_packages_import_along_the_arrows() -> None:
    """Find what a package imports of one that it must not know."""
    against = {
        label(path): ours - ARROWS[label(path).split("/")[0]]
        for path in SOURCES
        if (ours := roots(path) & set(ARROWS))
    }
    assert {path: found for path, found in against.items() if found} == {}


@pytest.mark.parametrize("package", ALLOWED)
def test_third_parties_stay_in_their_place(package: str) -> None:
    using = [label(path) for path in SOURCES if package in roots(path)]
    assert using
    assert [path for path in using if not path.startswith(tuple(ALLOWED[package]))] == []


def test_genomes_import_torch_to_run_and_to_read_networks_only() -> None:
    using = {label(p) for p in SOURCES if label(p).startswith("genomes/") and "torch" in roots(p)}
    assert {name for name in using if not name.startswith(TORCH_IN_GENOMES)} == set()


def test_operations_load_torch_when_a_module_is_made_not_before() -> None:
    program = (
        "from genomes.graph.operation import OPERATIONS\n"
        "for name in OPERATIONS.names(): OPERATIONS.load(name)"
    )
    assert "torch" not in loaded_by(program)


def test_no_module_imports_itself_through_others() -> None:
    """Find a cycle of imports at module level, if there is one."""
    names = {label(path).removesuffix(".py").replace("/", "."): path for path in SOURCES}
    graph = {
        name: {target for target in _targets(path, names) if target != name}
        for name, path in names.items()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for target in sorted(graph[name]):
                visit(target, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def _targets(path: Path, names: dict[str, Path]) -> set[str]:
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                found.add(submodule if submodule in names else str(node.module))
    return {name for name in found if name in names}


def room_of(module: str) -> str:
    """Return the longest name of a room that a module's dotted name begins with."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        room = ".".join(parts[:length])
        if room in ROOMS and (room == module or room not in BARE):
            return room
    raise AssertionError(f"{module} is in no room; give it one, or a line in ROOMS")


def modules() -> dict[str, Path]:
    """Return every source by its dotted name."""
    names = {label(path).removesuffix(".py").replace("/", "."): path for path in SOURCES}
    return {name.removesuffix(".__init__"): path for name, path in names.items()}


def imported_modules(path: Path) -> set[str]:
    """Return which modules of ours a source imports, anywhere in it."""
    ours = {name for name in imports(path) if name.split(".")[0] in ARROWS}
    return {name if name in MODULES else name.rpartition(".")[0] for name in ours}


MODULES = modules()
PACKAGES = {name: path for name, path in MODULES.items() if path.name == "__init__.py"}


def test_rooms_import_the_rooms_above_them() -> None:
    """Find a module that imports what lies in a room below its own."""
    below = {}
    for name, path in MODULES.items():
        above = ROOMS[: ROOMS.index(room_of(name)) + 1]
        below[name] = {one for one in imported_modules(path) if room_of(one) not in above}
    assert {name: found for name, found in below.items() if found} == {}


def test_registered_files_are_loaded_by_name_alone() -> None:
    """Find a module that imports a registered file, in place of loading it by its registry."""
    named = {}
    for name, path in MODULES.items():
        others = REGISTRIES - {room_of(name)}
        named[name] = {one for one in imported_modules(path) if room_of(one) in others}
    assert {name: found for name, found in named.items() if found} == {}


@pytest.mark.parametrize("package", sorted(REGISTRIES))
def test_a_registry_folder_holds_registered_files_only(package: str) -> None:
    tree = ast.parse(PACKAGES[package].read_text(encoding="utf-8"))
    assert len(tree.body) == 1, f"{package}/__init__.py holds more than its docstring"
    folder = PACKAGES[package].parent
    inside = {path.name for path in folder.iterdir()} - {"__pycache__"}
    assert {name for name in inside if not name.endswith(".py")} == set()


def test_every_room_exists_once() -> None:
    assert len(set(ROOMS)) == len(ROOMS)
    assert set(ROOMS) <= set(MODULES)
    assert set(ROOMS) >= REGISTRIES


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    """Find a folder of more modules than that, or one that does not say what lives there."""
    for package, path in PACKAGES.items():
        beside = [file for file in path.parent.glob("*.py") if file != path]
        assert package in REGISTRIES or len(beside) <= MOST_MODULES, f"{label(path)} is full"
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        assert len(docstring.split()) >= 5, f"{label(path)} does not say what lives there"


def loaded_by(program: str) -> set[str]:
    """Run a program in a fresh Python; return the top-level packages it has loaded."""
    listing = "\nimport sys; print(' '.join(sorted({m.split('.')[0] for m in sys.modules})))"
    result = subprocess.run(
        [sys.executable, "-c", program + listing],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(result.stdout.splitlines()[-1].split())


def test_importing_evo_loads_nothing_heavy() -> None:
    assert not loaded_by("import evo") & (HEAVY | {"pydantic", "rich", "typer"})


def test_no_module_has_the_name_of_a_public_object() -> None:
    """Find a module that would put itself in an object's place as soon as it is imported."""
    import evo

    assert not {path.stem for path in (ROOT / "evo").glob("*.py")} & set(evo.__all__)


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['evo', '--help']\n"
        "from evo.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 0"
    )
    assert not loaded_by(program) & (HEAVY | {"numpy", "pydantic"})


REGISTRIES_AT_START = (
    "fitness.data.task_names.TASKS",
    "genomes.graph.operation.OPERATIONS",
    "evo.strategy.STRATEGIES",
    "evo.engine.logger.LOGGERS",
    "genomes.chromosomes.space.FAMILIES",
    "genomes.layout.module_layout.MODULES",
    "fitness.silencing.pruning_plan.CURVES",
    "fitness.silencing.pruning_plan.CRITERIA",
    "fitness.prediction.surrogate.PREDICTORS",
)


def test_listing_registered_names_loads_neither_torch_nor_ray() -> None:
    lines = []
    for registry in REGISTRIES_AT_START:
        module, name = registry.rsplit(".", 1)
        lines.append(f"from {module} import {name}\nassert {name}.names()")
    assert not loaded_by("\n".join(lines)) & {"torch", "ray"}
