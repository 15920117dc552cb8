"""An export holds a plain network and a flat, complete card."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from evo.export.exported import plain_network
from evo.version import VERSION
from fitness.targets.classes import Classes
from genomes.networks.shrinking import counts
from tests.evo.exports import FACTS, exported, inputs, random_network


def test_a_plain_network_is_shrunk_and_gives_the_same_logits() -> None:
    masked = random_network("cnn", 4)
    plain = plain_network(masked.train())
    assert not plain.training
    assert not plain.spec.sites
    assert plain.spec.dense_parameters() == counts(masked).shrunk < counts(masked).dense
    x = inputs(masked, 4)
    with torch.inference_mode():
        torch.testing.assert_close(plain(x), masked.eval()(x), rtol=1e-4, atol=1e-4)


def test_a_network_of_another_type_becomes_float32() -> None:
    plain = plain_network(random_network("mlp", 4).double())
    assert {tensor.dtype for tensor in plain.tensors().values()} == {torch.float32}


def test_the_card_states_what_follows_from_the_network() -> None:
    network = plain_network(random_network("cnn", 4))
    card = exported(network, "digits", {**FACTS, "flops": -1, "found": "today"}).card
    assert card["shrunk_parameters"] == sum(p.numel() for p in network.parameters())
    assert card["flops"] == network.spec.flops()
    assert (card["task"], card["evo_version"], card["found"]) == ("digits", VERSION, "today")
    assert card["input_shape"] == "2 x 9 x 7"
    assert {name: card[name] for name in FACTS} == FACTS
    assert (card["classes"], card["target"], card["metric"]) == (3, "classes", "accuracy")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"facts": {"genome": "g"}}, "needs active_parameters, .* validation_accuracy, test"),
        ({"facts": {**FACTS, "curve": [1.0]}}, "received curve of type list; a card is flat"),
        ({"facts": {**FACTS, "epochs": np.int64(3)}}, "received epochs of type int64"),
        ({"target": Classes(2)}, "a target of 2 outputs and a network of 3"),
        ({"network": random_network("mlp", 4)}, "with channel masks; call plain_network"),
    ],
)
def test_incomplete_exports_are_refused(changes: dict[str, Any], message: str) -> None:
    whole = exported(plain_network(random_network("mlp", 4)))
    with pytest.raises(ValueError, match=message):
        replace(whole, **changes)
