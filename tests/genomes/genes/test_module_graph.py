"""The gene of a graph of modules: valid whatever happens to it, aligned by markings."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from genomes.genes.gene import Choice, Fixed, Integer, Record, Struct, freeze
from genomes.genes.genome import Space
from genomes.genes.module_edits import OUTPUT, Graph, chain, edges, linked, living, split
from genomes.genes.module_graph import ModuleGraph

GENE = ModuleGraph(Struct({"kind": Choice(tuple("abc")), "width": Integer(1, 9)}), 6, 2, 4)
A, B, C = (Record(kind=kind, width=width) for kind, width in (("a", 1), ("b", 5), ("c", 9)))


def is_valid(graph: Graph) -> bool:
    """Say it anew: known inputs, no repeats, everything leads to the last module."""
    names = ["input", *(module["id"] for module in graph)]
    earlier = all(set(m["inputs"]) <= set(names[: i + 1]) for i, m in enumerate(graph))
    single = all(1 <= len(m["inputs"]) == len(set(m["inputs"])) <= 2 for m in graph)
    read = {source for module in graph for source in module["inputs"]}
    return (
        earlier
        and single
        and len(set(names)) == len(names)
        and 2 <= len(names) <= 7
        and set(names[1:-1]) <= read
    )


def lineage(rng: random.Random, steps: int) -> Graph:
    graph = GENE.sample(rng)
    for _ in range(steps):
        graph = GENE.mutate(graph, rng)
    return graph


@pytest.mark.parametrize("seed", range(300))
def test_graphs_stay_valid_in_any_life(seed: int) -> None:
    rng = random.Random(seed)
    a, b = lineage(rng, rng.randrange(12)), lineage(rng, rng.randrange(12))
    child = GENE.crossover(a, b, rng)
    mutant = GENE.mutate(child, rng)
    for graph in (a, b, child, mutant):
        assert is_valid(graph), graph
        assert GENE.check(graph) == graph
        assert GENE.check(freeze(json.loads(json.dumps(graph)))) == graph
    assert mutant != child
    assert GENE.crossover(a, a, rng) == a
    for module in child:
        parents = [m for m in (*a, *b) if m["id"] == module["id"]]
        assert module["kind"] in {parent["kind"] for parent in parents}


def test_the_same_random_state_gives_the_same_graph() -> None:
    assert lineage(random.Random(5), 9) == lineage(random.Random(5), 9)


def test_mutation_reaches_every_edit_and_every_size() -> None:
    rng = random.Random(0)
    graph, sizes, changes = GENE.sample(rng), Counter[int](), Counter[str]()
    for _ in range(600):
        mutant = GENE.mutate(graph, rng)
        sizes[len(mutant)] += 1
        marks = [{module["id"] for module in g} for g in (graph, mutant)]
        wires = [set(edges(g)) for g in (graph, mutant)]
        if marks[0] != marks[1]:
            changes["grown" if marks[0] < marks[1] else "shrunk"] += 1
        elif wires[0] == wires[1]:
            changes["gene"] += 1
        elif wires[0] < wires[1]:
            changes["linked"] += 1
        else:
            changes["unlinked" if wires[1] < wires[0] else "rewired"] += 1
        graph = mutant
    assert set(sizes) == {1, 2, 3, 4, 5, 6}
    assert set(changes) == {"grown", "shrunk", "gene", "linked", "unlinked", "rewired"}
    assert changes["gene"] > 200


def test_modules_of_the_same_marking_are_mixed_gene_by_gene() -> None:
    a, b = chain([A, A]), chain([C, C])
    seen = {
        tuple((m["kind"], m["width"]) for m in GENE.crossover(a, b, random.Random(seed)))
        for seed in range(60)
    }
    assert {kind for child in seen for kind, _ in child} == {"a", "c"}
    assert any(child[0][0] != child[1][0] for child in seen)
    assert any(1 < width < 9 for child in seen for _, width in child)


def test_what_only_one_parent_has_comes_along_where_it_is_read() -> None:
    start = chain([A, A])
    a, b = (module["id"] for module in start)
    other = split(start, a, b, B)
    sizes = Counter(len(GENE.crossover(start, other, random.Random(seed))) for seed in range(200))
    assert set(sizes) == {2, 3}
    assert min(sizes.values()) > 50
    longer = split(start, b, OUTPUT, B)
    ends = Counter(GENE.crossover(start, longer, random.Random(s))[-1]["id"] for s in range(200))
    assert set(ends) == {b, longer[-1]["id"]}


def test_parents_that_order_modules_the_other_way_round_have_children() -> None:
    x, y, z = "babababa", "bebebebe", "bibibibi"
    last = Record(id=z, inputs=(x, y), **B)
    a = (Record(id=x, inputs=("input",), **A), Record(id=y, inputs=(x,), **A), last)
    b = (Record(id=y, inputs=("input",), **C), Record(id=x, inputs=(y,), **C), last)
    for seed in range(100):
        assert is_valid(GENE.crossover(a, b, random.Random(seed)))


def test_a_child_has_no_more_modules_than_allowed() -> None:
    small = ModuleGraph(GENE.gene, 3, 2, 1)
    start = chain([A, A])
    a, b = (module["id"] for module in start)
    left = split(start, "input", a, B)
    right = linked(split(start, a, b, C), "input", b)
    sizes = {len(small.crossover(left, right, random.Random(seed))) for seed in range(200)}
    assert sizes == {2, 3}


def test_pins_reach_the_genes_of_modules_and_hold_in_any_life() -> None:
    space = Space({"net": Struct({"modules": GENE})})
    assert list(space.gene_names()) == ["net.modules", "net.modules.kind", "net.modules.width"]
    pinned = space.pin({"net.modules.width": 4, "net.modules.kind": ["a", "b"]})
    gene = pinned.chromosomes["net"]
    rng = random.Random(1)
    value = gene.sample(rng)
    for _ in range(60):
        value = gene.mutate(gene.crossover(value, gene.sample(rng), rng), rng)
        assert {module["width"] for module in value["modules"]} == {4}
        assert {module["kind"] for module in value["modules"]} <= {"a", "b"}
    whole = chain([A, B])
    assert space.pin({"net.modules": whole}).chromosomes["net"].fields["modules"] == Fixed(whole)


def test_a_graph_of_pinned_genes_still_grows() -> None:
    gene = ModuleGraph(Struct({"kind": Fixed("a")}), 3, 2, 1)
    rng = random.Random(0)
    assert len({len(gene.mutate(gene.sample(rng), rng)) for _ in range(20)} - {1}) == 1


def test_what_leads_nowhere_is_dropped_by_the_check() -> None:
    graph = split(chain([A, B]), *edges(chain([A, B]))[1], C)
    last = graph[-1].replacing(inputs=(graph[0]["id"],))
    assert GENE.check((*graph[:-1], last)) == living((*graph[:-1], last), last["id"])
    assert len(GENE.check((*graph[:-1], last))) == 2


GOOD = chain([A, B])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((), "1 to 6 modules"),
        ("abc", "received 'abc', expected 1 to 6"),
        (("abc",), "expected a module with id"),
        (GOOD * 4, "1 to 6 modules"),
        ((A,), "expected a module with id"),
        ((GOOD[0].replacing(id="Module1"),), "four syllables"),
        ((GOOD[0], GOOD[1].replacing(id=GOOD[0]["id"])), "four syllables"),
        ((GOOD[0].replacing(inputs=()),), "expected 1 to 2"),
        ((GOOD[0].replacing(inputs="input"),), "expected 1 to 2"),
        ((GOOD[0].replacing(inputs=("input", "input")),), "expected 1 to 2"),
        (GOOD[::-1], "no earlier module"),
        ((GOOD[0].replacing(kind="d"),), "kind: received 'd'"),
        ((GOOD[0].replacing(depth=1),), "received fields"),
    ],
)
def test_what_is_no_graph_is_refused(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GENE.check(value)


def test_limits_and_names_are_checked() -> None:
    with pytest.raises(ValueError, match="expected 1 <= founding <= maximum"):
        ModuleGraph(GENE.gene, 3, 2, 4)
    with pytest.raises(ValueError, match="name the gene otherwise"):
        ModuleGraph(Struct({"inputs": Choice(tuple("ab"))}), 3, 2, 1)
