"""Packs runs in which everybody grew up (`audit_share = 1`) into tables of full truths.

    printf 'audit_share = 1.0\n' > audit.toml
    evo run audit.toml --generations 30 --seed 200 --runner serial --name digits-200
    python benchmarks/truths/make.py results/digits-200 ...

Each run becomes `benchmarks/truths/NAME.npz`: of every male in order of birth his id, generation,
encoded genome, the genes of the predictor he carries, costs and pedigree as predictors saw them,
the whole learning curve, and the objectives as an adult (NaN where he failed).
`benchmarks/jury_skill.py` replays them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

import evo
from evo.record.store import Store
from evo.running.parts import Parts, prepared
from evo.settings.config import load_toml
from genomes.genes.encoding import Encoding
from genomes.genes.gene import Struct

FIELDS = ("train_loss", "validation_loss", "metric", "gradient_norm", "active_ratio")
FOLDER = Path(__file__).parent


def pack(run: Path) -> dict[str, Any]:
    """Return the arrays of a finished run."""
    tables = evo.load(run)
    folder = tables.folder
    task, config = prepared(load_toml(folder.config))
    parts = Parts.of(config, task)
    latest = folder.latest_snapshot(print)
    if latest is None:
        raise SystemExit(f"{run} has no sound snapshot; give a run that is finished")
    known = latest[1]["strategy"]["known"]
    store = Store.open(folder.database, read_only=True)
    males = [row for row in tables.genomes.itertuples() if row.sex == "male"]
    lost = [row.genome for row in males if row.genome not in known]
    if lost:
        raise SystemExit(f"{run}: {len(lost)} males are no longer in its history")
    genomes = [genome for row in males if (genome := store.find_genome(row.genome))]
    body = {n: g for n, g in parts.problem.space.chromosomes.items() if n != "predictor"}
    encoding = Encoding(Struct(body))
    costs = [parts.problem.costs(genome) for genome in genomes]
    pedigrees = [known[genome.id][0] for genome in genomes]
    names = tuple(config.objectives)
    adults = tables.adults.set_index("genome")
    return {
        "id": np.array([genome.id for genome in genomes]),
        "generation": np.array([row.generation for row in males], dtype=np.int16),
        "genome_names": np.array(encoding.names),
        "genes": np.array(encoding.genes),
        "genome": np.array([encoding.vector(g.chromosomes) for g in genomes], dtype=np.float32),
        "predictor": _text([json.dumps(g.to_json()["chromosomes"]["predictor"]) for g in genomes]),
        **_columns("costs", costs),
        **_columns("pedigree", pedigrees),
        "curve": _curves(tables, [genome.id for genome in genomes], config.stages[-1]),
        "stages": np.array(config.stages),
        "outcome_names": np.array(names),
        "outcome": np.array([_outcome(adults, g.id, names) for g in genomes]),
        "references": np.array([config.reference_point[name] for name in names]),
    }


def _columns(name: str, rows: list[Any]) -> dict[str, Any]:
    """Return dictionaries as a table (N, D) and the names of its columns."""
    names = sorted({key for row in rows for key in row})
    table = [[row.get(key, np.nan) for key in names] for row in rows]
    return {f"{name}_names": np.array(names), name: np.array(table, dtype=np.float32)}


def _curves(tables: Any, ids: list[str], epochs: int) -> Any:
    """Return learning curves (N, epochs, fields), NaN where a training had ended."""
    curves = np.full((len(ids), epochs, len(FIELDS)), np.nan, dtype=np.float32)
    places = {identity: i for i, identity in enumerate(ids)}
    for row in tables.curves.itertuples():
        if row.genome in places:
            curves[places[row.genome], row.epoch - 1] = [getattr(row, f) for f in FIELDS]
    return curves


def _outcome(adults: Any, identity: str, names: tuple[str, ...]) -> list[float]:
    if identity not in adults.index or adults.loc[identity, "status"] != "ok":
        return [float("nan")] * len(names)
    return [float(adults.loc[identity, name]) for name in names]


def _text(lines: list[str]) -> Any:
    """Return lines as one array of bytes, which compresses far better than wide strings."""
    return np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)


def main() -> None:
    for name in sys.argv[1:]:
        run = Path(name)
        file = FOLDER / f"{run.name}.npz"
        np.savez_compressed(file, **pack(run))
        print(f"{file.name}: {file.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
