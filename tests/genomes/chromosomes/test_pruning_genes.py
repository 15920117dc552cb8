"""The pruning chromosome."""

from __future__ import annotations

import random

from genomes.chromosomes.epigenome import MAXIMUM_STAGES
from genomes.chromosomes.mechanism_registry import MECHANISMS
from genomes.chromosomes.pruning_genes import TEXTBOOK, genes
from genomes.chromosomes.regulation_genes import MAXIMUM_GENES, MINIMUM_GENES, SIGNALS
from genomes.genes.gene import Record, leaves


def test_a_schedule_starts_before_it_ends_and_has_a_share_for_every_stage() -> None:
    rng = random.Random(0)
    for _ in range(50):
        value = genes().mutate(genes().sample(rng), rng)
        assert 0.0 <= value["start"] <= 0.5 <= value["end"] <= 0.9
        assert len(value["final_sparsity"]) == MAXIMUM_STAGES
        assert all(0.0 <= share <= 0.95 for share in value["final_sparsity"])
        assert genes().check(value) == value


def test_genes_stay_valid_through_mutation_and_crossover_of_both_schedules() -> None:
    rng, struct = random.Random(1), genes()
    people = [struct.sample(rng) for _ in range(6)]
    seen = set()
    for _ in range(600):
        a, b = rng.sample(people, 2)
        child = struct.mutate(struct.crossover(a, b, rng), rng)
        assert struct.check(child) == child
        assert (child["curve"] is None) == (child["schedule"] == "gene-network")
        assert (child["regulation"] is None) == (child["schedule"] == "curve")
        if child["regulation"] is not None:
            network = child["regulation"]["network"]
            assert MINIMUM_GENES <= len(network) <= MAXIMUM_GENES
            assert all(len(one["promoters"]) == len(SIGNALS) for one in network)
            seen.add(len(network))
        people[rng.randrange(len(people))] = child
    assert seen == {2, 3, 4}


def test_a_textbook_network_regrows_nothing_and_follows_a_curve() -> None:
    rng, struct = random.Random(2), genes()
    for _ in range(30):
        plain = struct.overriding(struct.sample(rng), TEXTBOOK)
        assert struct.check(plain) == plain
        assert (plain["schedule"], plain["curve"], plain["regrowth"]) == ("curve", "cubic", 0.0)
    assert leaves(plain["regulation"]) == 1


def test_switched_off_regrowth_and_gene_networks_never_come_back() -> None:
    from genomes.genes.genome import Space

    off = MECHANISMS.load("regrowth").OFF | MECHANISMS.load("gene-network").OFF
    struct = Space({"pruning": genes()}).pin(off).chromosomes["pruning"]
    rng = random.Random(3)
    value: Record = struct.sample(rng)
    for _ in range(200):
        value = struct.mutate(struct.crossover(value, struct.sample(rng), rng), rng)
        assert value["regrowth"] == 0.0
        assert value["regulation"] is None
