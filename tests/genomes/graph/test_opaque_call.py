"""Calls of operators that networks may state: read, written, and refused where they could harm."""

from __future__ import annotations

import pytest
import torch

from genomes.graph.opaque_call import ALLOWED, SINGLE, OpaqueCall
from genomes.networks.opaque import check_size, computed

CLAMP = '[[{"input":0},{"values":[1,[2,1],"float"]}],{"max":{"numbers":[0,[1,3]]}}]'


def test_what_is_read_is_written_and_computed() -> None:
    call = OpaqueCall.of("clamp.Tensor", CLAMP, SINGLE)
    assert call.text() == CLAMP
    x, numbers, values = torch.zeros(2, 3), torch.arange(3.0), torch.tensor([9.0, 1.0, -1.0])
    expected = torch.clamp(x, min=torch.tensor([[1.0], [-1.0]]), max=torch.arange(3.0)[None])
    assert torch.equal(computed(call, [x], numbers, values), expected)
    held = type("Held", (), {"numbers": numbers, "values": values})
    written = call.source("held").format("x")
    assert torch.equal(eval(written, {"torch": torch, "held": held, "x": x}), expected)


def test_one_of_several_results_is_meant() -> None:
    call = OpaqueCall.of("topk.default", '[[{"input":0},1],{}]', 0)
    found = computed(call, [torch.tensor([[1.0, 3.0]])], torch.zeros(0), torch.zeros(0))
    assert found.tolist() == [[3.0]]
    assert call.source("held").endswith("(x, 1)[0]".replace("x", "{0}"))


@pytest.mark.parametrize(
    "operator",
    [
        "from_file.default", "system.default", "bernoulli.default", "relu_.default", "relu",
        "relu.default.x", "__class__.default", "empty.memory_format", 3, None,
    ],
)  # fmt: skip
def test_no_other_operator_can_be_called(operator: object) -> None:
    with pytest.raises(ValueError, match="which no network may call"):
        OpaqueCall.of(operator, '[[{"input":0}],{}]', SINGLE)


@pytest.mark.parametrize(
    "arguments",
    [
        "", "[]", "{}", "[[],{}", '[[{"input":"x"}],{}]', '[[{"input":0,"numbers":[0,[1]]}],{}]',
        '[[{"numbers":[-1,[1]]}],{}]', '[[{"numbers":[0,[1],"float"]}],{}]',
        '[[{"values":[0,[1],"object"]}],{}]', '[[{"other":0}],{}]', None, 7,
    ],
)  # fmt: skip
def test_malformed_arguments_are_refused(arguments: object) -> None:
    with pytest.raises(ValueError, match=r"arguments of relu\.default cannot be read"):
        OpaqueCall.of("relu.default", arguments, SINGLE)


def test_nothing_is_read_that_is_not_there_and_all_inputs_are() -> None:
    call = OpaqueCall.of("clamp.Tensor", CLAMP, SINGLE)
    call.check(inputs=1, numbers=3, values=3)
    with pytest.raises(ValueError, match="values beyond the last"):
        call.check(inputs=1, numbers=3, values=2)
    with pytest.raises(ValueError, match=r"read inputs \{0\} of 2"):
        call.check(inputs=2, numbers=3, values=3)


def test_what_it_makes_is_known_before_it_is_made() -> None:
    call = OpaqueCall.of("pad.default", '[[{"input":0},[0,1000000000]],{}]', SINGLE)
    with pytest.raises(ValueError, match=r"gives \(4, 1000000005\), the network states \(4, 5\)"):
        check_size(call, [(4, 5)], (4, 5), 0, 0)
    check_size(call, [(4, 5)], (4, 1_000_000_005), 0, 0)
    call = OpaqueCall.of("matmul.default", '[[{"input":0},{"input":1}],{}]', SINGLE)
    with pytest.raises(ValueError, match=r"matmul\.default cannot be called so: "):
        check_size(call, [(4, 5), (4, 5)], (4, 5), 0, 0)


def test_every_operator_that_is_allowed_changes_nothing_and_draws_nothing() -> None:
    for name in ALLOWED:
        packet = getattr(torch.ops.aten, name)
        plain = [getattr(packet, overload) for overload in packet.overloads()]
        tags = {tag for operator in plain for tag in operator.tags}
        assert torch.Tag.nondeterministic_seeded not in tags, name
        assert any(not operator._schema.is_mutable for operator in plain), name
