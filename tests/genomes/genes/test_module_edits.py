"""Edits of tiny literal graphs; the same edge gives the same marking in any lineage."""

from __future__ import annotations

from genomes.genes.gene import Record
from genomes.genes.module_edits import (
    INPUT,
    MARK,
    OUTPUT,
    Graph,
    chain,
    edges,
    first,
    linked,
    living,
    marking,
    merged,
    removed,
    rewired,
    split,
    unlinked,
)

GENES = Record(kind="conv")


def graph(**inputs: str) -> Graph:
    """Write a graph: who reads whom, by letters."""
    return tuple(
        Record(id=name, inputs=tuple(read.split()), kind=name) for name, read in inputs.items()
    )


def read(found: Graph | None) -> dict[str, str]:
    assert found is not None
    return {module["id"]: " ".join(module["inputs"]) for module in found}


def test_a_marking_is_of_its_edge_alone_and_unique_in_a_graph() -> None:
    one = marking("input", "output")
    assert MARK.fullmatch(one)
    assert one == marking("input", "output")
    assert one != marking("output", "input")
    again = marking("input", "output", [one])
    assert again != one
    assert marking("input", "output", [one, again]) not in (one, again)


def test_two_lineages_that_split_the_same_edge_have_the_same_module() -> None:
    start = chain([GENES, GENES])
    a, b = (module["id"] for module in start)
    left = split(start, a, b, GENES)
    right = split(split(start, b, OUTPUT, GENES), a, b, Record(kind="dense"))
    assert left[1]["id"] == right[1]["id"]
    assert right[1]["kind"] == "dense"
    assert read(left) == {a: "input", left[1]["id"]: a, b: left[1]["id"]}


def test_an_edge_that_is_split_again_gives_another_module() -> None:
    start = chain([GENES, GENES])
    a, b = (module["id"] for module in start)
    twice = split(linked(split(start, a, b, GENES), a, b), a, b, GENES)
    assert len({module["id"] for module in twice}) == 4


def test_a_chain_is_what_growing_at_the_end_gives() -> None:
    one = first(GENES)
    assert read(one) == {marking(INPUT, OUTPUT): "input"}
    assert split(one, one[0]["id"], OUTPUT, GENES) == chain([GENES, GENES])


def test_edges_lead_to_the_output() -> None:
    assert edges(graph(a="input", b="input a")) == [
        ("input", "a"), ("input", "b"), ("a", "b"), ("b", "output")
    ]  # fmt: skip


def test_a_module_on_one_of_several_edges_takes_its_place() -> None:
    found = split(graph(a="input", b="input a"), INPUT, "b", GENES)
    new = found[1]["id"]
    assert read(found) == {"a": "input", new: "input", "b": f"{new} a"}


def test_links_come_and_go() -> None:
    start = graph(a="input", b="a", c="b")
    more = linked(start, "a", "c")
    assert read(more) == {"a": "input", "b": "a", "c": "b a"}
    assert unlinked(more, "a", "c") == start
    assert read(unlinked(more, "b", "c")) == {"a": "input", "c": "a"}
    assert read(rewired(more, "c", "b", INPUT)) == {"a": "input", "c": "input a"}


def test_readers_of_what_is_removed_read_what_it_read() -> None:
    start = graph(a="input", b="input", c="a b", d="c a")
    assert read(removed(start, "c", 3)) == {"a": "input", "b": "input", "d": "a b"}
    assert read(removed(start, "c", 1)) == {"a": "input", "d": "a"}
    assert read(removed(start, "a", 3)) == {"b": "input", "c": "input b", "d": "c input"}


def test_without_the_last_module_the_latest_it_read_gives_the_output() -> None:
    assert read(removed(graph(a="input", b="a", c="a", d="b a"), "d", 3)) == {
        "a": "input",
        "b": "a",
    }
    assert removed(graph(a="input"), "a", 3) is None


def test_what_leads_nowhere_goes() -> None:
    start = graph(a="input", b="a", c="b", d="a")
    assert read(living(start, "d")) == {"a": "input", "d": "a"}
    assert living(start, "c") == start[:3]


def test_orders_are_merged_so_that_inputs_come_first() -> None:
    a = graph(x="input", y="x")
    b = graph(y="input", z="y", w="z input")
    assert merged(a, b) == ["x", "y", "z", "w"]
    assert merged(a, a) == ["x", "y"]
    assert merged(graph(x="input", y="x"), graph(x="input", s="x", y="s")) == ["x", "s", "y"]
