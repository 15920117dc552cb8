"""Draw the runs named in `labels`: python plot.py

Reads `run_i/final_info.json` and `run_i/all_results.npy`, writes a few PNGs beside this file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

# Folder of a run: what it is called in the figures. Only these are drawn, in this order.
labels = {
    "run_0": "Baseline",
}

Rows = npt.NDArray[Any]
HERE = Path(__file__).resolve().parent
# The colours of Okabe and Ito, which the colour-blind tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# Column of all_results.npy: name of the axis.
CURVES = {"hypervolume": "hypervolume", "best_metric": "best so far, on validation data"}
# Figure of final_info.json: name of the axis; before them stands what the metric is on test data.
FINAL = {
    "exported_active_parameters": "its active parameters",
    "hypervolume": "hypervolume",
    "seconds": "seconds a seed",
}
TEST = "exported_test_"  # in final_info.json the name of the metric follows


def read(folder: Path) -> tuple[dict[str, Any], Rows]:
    """Return final_info.json and the rows of all_results.npy."""
    info = json.loads((folder / "final_info.json").read_text(encoding="utf-8"))
    return info, np.load(folder / "all_results.npy", allow_pickle=False)


def draw_curves(dataset: str, runs: dict[str, Rows], column: str, path: Path) -> None:
    """Draw a figure over the epochs spent: every seed faint, their mean strong."""
    figure, axes = plt.subplots(figsize=(7.5, 4.8), layout="constrained")
    for number, (run, rows) in enumerate(runs.items()):
        colour = COLOURS[number % len(COLOURS)]
        of_dataset = rows[rows["dataset"] == dataset]
        seeds = [of_dataset[of_dataset["seed"] == s] for s in np.unique(of_dataset["seed"])]
        for seed in seeds:
            epochs, values = seed["epochs_spent"], seed[column]
            axes.step(epochs, values, where="post", color=colour, alpha=0.25, lw=1)
        draw_mean(axes, seeds, column, colour, labels[run])
    axes.set(xlabel="epochs of training spent", ylabel=CURVES[column], title=dataset)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", frameon=False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def draw_mean(axes: Axes, seeds: list[Rows], column: str, colour: str, label: str) -> None:
    """Draw the mean of the seeds over the epochs that all of them have spent."""
    first = max(seed["epochs_spent"][0] for seed in seeds)
    last = min(seed["epochs_spent"][-1] for seed in seeds)
    epochs = np.unique(np.concatenate([seed["epochs_spent"] for seed in seeds]))
    epochs = epochs[(epochs >= first) & (epochs <= last)]
    held = [  # a search holds its value from one generation to the next
        seed[column][np.searchsorted(seed["epochs_spent"], epochs, side="right") - 1]
        for seed in seeds
    ]
    mean = np.mean(held, axis=0)
    seeds_in_words = f"{len(seeds)} seed{'s' if len(seeds) > 1 else ''}"
    axes.step(
        epochs, mean, where="post", color=colour, lw=2.2, label=f"{label} ({seeds_in_words})"
    )


def draw_final(dataset: str, infos: dict[str, dict[str, Any]], path: Path) -> None:
    """Draw the final figures: every seed as a dot, mean and standard error as a bar."""
    shown = final_figures([info[dataset]["final_info_dict"] for info in infos.values()])
    figure, places = plt.subplots(
        1, len(shown), figsize=(3.2 * len(shown), 4.2), layout="constrained"
    )
    for place, (key, name) in zip(places, shown.items(), strict=True):
        for number, info in enumerate(infos.values()):
            found, colour = info[dataset], COLOURS[number % len(COLOURS)]
            mean = found["means"][f"{key}_mean"]
            error = found["stderrs"][f"{key}_stderr"] or 0.0  # unknown for a single seed
            place.errorbar(number, mean, error, fmt="_", color=colour, ms=22, capsize=6, lw=2)
            values = found["final_info_dict"][key]
            place.plot([number] * len(values), values, "o", color=colour, alpha=0.45, ms=5)
        place.set_xticks(range(len(infos)), [labels[run] for run in infos], rotation=20)
        place.set_xlim(-0.6, len(infos) - 0.4)
        place.set_ylabel(name)
        place.grid(axis="y", alpha=0.3)
    figure.suptitle(f"{dataset}: seeds, mean and standard error")
    figure.savefig(path, dpi=150)
    plt.close(figure)


def final_figures(found: list[dict[str, Any]]) -> dict[str, str]:
    """Return the figures that all runs have, with the names of their axes."""
    tested = [key for key in found[0] if key.startswith(TEST)]
    metrics = {
        key: f"test {key.removeprefix(TEST).replace('_', ' ')} of the exported network"
        for key in tested
        if all(key in values for values in found)
    }
    return {**metrics, **FINAL}


def main() -> None:
    """Draw every data set that all of the runs have."""
    found = {run: read(HERE / run) for run in labels if (HERE / run).is_dir()}
    for run in labels.keys() - found.keys():
        print(f"{run} is not there; left out")
    if not found:
        raise SystemExit("no run of `labels` is there; python experiment.py --out_dir run_0")
    infos = {run: info for run, (info, _) in found.items()}
    rows = {run: results for run, (_, results) in found.items()}
    for dataset in sorted(set.intersection(*(set(info) for info in infos.values()))):
        for column in CURVES:
            draw_curves(dataset, rows, column, HERE / f"{column}_{dataset}.png")
        draw_final(dataset, infos, HERE / f"final_{dataset}.png")


if __name__ == "__main__":
    main()
