"""Traces and wiring as text, and the curves that the figure of pruning reads."""

from __future__ import annotations

from pathlib import Path

from evo.findings.tables import read_tables
from evo.plots.reading import read
from evo.record.rows import TrialRow
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.settings.config import build, to_toml
from evo.terminal.traces import trace_lines
from evo.text.regulation_lines import regulation_lines
from fitness.evaluation import Epoch, Evaluation
from genomes.genes.gene import Record
from genomes.genes.genome import Genome


def epoch(number: int, **traces: float) -> Epoch:
    named = {name.replace("_at_", "."): value for name, value in traces.items()}
    return Epoch(number, 1.0, 1.0, 0.5, 1.0, 1.0, named)


def test_each_trace_is_a_line_from_first_to_last() -> None:
    curve = [
        epoch(1, sparsity_at_0=0.0, expression_at_1=0.25, open_block0_heads=1.0),
        epoch(2, sparsity_at_0=0.1, expression_at_1=0.5, open_block0_heads=0.5),
        epoch(3, sparsity_at_0=0.5, open_block0_heads=0.0),
    ]
    assert trace_lines(curve) == [
        "",
        "by epoch",
        "  sparsity 0             ▁▂█ 0.0 % to 50.0 %",
        "  expression 1           ▁█  0.25 to 0.5",
        "  open block0 heads      █▅▁ 100.0 % to 0.0 %",
    ]
    assert trace_lines([epoch(1)]) == []


def test_wiring_names_what_acts_on_each_gene() -> None:
    rates = {"basal": 0.12, "decay": 1.5, "half_saturation": 0.2, "hill": 3.0}
    first = Record(rates, inputs=(0.0, 0.8, 1.0, 1.0), promoters=(-0.4, 0.0, 0.02))
    second = Record(rates, inputs=(-0.5, 0.0, 0.0, 0.0), promoters=(0.0, 0.0, 0.9))
    assert regulation_lines(Record(network=(first, second), readout=(0, 3, 2))) == [
        "gene 0: 0.12 + 0.8 gene 1 - 0.4 loss; decay 1.5, K 0.2, n 3",
        "gene 1: 0.12 - 0.5 gene 0 + 0.9 gradient; decay 1.5, K 0.2, n 3",
        "stages read genes 0, 1, 0",
    ]


def test_figures_read_whole_trainings_also_of_those_who_share_one(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "mine")
    one, twin, other = (Genome(name, "male", Record()) for name in ("one", "twin", "other"))
    end = {"accuracy": 0.7, "active_ratio": 0.5}
    young = Evaluation("ka-0001", "one", "ka", 0, 1, "ok", "", (epoch(1, sparsity_at_0=0.0),))
    old = Evaluation("ka-0002", "one", "ka", 1, 2, "ok", "", (epoch(2, sparsity_at_0=0.4),), end)
    unseen = Evaluation("kb-0002", "other", "kb", 0, 2, "ok", "", (epoch(1),), end)
    with Store.create(folder.database) as store:
        store.add_genomes(1, [one, twin, other])
        store.add_evaluation(young, "juvenile")
        store.add_evaluation(old, "adult")
        store.add_evaluation(unseen, "adult")
        jobs = {"twin": "ka-0002", "other": "kb-0002"}
        store.add_trials([TrialRow(1, 0, name, "adult", job) for name, job in jobs.items()])
    given = {"objectives": ("accuracy",), "reference_point": {"accuracy": 0.1}}
    folder.write_config(to_toml(build(given)))
    curves = read(read_tables(folder.path)).curves.dropna(subset=["sparsity.0"])
    assert curves[["genome", "epoch", "sparsity.0"]].to_numpy().tolist() == [
        ["twin", 1, 0.0],
        ["twin", 2, 0.4],
    ]
