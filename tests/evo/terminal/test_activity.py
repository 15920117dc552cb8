"""Activity: a line a gate, with mean, deviation and extremes."""

from __future__ import annotations

from evo.terminal.activity import activity_lines


def test_each_gate_has_a_line_and_all_have_one() -> None:
    activity = {"block0_heads_gate": [0.5, 1.0], "block0_hidden_gate": [0.0, 1.0]}
    assert activity_lines(activity) == [
        "Open at 2 tokens",
        "                  mean       sd      min      max",
        "block0 heads    75.0 %   25.0 %   50.0 %  100.0 %",
        "block0 hidden   50.0 %   50.0 %    0.0 %  100.0 %",
        "all             62.5 %   37.5 %   25.0 %  100.0 %",
    ]


def test_without_gates_that_is_said() -> None:
    assert activity_lines({}) == ["This network has no gates: all of it is active for each token."]
