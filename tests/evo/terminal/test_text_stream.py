"""A text as it is made: characters in parts, and nothing that steers a terminal."""

from __future__ import annotations

import pytest

from evo.terminal.text_stream import TextStream


def test_characters_may_arrive_in_parts(capsys: pytest.CaptureFixture[str]) -> None:
    stream = TextStream()
    for byte in "Äß\n€".encode():
        stream.write(bytes([byte]))
    stream.write(b"\xc3")
    stream.end()
    assert capsys.readouterr().out == "Äß\n€\ufffd\n"


def test_nothing_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    stream = TextStream()
    stream.write("a\x1b[2J\u202eb\t\r".encode())
    stream.end()
    assert capsys.readouterr().out == "a\ufffd[2J\ufffdb\t\ufffd\n"
