"""The target `next-token` by hand: which positions count, and the bytes they stand for."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from fitness.data.arrays import UnusableData
from fitness.data.task import Split, Task
from fitness.data.text.vocabulary import Vocabulary
from fitness.metric import Metric
from fitness.targets.next_token import NextToken

TARGET = NextToken(Vocabulary("character", (b"a", b"b", "ß".encode(), b"d")))
Y = np.array([[0, 2, 2], [-1, 1, 0]], dtype=np.int32)
LOGITS = torch.zeros(2, 4, 3)
LOGITS[0, 2, 1] = math.log(5.0)  # p = 5/8 there, and 1/4 everywhere else


def values(outputs: np.ndarray, y: np.ndarray) -> dict[str, float]:
    names = ("bits_per_token", "bits_per_byte", "bits_per_character", "perplexity")
    return {name: Metric.load(name).value(outputs, y) for name in names}


def test_metrics_count_what_is_not_skipped() -> None:
    outputs = TARGET.for_metrics(LOGITS, torch.from_numpy(TARGET.encoded(Y))).numpy()
    assert outputs[:, 1:].tolist() == [[3, 5, 3], [2, 2, 2]]  # tokens, bytes, characters
    bits = 4 * 2.0 - math.log2(5 / 8)
    assert values(outputs, Y) == pytest.approx(
        {
            "bits_per_token": bits / 5,
            "bits_per_byte": bits / 7,
            "bits_per_character": bits / 5,
            "perplexity": 2 ** (bits / 5),
        },
        rel=1e-6,
    )


def test_the_loss_of_a_window_is_a_mean_over_what_counts() -> None:
    each = TARGET.loss(LOGITS, torch.from_numpy(TARGET.encoded(Y)), reduction="none")
    nats = math.log(4.0)
    assert each.tolist() == pytest.approx([(2 * nats - math.log(5 / 8)) / 3, nats])


def test_the_constant_answer_has_the_frequencies_of_train() -> None:
    answer = TARGET.constant(Y)
    assert np.exp(answer) == pytest.approx(np.array([2, 1, 2, 0.5]) / 5.5)
    repeated = TARGET.repeated(answer, Y)
    logits = torch.tensor(answer)[:, None].expand(2, 4, 3)
    expected = TARGET.for_metrics(logits, torch.from_numpy(TARGET.encoded(Y)))
    np.testing.assert_allclose(repeated, expected.numpy())


def test_a_bigram_model_mixes_pairs_with_frequencies() -> None:
    x = np.array([[0, 0, 2], [1, 0, 1]])  # pairs a-a, a-ß, ß-ß; a-b, b-a counted
    model = TARGET.fit_linear(x, Y, strength=1.0, iterations=1)
    frequency = np.exp(TARGET.constant(Y))
    found = np.exp(model.predict(np.array([[0, 3]])))[0]
    assert found[:, 0] == pytest.approx((np.array([1, 1, 1, 0]) + frequency) / 4, rel=1e-5)
    assert found[:, 1] == pytest.approx(frequency, rel=1e-5)  # never seen
    assert model.parameters == 5 + 4


@pytest.mark.parametrize(
    ("y", "reason"),
    [
        (np.array([0, 1]), r"shape \(2,\), expected whole numbers \(N, length\)"),
        (np.array([[0.0]]), "of type float64"),
        (np.array([[4]]), "from 4 to 4, expected 0 to 3"),
        (np.array([[0], [-1]]), "in which no position counts"),
    ],
)
def test_targets_that_are_no_tokens_are_refused(y: np.ndarray, reason: str) -> None:
    with pytest.raises(UnusableData, match=reason):
        TARGET.adopted({"train": y})


def test_inputs_of_a_task_have_to_be_tokens() -> None:
    split = Split(np.array([[0, 1, 2], [3, 1, 0]], np.uint8), Y)
    task = Task("t", "", TARGET, split, split, split, tokens=4)
    assert task.family == "transformer"
    with pytest.raises(UnusableData, match="need inputs of tokens"):
        Task("t", "", TARGET, split, split, split)
    with pytest.raises(UnusableData, match=r"from 0 to 3, expected tokens .* from 0 to 2"):
        Task("t", "", TARGET, split, split, split, tokens=3)
    halves = Split(split.x + 0.5, Y)
    with pytest.raises(UnusableData, match="whole numbers from 0 to 8"):
        Task("t", "", TARGET, halves, halves, halves, tokens=9)
