"""Opens the page in the user's browser, if this machine has one with a window."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import webbrowser

MATING_WEIGHTS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")  # BROWSER is the user's own choice


def open_page(url: str) -> bool:
    """Open the address without waiting; False where there is no window to open it in.

    A browser for terminals, which `webbrowser` may choose otherwise, would take the screen.
    """
    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in MATING_WEIGHTS
    ):
        return False
    threading.Thread(target=_open, args=(url,), daemon=True).start()  # some wait for its end
    return True


def _open(url: str) -> None:
    with contextlib.suppress(OSError, webbrowser.Error):  # the address is printed, too
        webbrowser.open(url)
