"""Histories told by names, on networks that gain and lose stages."""

from __future__ import annotations

import pytest

from genomes.graph.morphism_history import counterparts
from tests.genomes.networks.test_inherit import cnn, mlp, stage

A, B, C = stage(4), stage(9, kernel=5), stage(20)


def stages(parent: list[dict[str, object]], child: list[dict[str, object]]) -> dict[int, int]:
    """Return the child's stages by number, with the parent's they continue."""
    found = counterparts(cnn(*parent), cnn(*child))
    name = "stage{}_block0_conv"
    return {
        ours: int(found[name.format(ours)][len("stage")])
        for ours in range(len(child))
        if name.format(ours) in found
    }


@pytest.mark.parametrize(
    ("parent", "child", "expected"),
    [
        ([A, B, C], [A, B, C], {0: 0, 1: 1, 2: 2}),
        ([A, B], [A, C, B], {0: 0, 2: 1}),
        ([A, B, C], [A, C], {0: 0, 1: 2}),
        ([B, C], [A, B, C], {1: 0, 2: 1}),
        ([A, B, C], [A, B], {0: 0, 1: 1}),
    ],
)
def test_stages_that_come_and_go_leave_the_others_their_history(
    parent: list[dict[str, object]], child: list[dict[str, object]], expected: dict[int, int]
) -> None:
    assert stages(parent, child) == expected


def test_layers_are_aligned_as_well() -> None:
    found = counterparts(mlp(40, 8), mlp(8))
    assert found["layer0_linear"] == "layer1_linear"
    assert found["logits"] == "logits"


def test_roles_with_another_operation_have_no_history() -> None:
    found = counterparts(cnn(stage(4)), cnn(stage(4, normalisation="layer")))
    assert found["stage0_block0_conv"] == "stage0_block0_conv"
    assert "stage0_block0_conv_norm" not in found
