"""Learning rules: what reaches which weight, in trainings whole and in parts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fitness.credit.direct_feedback_alignment import Direct
from fitness.credit.feedback_alignment import Feedback
from fitness.credit.local_losses import Local
from fitness.credit.sign_concordant_feedback import SignConcordant
from fitness.evaluation import Evaluation
from fitness.training.chosen_teacher import determining
from fitness.training.credit.hidden import features
from fitness.training.credit.rule import RULES, TRAINING_TO_FORWARD, Credit, credit_of
from genomes.chromosomes.training_genes import BACKPROPAGATION, CREDITS
from genomes.genes.gene import Record, freeze
from genomes.networks.layers import Weighted
from genomes.networks.network import Network, build
from tests.fitness import tiny, tiny_text

OTHERS = [name for name in CREDITS if name != BACKPROPAGATION]
BENCH = tiny.evaluator()
MLP = Record({"family": "mlp", "layers": freeze([]), "dropout": 0.0})


class Mirrored(Feedback):
    """Sends errors back through the weights themselves: backpropagation by another way."""

    def scaled(self, name: str, layer: Weighted) -> Tensor:
        return layer.weight.detach()


def network(**changes: Any) -> Network:
    return build(BENCH.spec(tiny.expressed(architecture__dropout=0.0, **changes)), seed=3)


def batch() -> tuple[Tensor, Tensor]:
    train = BENCH.data.train
    return train.x[:24], train.y[:24]


def gradients(found: Network, rule: Credit | None) -> dict[str, Tensor]:
    """Return the gradients of one pass in training."""
    x, y = batch()
    found.train().zero_grad()
    if rule is None:
        F.cross_entropy(found(x), y).backward()  # type: ignore[no-untyped-call]
    else:
        with rule.passing():
            outputs = found(x)
        rule.backward(F.cross_entropy(outputs, y), outputs, y, lambda z: F.cross_entropy(z, y))
    return {n: p.grad.clone() for n, p in found.named_parameters() if p.grad is not None}


def test_the_gene_lists_the_rules() -> None:
    assert sorted(OTHERS) == RULES.names()
    assert credit_of(BACKPROPAGATION, network(), 0) is None


@pytest.mark.parametrize("name", OTHERS)
def test_a_rule_changes_no_output_and_leaves_no_hook(name: str) -> None:
    found = network().eval()
    x, _ = batch()
    rule = credit_of(name, found, 1)
    assert rule is not None
    plain = found(x)
    with rule.passing():
        assert torch.equal(found(x), plain)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in found.modules())


def test_feedback_through_the_weights_themselves_is_backpropagation() -> None:
    found = network()
    true = gradients(found, None)
    asked = gradients(found, Mirrored(found, 1))
    assert asked.keys() == true.keys()
    for name, gradient in true.items():
        assert torch.allclose(asked[name], gradient, atol=1e-6), name


@pytest.mark.parametrize("name", OTHERS)
def test_the_last_layer_learns_by_the_gradient_and_hidden_ones_by_the_rule(name: str) -> None:
    found = network()
    true, asked = gradients(found, None), gradients(found, credit_of(name, found, 1))
    assert asked.keys() == true.keys()
    assert torch.allclose(asked["logits.weight"], true["logits.weight"], atol=1e-6)
    hidden = [n for n in true if n.endswith(".weight") and true[n].ndim > 1 and n[0] == "s"]
    assert hidden
    for weight in hidden:
        assert asked[weight].any()
        assert not torch.allclose(asked[weight], true[weight], rtol=0.1)


def test_signs_of_the_way_back_are_those_of_the_weights() -> None:
    found = network()
    rule, name = SignConcordant(found, 1), "logits"
    layer = rule.layers[name]
    with torch.no_grad():
        layer.weight[0, 0] = 0.0
    back = rule.weight(name, layer)
    assert torch.equal(back.sign(), layer.weight.sign().to(back.dtype))
    with torch.no_grad():
        layer.weight.neg_()
    assert torch.equal(rule.weight(name, layer), -back)


def test_masked_weights_send_nothing_back() -> None:
    found = network()
    mask = torch.ones_like(found.get_parameter("logits.weight"), dtype=torch.bool)
    mask[:, :5] = False
    found.set_weight_masks({"logits": mask})
    rule = Feedback(found, 1)
    back = rule.weight("logits", rule.layers["logits"])
    assert not back[:, :5].any()
    assert back[:, 5:].all()


def test_direct_feedback_by_hand() -> None:
    """Two layers: the first learns from the output's error through a matrix of its own."""
    layer = freeze({"width": 7, "normalisation": "none", "activation": "relu"})
    genes = tiny.expressed().replacing(architecture=MLP.replacing(layers=(layer,)))
    found = build(BENCH.spec(genes), seed=3)
    rule = Direct(found, 1)
    asked = gradients(found, rule)
    x, y = batch()
    read: list[Tensor] = []
    hook = found.get_submodule("layer0_linear").register_forward_pre_hook(
        lambda _, given: read.append(given[0])
    )
    outputs = found(x)
    hook.remove()
    before = found.get_submodule("layer0_linear")(read[0])
    (error,) = torch.autograd.grad(F.cross_entropy(outputs, y), outputs)
    told = error @ rule.fixed("logits", (3, 7), error) / 3**0.5
    by_hand = (told * (before > 0)).T @ read[0]
    assert torch.allclose(asked["layer0_linear.weight"], by_hand, atol=1e-6)


@pytest.mark.parametrize("rule", [Local, Direct])
def test_hidden_layers_do_not_read_the_weights_behind_them(rule: type[Credit]) -> None:
    """Of local losses nothing depends on them; of direct feedback, the output's error does."""
    found = network()
    first = gradients(found, rule(found, 1))
    with torch.no_grad():
        found.get_parameter("stage2_block0_project.weight").mul_(3.0)
    second = gradients(found, rule(found, 1))
    same = torch.allclose(first["stage0_block0_conv.weight"], second["stage0_block0_conv.weight"])
    assert same == (rule is Local)


def test_readouts_see_parts_of_what_is_large() -> None:
    image = torch.arange(2 * 8 * 8.0).view(1, 2, 8, 8)
    assert features(image, 4).shape == (1, 32)
    assert features(image, 4)[0, 0] == image[0, 0, :2, :2].mean()
    assert features(torch.ones(3, 5, 9), 4).shape == (3, 20)
    assert features(torch.ones(3, 5), 4).shape == (3, 5)


# -- trainings ------------------------------------------------------------------------------------


def trained(rule: str, from_epoch: int = 0, to_epoch: int = 6, **others: Any) -> Evaluation:
    genes = tiny.expressed(training__credit=rule)
    answer = BENCH.evaluate(tiny.job(genes, from_epoch, to_epoch, **others))
    assert answer.status == "ok", answer.reason
    return answer


@pytest.mark.parametrize("name", OTHERS)
def test_parts_of_a_training_are_the_whole(name: str) -> None:
    whole = trained(name)
    early = trained(name, to_epoch=2)
    rest = trained(name, 2, checkpoint=early.checkpoint)
    assert (*early.curve, *rest.curve) == whole.curve
    assert rest.checkpoint == whole.checkpoint
    assert whole.curve[-1].metric > 1.2 / tiny.CLASSES  # it learns


def test_angles_are_recorded_by_layer_and_epoch() -> None:
    curve = trained("feedback-alignment").curve
    angles = [{n: v for n, v in epoch.traces.items() if n.startswith("angle.")} for epoch in curve]
    assert all(found.keys() == angles[0].keys() for found in angles)
    assert angles[-1]["angle.logits"] == pytest.approx(0.0, abs=1e-2)
    hidden = [value for name, value in angles[-1].items() if name != "angle.logits"]
    assert len(hidden) > 3
    assert all(0 < value < 180 for value in hidden)
    assert not any("angle" in name for name in trained(BACKPROPAGATION).curve[-1].traces)


def test_feedback_costs_a_pass_more() -> None:
    usual, fed = (trained(rule).costs["training_flops"] for rule in CREDITS[:2])
    assert fed / usual == (TRAINING_TO_FORWARD + 1) / TRAINING_TO_FORWARD


def test_backpropagation_is_no_part_of_the_key() -> None:
    """So that histories without the mechanism stay as they were."""
    without, usual = tiny.expressed(), tiny.expressed(training__credit=BACKPROPAGATION)
    other = tiny.expressed(training__credit="local-losses")
    keys = [determining(genes, Record(), BENCH.interface) for genes in (without, usual, other)]
    assert keys[0] == keys[1] == without
    assert keys[2] == other


@pytest.mark.parametrize("name", OTHERS)
def test_texts_are_told_by_position(name: str) -> None:
    bench = tiny.evaluator("tests.fitness.tiny_text:make_task")
    genes = tiny_text.control(control=False)
    genes = genes.replacing(training=genes["training"].replacing(credit=name))
    answer = bench.evaluate(tiny.job(genes, 0, 1))
    assert answer.status == "ok", answer.reason
