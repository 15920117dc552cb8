"""What returns: by hand on a literal network."""

import pytest
import torch

from fitness.activation_probe import ActivationProbe
from fitness.silencing.regrowth import growth_scores, returning
from tests.fitness import literal
from tests.fitness.silencing.test_pruning_plan import plan


def test_the_greatest_scores_of_the_silenced_return() -> None:
    kept = torch.tensor([True, False, False, False, True])
    scores = torch.tensor([9.0, 0.1, 0.3, 0.2, 9.0])
    live = torch.ones(5, dtype=torch.bool)
    assert returning(kept, live, scores, 2).tolist() == [False, False, True, True, False]
    assert not returning(kept, live, scores, 0).any()
    assert returning(kept, live, scores, 3).tolist() == (~kept).tolist()


def test_what_is_silent_for_another_reason_returns_last_and_ties_go_by_position() -> None:
    kept = torch.tensor([[False, False], [False, True]])
    live = torch.tensor([[False, True], [True, True]])
    scores = torch.tensor([[9.0, 0.0], [float("nan"), 0.0]])
    assert returning(kept, live, scores, 1).tolist() == [[False, True], [False, False]]
    assert returning(kept, live, scores, 3).tolist() == [[True, True], [True, False]]


def test_weights_return_by_their_gradient() -> None:
    network = literal.network()
    network.set_weight_masks({"logits": torch.tensor([[True, True, True], [False, True, True]])})
    probe = ActivationProbe(network, literal.batch(), seed=3)
    scores = growth_scores(plan(granularity="weight"), probe)
    assert set(scores) == {"conv", "logits"}
    assert torch.equal(scores["logits"], probe.gradients["logits"].abs())
    assert float(scores["logits"][1, 0]) > 0  # though the weight is zero


def test_a_silenced_channel_counts_by_what_it_would_do() -> None:
    network, batch = literal.network(), literal.batch()
    network.set_channel_masks({"stage0": torch.tensor([False, True, True])})
    scores = growth_scores(plan(), ActivationProbe(network, batch, seed=3))["stage0"]
    # Without the first channel the logits of image k are (0, k / 2); it would give the first k.
    k = torch.tensor([1.0, 3.0])
    p = torch.softmax(torch.stack([torch.zeros(2), k / 2], 1), 1) - torch.eye(2)
    assert float(scores[0]) == pytest.approx(float((k * p[:, 0] / 2 / 4).abs().mean()))
    assert float(scores[1]) == 0.0  # its filter is negative: the ReLU lets nothing through
