"""`evo compare` and `evo lineage` as people meet them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evo.cli import main
from evo.cli.comparing import letter
from tests.evo.recorded_runs import write_run

Evo = Callable[..., tuple[int, str, str]]


@pytest.fixture
def evo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Evo:
    """Call the command line beside a folder results/ with two groups of two runs."""
    monkeypatch.chdir(tmp_path)
    adults = [(100.0, 0.25, (0.9, 0.5, 1000.0)), (200.0, 0.5, (0.95, 0.6, 2000.0))]
    for seed in range(2):
        write_run(Path("results") / f"a{seed}", adults, seed=seed, inherit="all")
        write_run(Path("results") / f"m{seed}", adults[:1], seed=seed, inherit="marks")

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["evo", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, out, err

    return call


def test_compare_prints_80_columns_and_writes_a_folder(evo: Evo) -> None:
    code, out, _ = evo("compare", "a0", "a1", "m0", "m1")
    assert code == 0
    assert max(map(len, out.splitlines()[:-1])) <= 80
    lines = {" ".join(line.split()) for line in out.splitlines()}
    assert {"A inherit=all", "B inherit=marks"} <= lines
    assert "After 100 epochs, medians of the runs" in lines
    assert "A 2 0.2500 0.2500–0.2500 90.00 % 100 M 50 s" in lines
    assert "A over B +0.0000 0.50 1 1 –" in lines
    assert "Too few runs to conclude anything: the smallest group has 2;" in out
    page = Path("results/compare-inherit=all-vs-inherit=marks/compare.html")
    assert out.endswith(f"Tables, figures and all of it on one page: {page}\n")
    assert page.read_text(encoding="utf-8").count("<svg") == 2


def test_compare_never_overwrites_unasked(evo: Evo) -> None:
    arguments = ("compare", "all=results/a0", "m0", "--output", "there")
    assert evo(*arguments)[0] == 0
    code, out, err = evo(*arguments)
    assert (code, out) == (2, "")
    assert "there exists already" in err
    assert evo(*arguments, "--overwrite")[0] == 0


def test_what_does_not_compare_gives_2(evo: Evo) -> None:
    write_run(Path("results/other"), [(1.0, 0.1, (0.9, 0.5, 1.0))], task="fashion-mnist")
    code, _, err = evo("compare", "a0", "other")
    assert code == 2
    assert "their tasks differ: digits there, fashion-mnist here" in err
    assert not Path("results/compare-digits").exists()


def test_lineage_prints_and_draws(evo: Evo) -> None:
    code, out, _ = evo("lineage", "a0", "m002-000", "--depth", "2", "--output", "tree.svg")
    assert code == 0
    assert out.startswith(
        "m002-000, generation 2: 95.0 %, 60.0 % active ratio, on the front, founder\n"
    )
    assert "no children" in out
    assert "The family tree: tree.svg; what it shows as a table: tree.csv" in out
    assert "</svg>" in Path("tree.svg").read_text(encoding="utf-8")
    assert Path("tree.csv").read_text(encoding="utf-8").startswith("genome,generation,row,")
    code, _, err = evo("lineage", "a0", "m002-000", "--output", "tree.svg")
    assert code == 2
    assert "tree.svg exists already" in err
    Path("tree.svg").unlink()
    code, _, err = evo("lineage", "a0", "m002-000", "--output", "tree.svg")
    assert (code, "tree.csv exists already" in err) == (2, True)


def test_lineage_of_an_unknown_genome_gives_2_and_the_nearest(evo: Evo) -> None:
    code, _, err = evo("lineage", "a0", "m02-000")
    assert code == 2
    assert "unknown genome 'm02-000'. Did you mean 'm002-000'?" in err


def test_groups_have_letters() -> None:
    assert [letter(n) for n in (0, 25, 26, 53)] == ["A", "Z", "A1", "B2"]
