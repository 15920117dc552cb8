from __future__ import annotations

import pytest

from runners.needs import Needs, NodeSize

SMALL, GPUS = NodeSize("small", 2, 0), NodeSize("gpus", 8, 2)


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        (Needs(), 10),
        (Needs(cpus=3), 2),
        (Needs(cpus=0.5), 20),
        (Needs(gpus=1.0), 2),
        (Needs(gpus=1 / 3), 6),
        (Needs(gpus=0.4), 4),  # two to a GPU, the rest of it is left
        (Needs(gpus=2), 1),
        (Needs(cpus=8, gpus=0.25), 1),
        (Needs(workers=3), 3),
    ],
)
def test_as_many_workers_as_fit_or_as_are_asked_for(needs: Needs, expected: int) -> None:
    assert needs.count([SMALL, GPUS]) == expected


def test_gpus_are_shared_evenly_where_nothing_is_said() -> None:
    assert Needs(workers=3, gpus=None).settled([SMALL, GPUS]).gpus == 0.5
    assert Needs(gpus=None).settled([GPUS]).gpus == 1.0
    assert Needs(gpus=0.25).settled([GPUS]).gpus == 0.25


def test_what_no_node_has_is_an_error_that_says_what_there_is() -> None:
    with pytest.raises(ValueError, match=r"1 CPU and 4 GPU.*small has 2 CPU and 0 GPU; gpus has"):
        Needs(gpus=4).settled([SMALL, GPUS])
    with pytest.raises(ValueError, match="16 CPU and 0 GPU"):
        Needs(cpus=16).settled([SMALL, GPUS])
    with pytest.raises(ValueError, match=r"Ray sees none \(small has"):
        Needs(gpus=None).settled([SMALL])


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"workers": 0}, "workers=0, expected at least 1"),
        ({"cpus": 0.0}, "cpus_per_worker=0.0"),
        ({"gpus": 1.5}, "gpus_per_worker=1.5, expected a share"),
        ({"gpus": -1.0}, "gpus_per_worker=-1.0"),
    ],
)
def test_needs_that_make_no_sense_are_refused(values: dict[str, float], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Needs(**values)  # type: ignore[arg-type]
