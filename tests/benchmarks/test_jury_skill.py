"""The replay of full truths of benchmarks/jury_skill.py."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.jury_skill import Table, TableEncoder, _answer, replay, thirds
from evo.strategy import ADULT, TrialRequest


@pytest.fixture(scope="module")
def table():
    whole = Table.read("digits-200")
    return replace(whole, generations={n: whole.generations[n] for n in range(1, 4)})


def test_a_table_knows_what_became_of_everybody(table):
    assert len(table.males) == 306
    assert table.stages == (3, 20)
    assert table.axes.names == ("accuracy", "active_parameters")
    known = [outcome for outcome in table.outcomes.values() if outcome is not None]
    assert len(known) > 290
    best = max(outcome["accuracy"] for outcome in known)
    assert 0.97 < best <= 1.0


def test_nobody_sees_what_comes_later(table):
    encoder = TableEncoder(table, {"juvenile": 3})
    candidate, juvenile = (
        encoder.history(table.males[:5], stage).feature_rows for stage in ("candidate", "juvenile")
    )
    assert all(row.curve == () for row in candidate)
    assert all(len(row.curve) == 3 for row in juvenile)


def test_answers_are_the_recorded_ones(table):
    male = table.males[0]
    young = _answer(table, TrialRequest(male.genome, "juvenile", 0, 3))
    assert (young.status, len(young.curve), young.objectives) == ("ok", 3, {})
    grown = _answer(table, TrialRequest(male.genome, ADULT, 3, 20))
    assert grown.objectives == table.outcomes[male.genome.id]
    assert [epoch.epoch for epoch in grown.curve] == list(range(4, 21))


def test_a_replay_scores_all_members_on_all_males(table):
    scores = replay(table, {"daughters": 0}, draw=0)
    assert {"ensemble", "control-early", "control-plan", "control-parents"} <= set(scores.tau)
    assert [number for number, _ in scores.tau["ensemble"]] == [2, 3]
    assert all(-1.0 <= tau <= 1.0 for rows in scores.tau.values() for _, tau in rows)
    for rows in scores.gain.values():
        assert all(gained >= 0.0 for gained, _ in rows)
    assert scores.tau["ensemble"] == replay(table, {"daughters": 0}, draw=0).tau["ensemble"]


def test_a_run_has_three_thirds():
    rows = [(n, float(n)) for n in range(1, 31)]
    assert thirds(rows, 30) == [5.5, 15.5, 25.5, 15.5]
    assert np.isnan(thirds([(1, 0.5)], 30)[1])
