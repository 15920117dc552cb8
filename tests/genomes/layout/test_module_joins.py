"""Inputs of a module made one: no projection where none is needed, else the cheapest."""

from __future__ import annotations

import pytest

from genomes.graph.spec import NetworkSpec
from genomes.layout.module_joins import window
from tests.genomes.modules_at_work import A, B, C, D, decode, placed

STEM = placed(A, "input", "conv", width=5)


def joins(spec: NetworkSpec, mark: str = C) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return what a module adds to join its inputs, by role: operation and inputs."""
    return {
        node.name.removeprefix(f"{mark}_"): (node.operation, node.inputs)
        for node in spec.nodes
        if node.name.startswith((f"{mark}_input", f"{mark}_join", f"{mark}_target"))
    }


def test_one_input_is_read_as_it_is() -> None:
    assert joins(decode(STEM, placed(C, A, "conv"))) == {}


def test_streams_of_one_site_are_added_without_projection() -> None:
    """A residual module keeps the channels of what it reads, so another shortcut is free."""
    spec = decode(STEM, placed(B, A, "residual"), placed(C, f"{A} {B}", "conv"))
    assert joins(spec) == {"join1": ("add", (f"{A}_out_mask", f"{B}_out_mask"))}
    assert spec.channels.site(f"{C}_join1") == f"stage0.{A}"


def test_other_channels_are_projected_to_what_costs_least_then_masked() -> None:
    spec = decode(
        STEM,
        placed(B, A, "conv", width=9),
        placed(C, f"{A} {B}", "conv"),
    )
    found = joins(spec)  # both ways cost the same, the wider one tells more
    assert found["input0"] == ("conv", (f"{A}_out_mask",))
    assert found["join0"] == ("add", (f"{B}_out_mask", f"{C}_input0_norm"))
    assert spec.by_name[f"{C}_join_mask"].attributes == {"site": f"stage1.{B}", "stage": 1}
    assert spec.by_name[f"{C}_input0"].shape == (9, 8, 8)
    three = decode(
        STEM,
        placed(B, A, "conv", width=9),
        placed(D, B, "conv", width=9),
        placed(C, f"{A} {B} {D}", "conv"),
    )
    assert three.by_name[f"{C}_join2"].shape[0] == 5  # 5 * (9 + 9) weights, not 9 * (5 + 9)


def test_the_networks_own_input_gets_the_channels_of_the_other() -> None:
    spec = decode(STEM, placed(C, f"input {A}", "conv"))
    assert joins(spec)["input0"] == ("conv", ("input",))
    assert spec.by_name[f"{C}_input0"].shape[0] == 5


def test_what_is_concatenated_keeps_its_channels() -> None:
    spec = decode(
        STEM,
        placed(B, A, "conv", width=9),
        placed(C, f"{A} {B} input", "conv", join="concatenate"),
    )
    assert joins(spec) == {
        "join1": ("concatenate", (f"{A}_out_mask", f"{B}_out_mask")),
        "join2": ("concatenate", (f"{C}_join1", "input")),
    }
    assert spec.by_name[f"{C}_conv"].inputs == (f"{C}_join2",)
    assert spec.source(spec.by_name[f"{C}_conv"]) == (5 + 9 + 1, 8, 8)


@pytest.mark.parametrize("kind", ["separable", "excite"])
def test_what_acts_channel_by_channel_projects_what_was_concatenated(kind: str) -> None:
    joint = placed(C, f"input {A}", kind, join="concatenate")
    spec = decode(STEM, joint, placed(D, C, "conv"))
    project = spec.by_name[f"{C}_project"]
    assert project.inputs == (f"{C}_join1",)
    assert spec.channels.site(project.name) == f"stage1.{C}.project"


def test_larger_images_are_pooled_or_projected_with_a_stride() -> None:
    small = placed(B, A, "conv", width=9, stride=2)
    pooled = decode(STEM, small, placed(C, f"{A} {B}", "conv", join="concatenate"))
    assert pooled.by_name[f"{C}_input0_pool"].attributes == {"kernel": 2, "stride": 2}
    assert joins(pooled)["join1"] == ("concatenate", (f"{C}_input0_pool", f"{B}_out_mask"))
    strided = decode(STEM, small, placed(C, f"{A} {B}", "conv"))
    assert strided.by_name[f"{C}_input0"].attributes["stride"] == 2
    free = decode(STEM, placed(B, A, "pooling"), placed(C, f"{A} {B}", "conv"))
    assert joins(free) == {
        "target_pool": ("average_pool", (f"{A}_out_mask",)),
        "join1": ("add", (f"{C}_target_pool", f"{B}_pool")),
    }


def test_beside_a_vector_images_become_vectors() -> None:
    modules = (STEM, placed(B, A, "dense", width=4), placed(C, f"{A} {B}", "conv"))
    spec = decode(*modules)
    assert joins(spec)["input0_pool"] == ("global_average_pool", (f"{A}_out_mask",))
    assert spec.by_name[f"{C}_conv"].operation == "linear"
    flat = decode(*modules, head="flatten")
    assert spec.by_name[f"{C}_join1"].shape == (5,)
    # what is flattened has many features to a channel: it is projected to the vector
    assert joins(flat)["input0"] == ("linear", (f"{C}_input0_flatten",))
    assert flat.by_name[f"{C}_join0"].shape == (4,)


def test_without_channels_to_add_to_sums_are_concatenated() -> None:
    """The sum of projections is the projection of what is concatenated."""
    spec = decode(
        STEM,
        placed(B, f"{A} input", "pooling", join="concatenate"),
        placed(D, B, "pooling"),
        placed(C, f"{B} {D}", "conv", join="add"),
    )
    assert spec.by_name[f"{C}_join1"].operation == "concatenate"


def test_a_pool_that_leaves_an_image_as_it_is_is_read_once() -> None:
    spec = decode(STEM, placed(B, A, "pooling"), placed(C, f"{A} {B}", "conv"), shape=(1, 1, 9))
    assert joins(spec) == {}


@pytest.mark.parametrize(
    ("sides", "pixels", "expected"),
    [
        ((8, 8), (4, 4), (2, 2)),
        ((28, 28), (7, 7), (4, 4)),
        ((7, 7), (3, 3), (2, 2)),
        ((7, 7), (4, 4), (4, 1)),
        ((9, 7), (5, 4), (1, 2)),
        ((1, 9), (1, 1), (1, 9)),
        ((9, 7), (1, 1), (7, 7)),
        ((9, 5), (2, 4), None),
    ],
)
def test_windows(
    sides: tuple[int, int], pixels: tuple[int, int], expected: tuple[int, int] | None
) -> None:
    assert window(sides, pixels) == expected
    if expected:
        kernel, stride = expected
        assert tuple((side - kernel) // stride + 1 for side in sides) == pixels
        assert kernel <= min(sides)


def test_everything_can_be_pooled_to_one_pixel() -> None:
    for height in range(1, 33):
        for width in range(1, 33):
            assert window((height, width), (1, 1)) is not None


def test_sides_that_no_pool_gives_become_one_pixel() -> None:
    spec = decode(
        STEM,
        placed(B, A, "conv", stride=2),
        placed(D, A, "pooling"),
        placed(C, f"{B} {D}", "conv", join="concatenate"),
        shape=(1, 4, 3),
    )
    assert spec.by_name[f"{B}_out_mask"].shape[1:] == (2, 2)
    assert spec.by_name[f"{D}_pool"].shape[1:] == (2, 1)
    assert spec.by_name[f"{C}_join1"].shape[1:] == (1, 1)
