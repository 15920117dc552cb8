"""Puts script, style and plotly.js into one page: with its data, or to ask `evo watch` for them.

The report's data are a JSON island that no parser takes for markup; the page's script writes them
as text alone. A content security policy lets two scripts run, by their hashes, and nothing be
loaded; the live page may ask the server that it came from, and no other.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, NamedTuple

from evo.report.colours import dark_style

# Functions of a later one may be called by an earlier one, but not before all are read.
SCRIPTS = ("page_elements.js", "page_front.js", "page_panel.js", "page_sections.js")
MARK = re.compile(r"\{\{(\w+)\}\}")
# What could end the island or begin markup in it; JSON reads the escapes as the same characters.
ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


class Kind(NamedTuple):
    """The difference between report and live page: the last script, and some words."""

    script: str
    title: str
    footer: str


STILL = Kind("page_still.js", "evo report", "One file, nothing is loaded from anywhere.")
LIVE = Kind("page_live.js", "evo watch", "Read from the run's record, which it never changes.")


class Page(NamedTuple):
    """A page and the policy that stands in it."""

    text: str
    policy: str


def render(data: Mapping[str, Any]) -> str:
    """Return the page for what `evo.report.gathering` gathered."""
    return _page(STILL, str(data["name"]), data).text


def render_live(name: str) -> Page:
    """Return the page that asks its server at /version and /data for what it shows."""
    return _page(LIVE, name, None)


def _page(kind: Kind, name: str, data: Mapping[str, Any] | None) -> Page:
    from plotly.offline import get_plotlyjs

    library, script = _script(get_plotlyjs()), _script(_own_script(kind.script))
    allowed = policy(library, script) + ("" if data is not None else "; connect-src 'self'")
    parts = {
        "title": html.escape(name),
        "kind": kind.title,
        "footer": kind.footer,
        "policy": allowed,
        "style": dark_style() + _part("page.css"),
        "library": library,
        "data": island(data),
        "script": script,
    }
    # One pass over the template: what is put in is not searched for marks again.
    return Page(MARK.sub(lambda mark: parts[mark[1]], _part("page.html")), allowed)


def island(data: Any) -> str:
    """Write data as JSON that can stand inside a script element, whatever names it holds."""
    text = json.dumps(plain(data), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.translate(ESCAPES)


def plain(value: Any) -> Any:
    """Return the value as JSON knows it: numpy's numbers as Python's, null for the not finite."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def policy(*scripts: str) -> str:
    """Return the content security policy under which these scripts run, and nothing else."""
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _script(text: str) -> str:
    """Return a script as the browser will see it; raise ValueError if it would end early."""
    if re.search(r"</script|<!--", text, re.IGNORECASE):
        raise ValueError("a script of the page holds what ends or comments out a script element")
    return text.replace("\r\n", "\n").replace("\r", "\n")  # as HTML reads it, so the hash holds


def _own_script(last: str) -> str:
    """Return the scripts of the page as one, in a scope of their own."""
    body = "\n".join(_part(name) for name in (*SCRIPTS, last))
    return f'"use strict";\n(function () {{\n{body}}})();\n'


def _part(name: str) -> str:
    return files("evo.report").joinpath(name).read_text(encoding="utf-8")
