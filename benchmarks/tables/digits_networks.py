"""A table of 2,160 small networks, each trained in full on `digits`, epoch by epoch.

For search strategies with two fidelities: what a search asks for is looked up, which takes no
time, and the best possible front is known. Every network of the space is there, trained once by
`make_digits_networks.py` with evo's own evaluator. The schedules of learning rate and pruning span
all epochs, so the first epochs of a curve are those of the full training.

    import evo
    from benchmarks.tables.digits_networks import OBJECTIVES, REFERENCE, DigitsNetworks

    table = DigitsNetworks()
    result = evo.search(
        table.space(),
        table.evaluate,
        costs=table.costs,
        objectives=OBJECTIVES,
        reference=REFERENCE,
        epochs=(4, table.epochs),
        budget_epochs=3000,
    )
    print(result.hypervolume / table.best_hypervolume())

`python benchmarks/tables/digits_networks.py` prints what the table is like. Reading it needs no
torch; `make_digits_networks.expressed` says which networks the parameters describe.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import kendalltau  # type: ignore[import-untyped]

sys.path.insert(0, str(Path(__file__).parents[2]))

import evo
from evo.pareto.dominance import Axes, Axis
from fitness.prediction.features import known_costs

Parameters = dict[str, Any]

PATH = Path(__file__).with_suffix(".npz")
PRUNINGS = ((0.0, None), (0.3, 0.0), (0.3, 0.5), (0.6, 0.0), (0.6, 0.5))  # final sparsity, start
OPTIONS: Mapping[str, tuple[Any, ...]] = {
    "width1": (4, 6, 10, 16),
    "width2": (0, 12, 24),  # 0: there is no second stage
    "block": ("conv", "inverted", "residual"),
    "head": ("global_average", "flatten"),
    "normalisation": ("batch", "none"),
    "learning_rate": (0.01, 0.05, 0.2),
    "pruning": PRUNINGS,
}
SHAPE = tuple(len(options) for options in OPTIONS.values())
NETWORKS = int(np.prod(SHAPE))
OBJECTIVES: Mapping[str, Any] = {"accuracy": "max", "active_parameters": ("min", "log")}
REFERENCE: Mapping[str, float] = {"accuracy": 0.9, "active_parameters": 20_000.0}
AXES = Axes(
    (
        Axis("accuracy", "max", REFERENCE["accuracy"], 1.0),
        Axis("active_parameters", "min", REFERENCE["active_parameters"], 1.0, "log"),
    )
)


def space() -> dict[str, Any]:
    """Return the search space for `evo.search`; where nothing is pruned, pruning has no start."""
    sparsities = sorted({sparsity for sparsity, _ in PRUNINGS})
    starts = sorted({start for _, start in PRUNINGS if start is not None})
    genes = {name: evo.Choice(options) for name, options in OPTIONS.items() if name != "pruning"}
    return {
        **genes,
        "final_sparsity": evo.Choice(sparsities),
        "pruning_start": evo.Conditional(
            evo.Choice(starts), when={"final_sparsity": sparsities[1:]}
        ),
    }


def parameters_of(index: int) -> Parameters:
    """Return the parameters of a row: the positions of its options are the index's digits."""
    positions = np.unravel_index(index, SHAPE)
    values = {
        name: options[position]
        for (name, options), position in zip(OPTIONS.items(), positions, strict=True)
    }
    sparsity, start = values.pop("pruning")
    return {**values, "final_sparsity": sparsity, "pruning_start": start}


def index_of(parameters: Mapping[str, Any]) -> int:
    """Return the row of a network; raise ValueError for parameters outside the space."""
    values = dict(parameters)
    values["pruning"] = (values.pop("final_sparsity", None), values.pop("pruning_start", None))
    if set(values) != set(OPTIONS):
        raise ValueError(f"received parameters {sorted(parameters)}, expected {sorted(space())}")
    positions = []
    for name, options in OPTIONS.items():
        if values[name] not in options:
            raise ValueError(f"received {name}={values[name]!r}, expected one of {options}")
        positions.append(options.index(values[name]))
    return int(np.ravel_multi_index(positions, SHAPE))


class DigitsNetworks:
    """The table, read once. Accuracies up to the last are those on validation data."""

    def __init__(self, path: Path = PATH) -> None:
        """Read the table; raise ValueError if it is of another space or has gaps."""
        with np.load(path, allow_pickle=False) as file:
            self._columns: dict[str, npt.NDArray[Any]] = {name: file[name] for name in file.files}
        self.provenance: dict[str, Any] = json.loads(str(self._columns.pop("provenance")))
        self.epochs = int(self.provenance["epochs"])
        self._validated = int(self.provenance["validation_examples"])
        self._tested = int(self.provenance["test_examples"])
        options = json.loads(str(self._columns.pop("options")))
        if options != json.loads(json.dumps(OPTIONS)):
            raise ValueError(f"{path} holds the space {options}, expected {dict(OPTIONS)}")
        if not (self._columns.pop("trained").all() and len(self) == NETWORKS):
            raise ValueError(f"{path} has gaps; let make_digits_networks.py finish it")

    def __len__(self) -> int:
        return len(self._columns["right"])

    def space(self) -> dict[str, Any]:
        """Return the search space for `evo.search`."""
        return space()

    def evaluate(
        self, parameters: Parameters, epochs: int, seed: int = 0, checkpoint: Any = None
    ) -> evo.Outcome:
        """Look up a network after so many epochs; each was trained once, whatever the `seed`."""
        if not 1 <= epochs <= self.epochs:
            raise ValueError(f"received epochs={epochs}, expected 1 to {self.epochs}")
        index, last = index_of(parameters), epochs - 1
        row = {name: column[index] for name, column in self._columns.items()}
        accuracies = row["right"] / self._validated
        done = checkpoint["epoch"] if checkpoint else 0
        return evo.Outcome(
            objectives={
                "accuracy": float(accuracies[last]),
                "active_parameters": float(row["active"][last]),
            },
            curve=accuracies[:epochs].tolist(),
            features={
                "train_loss": float(row["train_loss"][last]),
                "active_ratio": float(row["active"][last] / row["dense"]),
            },
            checkpoint={"epoch": epochs},
            flops=float(row["training_flops"]) * (epochs - done) / self.epochs,
        )

    def costs(self, parameters: Parameters) -> dict[str, float]:
        """Return what is known before training, by the names that evo's predictors know.

        Counts are log10. Which channels are pruned is learnt, how many is planned: so network and
        pruning schedule determine the active parameters after the last epoch.
        """
        names = "dense", "flops", "activations", "planned_active_ratio"
        index = index_of(parameters)
        return known_costs(*(float(self._columns[name][index]) for name in names))

    def everything(self) -> pd.DataFrame:
        """Return a row a network: parameters, what came of it in the end, and its sizes."""
        columns = self._columns
        found = pd.DataFrame([parameters_of(index) for index in range(len(self))])
        return found.assign(
            accuracy=columns["right"][:, -1] / self._validated,
            active_parameters=columns["active"][:, -1].astype(float),
            test_accuracy=columns["test_right"] / self._tested,
            shrunk_parameters=columns["shrunk"].astype(int),
            dense_parameters=columns["dense"].astype(int),
            flops=columns["flops"].astype(int),
        )

    def curves(self) -> npt.NDArray[np.float64]:
        """Return the validation accuracy after each epoch, (networks, epochs)."""
        return self._columns["right"] / self._validated

    def front(self) -> pd.DataFrame:
        """Return the rows of `everything` that no other dominates, smallest network first."""
        table = self.everything()
        members = table[AXES.nondominated(_objectives(table))]
        return members.sort_values(["active_parameters"], kind="stable")

    def best_hypervolume(self) -> float:
        """Return the hypervolume of the front against `REFERENCE`, as `evo.search` states it.

        In shares of accuracy times decades of parameters.
        """
        return AXES.volume(_objectives(self.front()))


def _objectives(table: pd.DataFrame) -> list[dict[str, float]]:
    rows = table[list(AXES.names)].to_numpy().tolist()
    return [dict(zip(AXES.names, row, strict=True)) for row in rows]


def main() -> None:
    """Print how accurate the networks are, what early epochs tell of the last, and the front."""
    table = DigitsNetworks()
    curves, last = table.curves(), table.curves()[:, -1]
    better = last >= np.median(last)
    print(f"{len(table)} networks, {table.epochs} epochs; {json.dumps(table.provenance)}")
    shares = 0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0
    values = " ".join(f"{value:.3f}" for value in np.quantile(last, shares))
    print(f"accuracy, quantiles {shares}: {values}")
    for epoch in (1, 2, 4, 8, 12, 16, 20):
        tau = kendalltau(curves[:, epoch - 1], last).statistic
        upper = kendalltau(curves[better, epoch - 1], last[better]).statistic
        print(f"Kendall tau of epoch {epoch:2} with the last: {tau:.2f}; better half {upper:.2f}")
    print(f"hypervolume {table.best_hypervolume():.4f} against {dict(REFERENCE)}")
    print(table.front().drop(columns="shrunk_parameters").to_string())


if __name__ == "__main__":
    main()
