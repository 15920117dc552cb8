"""A regulatory network over a training: fixed steps, signals of the epoch before, its state."""

import math

import pytest

from fitness.silencing.regulation import AT_BIRTH, Regulation
from fitness.silencing.regulator import Regulator
from tests.fitness.silencing.test_regulation import rising


def regulator() -> Regulator:
    return Regulator(Regulation.from_genes(rising()), guess=math.log(10), adult_epochs=5)


def test_a_whole_training_lasts_ten_units_of_time() -> None:
    some = regulator()
    some.advance(1.0)
    assert some.steps == 5 * 16
    assert some.levels[0] == pytest.approx(0.4 * (1 - math.exp(-0.5 * 10)))


def test_it_does_not_matter_how_often_it_is_asked() -> None:
    often, once = regulator(), regulator()
    for part in range(1, 41):
        often.advance(part / 40)
    once.advance(1.0)
    assert often.levels == once.levels
    once.advance(0.5)  # time does not run backwards
    assert often.levels == once.levels


def test_promoters_sense_the_epoch_before() -> None:
    guessing, learning = regulator(), regulator()
    for some in (guessing, learning):
        some.advance(0.2)
    assert guessing.levels == learning.levels
    guessing.sense(math.log(10), 1.0)
    learning.sense(0.1 * math.log(10), 1.0)
    assert learning.signals == pytest.approx((0.1, 0.9, 0.75))
    for some in (guessing, learning):
        some.advance(0.4)
    assert guessing.levels[0] == learning.levels[0]  # nothing regulates it
    assert learning.levels[1] > guessing.levels[1] + 0.1  # the loss represses it
    assert learning.drive(1) == learning.levels[1]


def test_at_birth_it_expects_guessing() -> None:
    some = regulator()
    assert some.signals == AT_BIRTH
    some.sense(0.5 * math.log(10), 1.0)
    assert some.signals[:2] == pytest.approx((0.5, 0.5))


def test_it_goes_on_from_its_state() -> None:
    straight, first, second = regulator(), regulator(), regulator()
    for some in (straight, first):
        some.advance(0.4)
        some.sense(1.3, 2.0)
    second.load(first.state())
    for some in (straight, second):
        some.advance(0.6)
        some.sense(0.9, 1.0)
        some.advance(0.85)
    assert second.state() == straight.state()
