"""Decoding: one length and rate, what is cut and filled is told, what cannot be read is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fitness.data.arrays import UnusableData
from fitness.data.signals.decoding import Plan, decode, plan
from fitness.data.signals.headers import Header, read_headers
from tests.fitness.data.signals.sounds import RATE, tone, write


def header(frames: int, rate: int = RATE) -> Header:
    return Header(frames, rate, 1)


def read(folder: Path, files: list[Path], length: int, rate: int = RATE) -> np.ndarray:
    headers = read_headers(files, folder)
    x, _ = decode(files, headers, folder, Plan(length, headers[0].channels, rate, ()))
    return x


def test_of_equal_recordings_only_rate_length_and_memory_are_told() -> None:
    found = plan([header(1600)] * 5000, None, None)
    assert (found.length, found.channels, found.rate) == (1600, 1, 800)
    assert found.notes == (
        "recordings have 800 numbers a second and are 2 s long; all together they take 32 MB of "
        "memory",
    )


def test_nine_of_ten_are_not_longer_than_the_length() -> None:
    found = plan([header(800)] * 17 + [header(400)] + [header(72000)] * 2, None, None)
    assert found.length == 800
    assert found.notes[1] == (
        "lengths differ, from 0.5 s to 90 s: 1 of 20 are filled with zeros, 2 cut, both at their "
        "end, to 800 numbers; --signal-length NUMBERS says another length"
    )


def test_a_stated_length_and_rate_count() -> None:
    found = plan([header(800), header(1600, 1600)], 500, 400)
    assert (found.length, found.rate) == (500, 400)
    assert found.notes[1:] == (
        "2 of 2 were resampled to 400 numbers a second",
        "all were 1 s: 2 of 2 are filled with zeros, 0 cut, both at their end, to 500 numbers",
    )


def test_more_than_the_machine_holds_is_refused() -> None:
    with pytest.raises(UnusableData, match=r"would take 8e\+03 GB.* a smaller --signal-length"):
        plan([header(800)] * 20, 10**11, None)


def test_what_is_short_is_filled_and_what_is_long_is_cut(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{n}.wav", tone(0, n), subtype="FLOAT") for n in (30, 50)]
    x = read(tmp_path, files, 40)
    assert x.shape == (2, 1, 40)
    assert x.dtype == np.float32
    np.testing.assert_allclose(x[1, 0], tone(0, 40)[:, 0], atol=1e-6)
    np.testing.assert_allclose(x[0, 0, :30], tone(0, 30)[:, 0], atol=1e-6)
    assert not x[0, 0, 30:].any()


def test_channels_come_first(tmp_path: Path) -> None:
    x = read(tmp_path, [write(tmp_path / "a.wav", tone(0, 40, channels=2), subtype="FLOAT")], 40)
    np.testing.assert_allclose(x[0], tone(0, 40, channels=2).T, atol=1e-6)


def test_resampling_keeps_a_tone(tmp_path: Path) -> None:
    files = [write(tmp_path / "a.wav", tone(0, 800), subtype="FLOAT")]
    x = read(tmp_path, files, 400, rate=400)
    np.testing.assert_allclose(x[0, 0, 50:-50], tone(0, 800)[100:-100:2, 0], atol=2e-3)


def test_silent_recordings_are_told(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{n}.wav", n * tone(0)) for n in (0, 1)]
    headers = read_headers(files, tmp_path)
    _, notes = decode(files, headers, tmp_path, Plan(40, 1, RATE, ()))
    assert notes == ("silent from end to end: 0.wav",)


def test_numbers_that_are_not_finite_are_named(tmp_path: Path) -> None:
    sound = tone(0)
    sound[3] = np.nan
    bad = write(tmp_path / "x" / "bad.wav", sound, subtype="FLOAT")
    with pytest.raises(UnusableData, match=r"^x/bad\.wav holds numbers that are NaN"):
        read(tmp_path, [bad], 40)


def test_a_file_that_breaks_off_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", np.random.default_rng(0).uniform(-0.5, 0.5, (20000, 1)))
    headers = read_headers([path], tmp_path)
    path.write_bytes(path.read_bytes()[:12000])
    with pytest.raises(UnusableData, match=r"a\.flac (cannot be read|breaks off)"):
        decode([path], headers, tmp_path, Plan(20000, 1, RATE, ()))
