import pytest

from fitness.stages import check_stages, epochs_of_youth, in_words


@pytest.mark.parametrize("stages", [(), (0, 3), (-1,), (3, 3), (1, 8, 3)])
def test_stages_rise_from_one(stages: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"received stages \(.*\), expected rising numbers"):
        check_stages(stages)


def test_youth_ends_with_the_last_decision() -> None:
    for stages, epochs in (((20,), 0), ((3, 20), 3), ((1, 3, 8, 20), 8)):
        check_stages(stages)
        assert epochs_of_youth(stages) == epochs
    assert in_words((1, 3, 20)) == "1, 3, 20"
