"""What a card says of data is what `evo evaluate` takes, unless it is told otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evo.errors import BadInput
from evo.export.card_options import KEY, options_for
from fitness.data.options import INFERRED, DataOptions

CARD = Path("card.json")


def test_options_of_a_card_come_back_and_given_ones_go_before() -> None:
    said = DataOptions(
        target=("price", "area"), metric_group=("city",), columns={"zip": "category"}
    )
    card = {KEY: json.loads(json.dumps(said.to_json()))}
    assert options_for(CARD, card, "csv:houses.csv", INFERRED) == said
    given = DataOptions(target=("price",), group="street")
    found = options_for(CARD, card, "csv:houses.csv", given)
    assert (found.target, found.metric_group, found.group) == (("price",), ("city",), "street")
    assert options_for(CARD, card, "npz:houses.npz", INFERRED) == INFERRED  # has no columns
    assert options_for(CARD, card, "digits", INFERRED) == INFERRED
    assert options_for(CARD, {}, "csv:houses.csv", given) == given  # a card of before


@pytest.mark.parametrize("stated", ["target", {"target": 5}, {"target_kind": 1.5}])
def test_damaged_options_are_named_with_their_file(stated: object) -> None:
    with pytest.raises(BadInput, match=r"card\.json: "):
        options_for(CARD, {KEY: stated}, "csv:houses.csv", INFERRED)
