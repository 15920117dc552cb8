"""What of the connection to Ray can be tried without one."""

from __future__ import annotations

import signal
import threading

import pytest

from runners.ray_cluster import _undisturbed


def test_ctrl_c_waits_until_the_end_and_is_not_lost() -> None:
    done = []

    def shut_down() -> None:
        with _undisturbed():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            done.append("all")

    before = signal.getsignal(signal.SIGINT)
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with pytest.raises(KeyboardInterrupt):
            shut_down()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert done == ["all"]


def test_without_ctrl_c_nothing_is_raised_also_in_another_thread() -> None:
    done = []

    def shut_down() -> None:
        with _undisturbed():
            done.append("all")

    shut_down()
    thread = threading.Thread(target=shut_down)
    thread.start()
    thread.join()
    assert done == ["all", "all"]
