"""Genomes and spaces: expression by sex, JSON, pins and their messages."""

from __future__ import annotations

import json
import random

import pytest

from genomes.genes.gene import (
    Choice,
    Conditional,
    Fixed,
    Integer,
    ListOf,
    Real,
    Record,
    Struct,
    canonical,
)
from genomes.genes.genome import Genome, Space, digest

SPACE = Space(
    {
        "architecture": Struct(
            {
                "layers": ListOf(
                    Struct({"width": Integer(1, 9), "block": Choice(("a", "b"))}), 1, 3
                ),
                "dropout": Real(0.0, 0.5),
            }
        ),
        "pruning": Struct({"final_sparsity": ListOf(Real(0.0, 0.9), 2, 2)}),
        "predictor": Struct({"kind": Choice(("ridge", "forest"))}),
    }
)


def test_sex_decides_what_is_expressed() -> None:
    rng = random.Random(0)
    assert set(SPACE.sample("a", "male", rng).expressed()) == {"architecture", "pruning"}
    assert set(SPACE.sample("b", "female", rng).expressed()) == {"predictor"}
    with pytest.raises(ValueError, match="'neither', expected male or female"):
        Genome("c", "neither", Record())  # type: ignore[arg-type]


def test_json_round_trip_gives_an_equal_genome() -> None:
    genome = SPACE.sample("a", "male", random.Random(1))
    born = Genome("b", "male", genome.chromosomes, ("m", "f"), Record(marks=("1010",)))
    twin = Genome.from_json(json.loads(json.dumps(born.to_json())))
    assert twin == born
    assert twin.short_hash() == born.short_hash()
    assert SPACE.check(twin) == born


def test_text_is_the_json_of_a_genome() -> None:
    genome = Genome(
        'a "quoted" id', "female", Record(x=Record(b=1, a=(2.5, "ü"))), ("m", "\\f"),
        Record(marks=("10",)),
    )  # fmt: skip
    assert genome.text() == canonical(genome.to_json())
    assert Genome.from_json(json.loads(genome.text())) == genome


def test_the_hash_covers_what_is_expressed_and_birth_but_no_identity() -> None:
    genome = SPACE.sample("a", "male", random.Random(1))
    other = genome.chromosomes["predictor"].replacing(kind="other")
    renamed = Genome("z", "male", genome.chromosomes.replacing(predictor=other), ("p", "q"))
    assert renamed.short_hash() == genome.short_hash()
    assert Genome("a", "male", genome.chromosomes, birth=Record(marks=())).short_hash() != (
        genome.short_hash()
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [({"format": 99}, "format 99.*reads format 1"), ({"sex": None}, "sex None")],
)
def test_other_formats_say_so(change: dict[str, object], message: str) -> None:
    data = SPACE.sample("a", "male", random.Random(1)).to_json() | change
    with pytest.raises(ValueError, match=message):
        Genome.from_json(data)


def test_a_genome_without_a_part_says_which() -> None:
    data = SPACE.sample("a", "male", random.Random(1)).to_json()
    del data["chromosomes"]
    with pytest.raises(ValueError, match="without 'chromosomes'"):
        Genome.from_json(data)


def test_check_names_the_gene_at_fault() -> None:
    genome = SPACE.sample("a", "male", random.Random(1))
    wrong = genome.chromosomes["architecture"].replacing(dropout=0.9)
    bad = Genome("a", "male", genome.chromosomes.replacing(architecture=wrong))
    with pytest.raises(ValueError, match=r"architecture: dropout: received 0\.9"):
        SPACE.check(bad)


def test_pins_fix_genes_also_within_lists_and_narrow_choices() -> None:
    pinned = SPACE.pin(
        {"architecture.layers.width": 4, "pruning.final_sparsity": 0, "predictor.kind": "ridge"}
    )
    rng = random.Random(0)
    for _ in range(20):
        genome = pinned.sample("a", "male", rng)
        layers = genome.chromosomes["architecture"]["layers"]
        assert {layer["width"] for layer in layers} == {4}
        assert genome.chromosomes["pruning"]["final_sparsity"] == (0.0, 0.0)
        assert genome.chromosomes["predictor"] == {"kind": "ridge"}
    narrowed = SPACE.pin({"architecture.layers.block": ["b"]})
    layer = narrowed.chromosomes["architecture"].fields["layers"].gene
    assert layer.fields["block"] == Choice(("b",))
    assert SPACE.pin({"pruning.final_sparsity": [0.1, 0.2]}).chromosomes["pruning"].fields[
        "final_sparsity"
    ] == Fixed((0.1, 0.2))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("architecture.dropuot", 0.1, r"Did you mean 'architecture\.dropout'"),
        ("architecture", 1, "unknown gene"),
        ("architecture.dropout", 0.7, r"cannot pin architecture\.dropout: received 0\.7"),
        ("architecture.dropout.more", 1, "unknown gene"),
        ("pruning.final_sparsity", 2, "cannot pin"),
        ("predictor.kind", "tree", "expected one of ridge, forest"),
    ],
)
def test_bad_pins_are_explained(name: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SPACE.pin({name: value})


def test_every_gene_name_can_be_pinned_to_what_it_draws() -> None:
    chromosomes = SPACE.sample("a", "male", random.Random(0)).chromosomes
    names = list(SPACE.gene_names())
    assert "architecture.layers.width" in names
    assert "pruning.final_sparsity" in names
    for name in names:
        value: object = chromosomes
        for part in name.split("."):
            first = value[0] if isinstance(value, tuple) else value
            value = first[part]  # type: ignore[index]
        SPACE.pin({name: value})


def test_canonical_form_ignores_the_order_of_names() -> None:
    assert canonical({"b": (1, 2), "a": None}) == '{"a":null,"b":[1,2]}'
    assert digest({"b": 1, "a": 2}, 3) == digest({"a": 2, "b": 1}, 3)
    assert digest("ab", "c") != digest("a", "bc")
    assert len(digest(1)) == 16


def test_a_conditional_gene_is_pinned_where_it_acts() -> None:
    momentum = Conditional(Real(0.5, 0.99), {"optimizer": "sgd"})
    space = Space({"training": Struct({"optimizer": Choice(("sgd", "adam")), "m": momentum})})
    assert set(space.gene_names()) == {"training.optimizer", "training.m"}
    pinned = space.pin({"training.m": 0.9})
    rng = random.Random(0)
    drawn = {pinned.sample("a", "male", rng).chromosomes["training"] for _ in range(30)}
    assert drawn == {Record(optimizer="sgd", m=0.9), Record(optimizer="adam", m=None)}
    with pytest.raises(ValueError, match=r"cannot pin training\.m: received 3"):
        space.pin({"training.m": 3})


def test_a_pattern_pins_every_gene_that_it_matches() -> None:
    pinned = SPACE.pin({"architecture.*.block": "b", "architecture.*.colour": "red"})
    for seed in range(9):
        layers = pinned.sample("a", "male", random.Random(seed)).chromosomes["architecture"]
        assert {layer["block"] for layer in layers["layers"]} == {"b"}
    assert SPACE.pin({"architecture.*.colour": "red"}) == SPACE
    assert SPACE.pin({"*.width": 3, "architecture.layers.width": 5}) == SPACE.pin(
        {"architecture.layers.width": 5}
    )
    with pytest.raises(ValueError, match=r"cannot pin architecture.layers.block: received 'c'"):
        SPACE.pin({"architecture.*.block": "c"})
