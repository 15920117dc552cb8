"""The study of mechanisms: pairs differ in one mechanism alone, and what is finished is kept."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from benchmarks import mechanisms
from benchmarks.efficiency.study import add_line
from benchmarks.mechanisms import (
    USUAL,
    carry_out,
    changed,
    in_networks,
    pair,
    search_report,
    train,
)
from evo.settings.config import build
from genomes.chromosomes.mechanism_registry import MECHANISMS, usual


def flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """List single values by dotted name; those of the items of a list end in the item's number."""
    if isinstance(value, tuple) and value and isinstance(value[0], dict):
        items = [flat(item, prefix) for item in value]
        return {f"{name} {at}": v for at, item in enumerate(items) for name, v in item.items()}
    if not isinstance(value, dict):
        return {prefix: value}
    leaves = [flat(inner, f"{prefix}.{name}".strip(".")) for name, inner in value.items()]
    return {name: leaf for part in leaves for name, leaf in part.items()}


def test_what_acts_in_females_or_in_texts_alone_makes_no_pair_of_networks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not {"varied-predictors", "context-control"} & {*in_networks()}
    assert {"marks", "pruning", "teaching"} <= {*in_networks()}
    monkeypatch.setattr(mechanisms, "DRAWS", 3)
    with pytest.raises(ValueError, match="3 networks were drawn, and context-control acted in"):
        pair("context-control", 0)


@pytest.mark.parametrize("name", in_networks())
def test_a_pair_differs_in_the_mechanism_alone(name: str) -> None:
    drawn, plain = pair(name, 0)
    assert pair(name, 0) == (drawn, plain)
    one, two = flat(drawn.chromosomes), flat(plain.chromosomes)
    differing = {gene for gene in {*one, *two} if one.get(gene) != two.get(gene)}
    off = [f"{pattern}*" for pattern in MECHANISMS.load(name).OFF]
    own = {gene for gene in differing if any(fnmatch(gene, pattern) for pattern in off)}
    assert own
    # Genes that act under a condition come and go with it.
    others = differing - own
    assert all(one.get(gene) is None or two.get(gene) is None for gene in others)


@pytest.mark.slow
def test_both_of_a_pair_are_trained_from_the_same_seed() -> None:
    row = train(("pruning", 1))
    assert {part["status"] for part in row.values()} == {"ok"}
    assert row["with"]["active"] < row["without"]["active"]


def test_variants_have_one_mechanism_more_or_less() -> None:
    assert changed(USUAL) == {}
    for name in MECHANISMS.names():
        config = build(changed(name))
        assert set(config.mechanisms or ()) ^ set(usual()) == {name}


def test_the_report_says_whom_a_mechanism_beats() -> None:
    rows = {
        (name, seed): {"hypervolume": worth + seed / 100, "half": worth / 2, "accuracy": 0.9}
        for name, worth in ((USUAL, 0.5), ("pruning", 0.2))
        for seed in range(4)
    }
    last = search_report(rows, ["pruning"], 4).splitlines()[-1]
    assert last.split()[:2] == ["without", "pruning"]
    assert last.split()[-2] == "1.00"  # the usual has it, and is better


def test_what_is_finished_is_not_done_again(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('["a", 0, {"x": 1}]\n["b", 0, {"x"', encoding="utf-8")  # the last was cut off
    assert carry_out(len, [("a", 0)], file, 1) == {("a", 0): {"x": 1}}  # type: ignore[arg-type]
    add_line(file, '["c", 2, {"y": 3}]')
    assert dict(mechanisms._read(file)) == {("a", 0): {"x": 1}, ("c", 2): {"y": 3}}
