"""What this machine is, and the versions of what evo stands on. Names no host and no user."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from runners.worker_environment import cores

DISTRIBUTION = "evo-nas"
PROCESSORS = Path("/proc/cpuinfo")  # of Linux; platform.processor() is often empty there


def machine() -> dict[str, Any]:
    """Describe system, processor, cores of this process, memory, GPUs, and versions by package."""
    import torch

    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": cores(),
        "memory_bytes": _memory_bytes(),
        "gpus": [torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count())],
        "python": platform.python_version(),
        "packages": packages(),
    }


def packages() -> dict[str, str]:
    """Return the versions of what evo always needs; empty where evo itself is not installed."""
    try:
        wanted = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return {}
    names = (re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in wanted if "extra ==" not in one)
    return {name: version(name) for name in sorted(names)}


def _processor() -> str:
    if PROCESSORS.is_file():
        found = re.search(r"model name\s*:\s*(.+)", PROCESSORS.read_text(errors="replace"))
        if found:
            return found[1]
    return platform.processor() or platform.machine()


def _memory_bytes() -> int | None:
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):  # not on Windows
        return None
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
