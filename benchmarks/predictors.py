"""How well does every kind of predictor predict on published measurements, and how fast is it?

Usage: python benchmarks/predictors.py --data-dir DIR [--seeds 5] [--output FILE]

DIR holds two tables, which are not part of this repository: `nas_bench_graph.npz`
(NAS-Bench-Graph, Qin et al. 2022: arrays `cora`, `citeseer`, `pubmed` (9, 9, 9, 9, 9, 4), of the
last axis validation accuracy first) and `taskset_curves.npz` (TaskSet, Metz et al. 2020: for three
problems P `P/hyperparameters` (1000, 8), `P/train_loss` and `P/valid_loss` (1000, 51)).

Part 1, candidates: learn n records of a graph network's genes, drawn at random without twins, and
rank 2000 others. Part 2, juveniles: learn 100 full curves and rank the other 900 by the loss after
the last epoch, from the first 5 or 10 of 50; the metric is exp(-validation loss), 0 where it
diverged. Figures are Kendall's tau-b, mean over seeds. All kinds learn through `Surrogate`, as
in a search, on columns and truths as normal scores unless said otherwise. Part 3: milliseconds of
CPU time to fit 150 records of 80 columns and 3 outcomes, and to predict 200.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import kendalltau

sys.path.insert(0, str(Path(__file__).parents[1]))

from fitness.evaluation import Epoch
from fitness.prediction.features import Features
from fitness.prediction.history import History
from fitness.prediction.surrogate import PREDICTORS, Surrogate, one_thread
from genomes.genes.encoding import Encoding
from genomes.genes.gene import Choice, Real, Record, Struct

Array = npt.NDArray[np.float64]
Data = tuple[list[Features], Array]
RECORDS, OTHERS = (50, 100, 200), 2000  # part 1
CURVES, EPOCHS_READ, LAST = 100, (5, 10), 50  # part 2
GRAPHS = ("cora", "citeseer", "pubmed")
GENES = Record(
    reads_genome=True, reads_costs=False, reads_pedigree=False, reads_curve=True,
    reads_shown=False, epochs_read=1, anchored=False, transform="rank", inputs="scores",
    window=max(RECORDS), ridge_penalty=30.0, pairwise=False,
    neighbours=5, genome_share=0.5, forest_trees=20, forest_depth=6,
    candidate_expression=("log_planned_parameters",), juvenile_expression=("metric_last",),
)  # fmt: skip
RAW = {"transform": "logit", "inputs": "standard"}
ALONE = {"reads_genome": False}
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "last value": {"kind": "expression", **RAW},
    "ridge, nothing scored": {"kind": "ridge", **RAW},
    "ridge, only truth scored": {"kind": "ridge", "inputs": "standard"},
    "ridge, only inputs scored": {"kind": "ridge", "transform": "logit"},
    "ridge": {"kind": "ridge"},
    "ridge, penalty 3": {"kind": "ridge", "ridge_penalty": 3.0},
    "ridge, pairwise": {"kind": "ridge", "pairwise": True},
    "rank": {"kind": "rank"},
    "rank, penalty 3": {"kind": "rank", "ridge_penalty": 3.0},
    "rank, pairwise": {"kind": "rank", "pairwise": True},
    "forest, nothing scored": {"kind": "forest", **RAW},
    "forest": {"kind": "forest"},
    "forest, 30 of depth 8": {"kind": "forest", "forest_trees": 30, "forest_depth": 8},
    "process, nothing scored": {"kind": "gaussian-process", **RAW},
    "gaussian-process": {"kind": "gaussian-process"},
    "nearest 5": {"kind": "nearest"},
    "nearest 10": {"kind": "nearest", "neighbours": 10},
    "nearest 10, genome .2": {"kind": "nearest", "neighbours": 10, "genome_share": 0.2},
    "power-law": {"kind": "power-law"},
    "power-law, curve alone": {"kind": "power-law", **ALONE},
    "ridge, curve alone": {"kind": "ridge", **ALONE},
    "rank, curve alone": {"kind": "rank", **ALONE},
    "forest, curve alone": {"kind": "forest", **ALONE},
    "process, curve alone": {"kind": "gaussian-process", **ALONE},
}
CURVE_ONLY = [name for name in VARIANTS if name.endswith("curve alone")]


def graphs(path: Path) -> dict[str, Data]:
    """Read features and validation accuracies, one of each set of isomorphic networks."""
    struct = Struct({name: Choice(tuple(range(9))) for name in ("links", "a", "b", "c", "d")})
    encoding, table = Encoding(struct), np.load(path, allow_pickle=False)
    found = {}
    for graph in GRAPHS:
        rows = table[graph].reshape(-1, 4).astype(np.float64)
        _, first = np.unique(rows, axis=0, return_index=True)
        first = np.sort(first[np.isfinite(rows[first]).all(axis=1)])
        feature_rows = [
            Features(str(i), encoding.vector(dict(zip(struct.fields, digits, strict=True))))
            for i, digits in zip(first, _digits(first), strict=True)
        ]
        found[graph] = (feature_rows, rows[first, 0])
    return found


def _digits(numbers: npt.NDArray[np.intp]) -> list[list[int]]:
    columns = np.unravel_index(numbers, (9,) * 5)
    return [list(map(int, row)) for row in zip(*columns, strict=True)]


def curves(path: Path) -> dict[str, Data]:
    """Read features with whole curves, and the metric after the last epoch."""
    table = np.load(path, allow_pickle=False)
    found = {}
    for problem in sorted({name.split("/")[0] for name in table.files if "/" in name}):
        values = table[f"{problem}/hyperparameters"]
        lows, highs = values.min(axis=0), values.max(axis=0)
        names = [str(name) for name in table["names"]]
        genes = {
            n: Real(float(low), float(high), log=True)
            for n, low, high in zip(names, lows, highs, strict=True)
        }
        encoding = Encoding(Struct(genes))
        train, valid = (
            _losses(table[f"{problem}/train_loss"]),
            _losses(table[f"{problem}/valid_loss"]),
        )
        feature_rows = [
            Features(
                f"{problem}/{i}",
                encoding.vector(dict(zip(names, map(float, values[i]), strict=True))),
                curve=tuple(
                    Epoch(
                        e,
                        float(train[i, e]),
                        float(valid[i, e]),
                        float(np.exp(-valid[i, e])),
                        1,
                        1,
                    )
                    for e in range(1, LAST + 1)
                ),
            )
            for i in range(len(values))
        ]
        found[problem] = (feature_rows, np.array([d.curve[-1].metric for d in feature_rows]))
    return found


def _losses(table: Array) -> Array:
    return np.nan_to_num(table.astype(np.float64), nan=1e6, posinf=1e6).clip(0.0, 1e6)


@dataclass(frozen=True)
class Split:
    """Records to learn from and others to rank; histories cache the features read."""

    known: History
    truths: Array
    others: History
    other_truths: Array

    @classmethod
    def draw(cls, data: Data, learnt: int, others: int, seed: int) -> Split:
        feature_rows, truths = data
        order = np.random.default_rng(seed).permutation(len(feature_rows))[: learnt + others]
        known, new = order[:learnt], order[learnt:]
        histories = [
            History([feature_rows[i] for i in rows], ("accuracy",)) for rows in (known, new)
        ]
        return cls(histories[0], truths[known], histories[1], truths[new])

    def tau(self, genes: Mapping[str, Any], seed: int) -> float:
        """Return how well a female with these genes ranks the others."""
        surrogate = Surrogate(Record({**GENES, **genes}), seed, ("accuracy",))
        surrogate.fit_juvenile(self.known, self.truths[:, None])
        predicted = surrogate.predict(self.others)[:, 0]
        return float(np.nan_to_num(kendalltau(predicted, self.other_truths).statistic))


def table(
    title: str, columns: Mapping[str, Sequence[Split]], variants: Mapping[str, Mapping[str, Any]]
) -> str:
    """Measure all variants on all columns; several splits a column."""
    lines = [title, "", f"{'':<26}" + "".join(f"{name:>14}" for name in columns) + f"{'mean':>8}"]
    for name, genes in variants.items():
        means = [
            float(np.mean([split.tau(genes, seed) for seed, split in enumerate(splits)]))
            for splits in columns.values()
        ]
        lines.append(
            f"{name:<26}" + "".join(f"{m:>14.3f}" for m in means) + f"{np.mean(means):>8.3f}"
        )
        print(lines[-1], file=sys.stderr, flush=True)
    return "\n".join(lines) + "\n"


def candidates(path: Path, seeds: int) -> str:
    """Part 1."""
    columns = {
        f"{graph} {learnt}": [Split.draw(data, learnt, OTHERS, seed) for seed in range(seeds)]
        for graph, data in graphs(path).items()
        for learnt in RECORDS
    }
    variants = {n: genes for n, genes in VARIANTS.items() if n not in CURVE_ONLY}
    title = f"1. NAS-Bench-Graph: tau with the accuracy of {OTHERS} others, from the genome"
    return table(title, columns, variants)


def juveniles(path: Path, seeds: int, epochs: int) -> str:
    """Part 2, for one number of epochs read."""
    columns = {
        problem.split("_")[1]: [
            Split.draw(data, CURVES, len(data[0]) - CURVES, seed) for seed in range(seeds)
        ]
        for problem, data in curves(path).items()
    }
    variants = {n: {**genes, "epochs_read": epochs} for n, genes in VARIANTS.items()}
    title = f"2. TaskSet: tau with the final loss of others, {CURVES} known, after {epochs} epochs"
    return table(title, columns, variants)


def speed() -> str:
    """Part 3: median CPU time of 9, so that a busy machine does not count."""
    rng = np.random.default_rng(0)
    x = np.hstack([rng.integers(0, 2, size=(350, 70)), rng.normal(size=(350, 10))])
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    y = x[:, :9] @ rng.normal(size=(9, 3)) + rng.normal(size=(350, 3))
    names = (*(f"genome.{i}" for i in range(70)), *(f"curve.{i}" for i in range(10)))
    lines = [f"{'3. CPU milliseconds':<26}{'fit':>10}{'predict':>10}{'complexity':>12}"]
    for name, changed in VARIANTS.items():
        if name in CURVE_ONLY:
            continue
        genes = Record({**GENES, **changed, "columns": names, "expression": ("curve.1",)})
        seconds = []
        for _ in range(9):
            model = PREDICTORS.load(genes["kind"]).make(genes, 0)
            with one_thread():
                times = [time.process_time()]
                model.fit(x[:150], y[:150])
                times.append(time.process_time())
                model.predict(x[150:])
                times.append(time.process_time())
            seconds.append(np.diff(times))
        fit, predict = 1e3 * np.median(seconds, axis=0)
        lines.append(f"{name:<26}{fit:>10.1f}{predict:>10.1f}{model.complexity():>12.0f}")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    parts = [
        f"python benchmarks/predictors.py --data-dir DIR --seeds {options.seeds}\n",
        candidates(options.data_dir / "nas_bench_graph.npz", options.seeds),
    ]
    curves_path = options.data_dir / "taskset_curves.npz"
    parts += [juveniles(curves_path, options.seeds, epochs) for epochs in EPOCHS_READ]
    parts.append(speed())
    text = "\n".join(parts)
    print(text)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
