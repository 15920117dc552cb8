"""Passages of held-out windows, the conditional task, and BLEU of what a network makes of them."""

from __future__ import annotations

from itertools import islice, permutations

import pytest

from benchmarks.language.bleu import (
    Passage,
    bleu,
    continuations,
    restorations,
    vocabulary_of,
)
from benchmarks.language.restoring import restoring_lines, write_restoring
from benchmarks.language_table import check_enough, equal_windows
from evo.generation.continuing import Continuation
from evo.generation.sampling import Sampling
from fitness.data.options import DataOptions
from fitness.data.task import Task
from fitness.data.task_reference import TaskReference
from fitness.data.text.vocabulary import Vocabulary
from genomes.graph.interface import Interface
from genomes.networks.network import build
from tests.fitness import tiny_text
from tests.genomes.networks.test_causal_gate import controlled

SENTENCES = "in the beginning was the word, and so on. He said unto them; all of it is good!"


@pytest.fixture(scope="module")
def restoring(tmp_path_factory: pytest.TempPathFactory) -> Task:
    folder = tmp_path_factory.mktemp("restoring")
    words = ["in", "the", "beginning", "was", "all", "good", "them"]
    parts = [" ".join(chosen) for chosen in islice(permutations(words, 5), 90)]
    (folder / "text.txt").write_text(". ".join(parts))
    write_restoring(folder / "text.txt", folder / "lines.txt")
    options = DataOptions(tokens="byte", window=128)
    return TaskReference(f"text:{folder / 'lines.txt'}", options=options).load()


def test_parts_of_sentences_have_their_own_words_in_another_order() -> None:
    lines = list(restoring_lines(2 * SENTENCES))
    wholes = [line.partition(" > ")[2] for line in lines]
    assert wholes == ["in the beginning was the word", "He said unto them", "all of it is good"]
    for line in lines:
        shuffled, _, whole = line.partition(" > ")
        assert sorted(shuffled.split()) == sorted(whole.split())
    assert lines == list(restoring_lines(SENTENCES))  # once, and in the same order always


def test_lines_to_be_restored_are_whole_ones_of_held_out_windows(restoring: Task) -> None:
    known = vocabulary_of(restoring)
    passages = restorations(restoring, 5)
    assert len(passages) == 5
    for one in passages:
        prompt = b"".join(known.tokens[token] for token in one.prompt).decode()
        assert (prompt[0], prompt[-2:]) == ("\n", " >")
        assert sorted(prompt[1:-2].split()) == sorted(one.reference.split())
    with pytest.raises(SystemExit, match="say a longer --window"):
        restorations(tiny_text.make_task(), 5)


def test_a_window_is_continued_from_its_middle(restoring: Task) -> None:
    known, found = vocabulary_of(restoring), continuations(restoring, 3)
    window = restoring.validation.array[0].astype(int).tolist()
    assert list(found[0].prompt) == window[:64]
    assert found[0].reference == b"".join(known.tokens[t] for t in window[64:]).decode()


def test_bleu_is_that_of_what_is_made() -> None:
    pytest.importorskip("sacrebleu")
    known = Vocabulary("character", (b"in ", b"the ", b"end ", b"was ", b"word "))
    network = build(controlled(tokens=5).spec).eval()
    tokens = [*islice(Continuation(network).tokens([1, 2], Sampling(0.0), 0), 6)]
    made = b"".join(known.tokens[token] for token in tokens).decode()
    own, other = Passage((1, 2), made, 6), Passage((1, 2), f"{made} not so at all", 6)
    assert bleu(network, known, [own, own]) == pytest.approx(100.0)
    assert 0.0 < bleu(network, known, [own, other]) < 100.0
    line = Passage((1, 2), made.partition("word")[0], 6, is_line=True)
    ended = Vocabulary("character", (*known.tokens[:4], b"\n"))
    assert bleu(network, ended, [own, line]) == pytest.approx(100.0)


def test_rivals_that_cost_less_get_more_windows() -> None:
    text = Interface((16,), 63, None, tokens=63, per_position=True)
    assert equal_windows("standard", text, 1024) == 1024
    experts = equal_windows("experts", text, 1024)
    assert experts > 1400
    assert experts % 8 == 0
    task = tiny_text.make_task()
    check_enough(task, "experts", len(task.train))
    with pytest.raises(SystemExit, match="experts wants 97 windows an epoch, the text has 96"):
        check_enough(task, "experts", 97)
